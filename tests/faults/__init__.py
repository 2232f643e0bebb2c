"""Real faults against real gateways, and an oracle that reads the log afterwards.

`district` founds a small ledger and prepares what tills will ask; `gateways` starts and kills
gateways; `clients` is the load, which remembers every answer; `proxy` cuts commits; `rules` are the
rules once more, on plain dicts, and `model` replays the log by them; `checker` is the oracle that
judges log and answers; `failing_sync.c` is a disk that fails; `planted` are bugs that the
checker must find. Death by signal 9 leaves the kernel's pages alive: no test here can see a missing
fsync (`synchronous = OFF` would pass). The start-up gate stands against that.
"""
