"""The web edge: it translates between HTTP and the ledger, and decides nothing."""
