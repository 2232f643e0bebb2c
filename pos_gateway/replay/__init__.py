"""The replay of a year of real purchases through the ledger, for tests and benchmarks."""
