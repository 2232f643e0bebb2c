"""The steps that change stored tables from one release to the next, one module a step.

`PART_NNNN_WORDS.py` brings the tables of PART from version NNNN - 1 to version NNNN; the module
is found by its name. Its docstring is shown to whoever upgrades, and it holds one function:

    def upgrade(connection: Connection) -> None

or a generator, which yields the shares of its work (in all 1.0) for the progress bar.
Write the SQL out, for SQLite and PostgreSQL (`connection.dialect.name`): the table definitions of
the program may change again later. Change the definition that creates a new database as well.
Never begin or end a transaction here, and never change or remove a step once it is released.
"""
