"""The page "Compare": two to six runs on one clock, their pickers, and what the browser draws of them."""
