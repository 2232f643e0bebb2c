"""Signing in: the ways somebody proves who they are, and the pages they do it on."""
