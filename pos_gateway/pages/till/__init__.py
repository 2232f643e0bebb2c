"""The pages of a till: pairing, scanning, reversals, the day's redemptions and what is owed."""
