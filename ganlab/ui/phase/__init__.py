"""The page "Phase diagram": its address, its sidebar, its map."""
