"""Application services: what members, tills and officers may ask of the ledger."""
