"""Payments to merchants: bank accounts and the bank file."""
