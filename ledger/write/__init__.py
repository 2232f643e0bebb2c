"""The write path: group commit, idempotent requests, state cache, stream registry and snapshots."""
