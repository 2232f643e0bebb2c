"""Pages that only a demonstration serves."""
