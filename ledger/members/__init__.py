"""Members, their households, and what identifies them: cards, devices and printed codes."""
