"""A year of real purchases, fed through the real path: a test and a benchmark, nothing more."""
