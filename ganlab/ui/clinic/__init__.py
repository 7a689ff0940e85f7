"""The page "Clinic": its address, its controls, and the watched trial of a disease and its treatments."""
