"""Offline redemptions: what a till may grant without a connection, and how a report is decided."""
