"""The services that officers call.

Every verb takes `by`, the acting officer (`officer-…`). Most take `request_id` too: the same
request again is answered from the record. `at` replaces the clock where the past is replayed. Most
return the first event, or None where nothing had to be recorded.
"""
