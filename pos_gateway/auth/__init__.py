"""Authentication, authorization policies, sign-in methods and rate limits."""
