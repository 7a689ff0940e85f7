"""The pages about divergences: one component per page, drawn by small SVG modules, computed by the calculator."""
