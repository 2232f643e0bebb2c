"""Offers open to eligible cards, and grants placed on one card."""
