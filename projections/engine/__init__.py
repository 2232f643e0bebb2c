"""The projection engine: changes, schema, database, runner, rebuild and shared queries."""
