"""Protection of published tables and its proof: whether a cell may be shown."""
