"""How released tables are shown."""
