"""The write side: facts and the decisions that make them; no web, and SQL in `store` alone."""
