"""An opening minute of a drop, played against a copy of the ledger through real gateways."""
