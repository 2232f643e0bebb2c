"""Redemptions: pricing, events, refusals and recent usage."""
