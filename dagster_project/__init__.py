"""When things run: the orchestration of the line."""
