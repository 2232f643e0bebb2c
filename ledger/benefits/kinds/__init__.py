"""The kinds of benefit, one module each; `ledger.benefits` loads every module of this package."""
