"""The member's pages: the card and its benefits, tickets, drops, history and settings."""
