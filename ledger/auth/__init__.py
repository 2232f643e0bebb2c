"""Sign-in sessions, credentials and pending sign-in state, in tables beside the log."""
