"""A year of real purchases, fed through the real path: a test and a benchmark, never a runtime need."""
