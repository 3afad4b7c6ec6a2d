"""How a file becomes rows."""
