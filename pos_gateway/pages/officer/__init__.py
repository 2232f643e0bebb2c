"""The officers' pages, over the services of officers and the projections."""
