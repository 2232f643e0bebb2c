"""The read side: tables folded from the log, one file a question, thrown away and rebuilt at will.

A projection is a module of this folder with a `NAME`, its `table`, a pure `project` and, below it,
the queries that read the table. When the meaning of the table changes, raise the number in its
name: the new table is built from the first fact, and `hongka upgrade` removes the old one.
"""
