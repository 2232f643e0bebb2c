"""Proof that the log is what was recorded: signed heads of its Merkle tree, and their checks."""
