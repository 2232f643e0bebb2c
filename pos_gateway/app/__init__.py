"""The assembled application: route registry, middleware, metrics, health and server."""
