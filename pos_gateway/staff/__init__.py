"""Staff and cashiers: appointment, sign-in names and dismissal."""
