"""Sign-in pages, and the methods to prove an identity."""
