"""Settlement: statements, incidents and the bank accounts of payees."""
