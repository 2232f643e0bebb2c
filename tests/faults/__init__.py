"""Real faults against real gateways, and an oracle that reads the log afterwards.

`district` creates a small ledger and prepares the calls of its tills; `gateways` starts and kills
gateways; `clients` is the load and remembers every answer; `proxy` cuts commits; `rules` implements
the rules again on plain dicts, and `model` replays the log by them; `checker` is the oracle for log
and answers; `failing_sync.c` is a disk that fails; `planted` holds bugs that the checker must find.
Signal 9 leaves the kernel's pages intact, so no test here can see a missing fsync (`synchronous =
OFF` would pass); the start-up check of the database covers that.
"""
