"""The server-rendered pages, one package for each audience."""
