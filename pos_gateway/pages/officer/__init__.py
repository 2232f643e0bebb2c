"""The officers' desk: pages over the verbs of officers and the tables they look at."""
