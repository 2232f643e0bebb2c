"""Merchants, their locations and their tills."""
