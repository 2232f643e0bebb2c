"""Dual control: the acts that one person cannot finish, proposals, and independence."""
