"""Shared web code: route declarations, bodies, responses, OpenAPI, templates and assets."""
