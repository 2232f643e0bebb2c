"""The JSON API under `/api/v1/`: routes and schemas by subject."""
