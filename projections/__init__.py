"""The read side: tables folded from the log, thrown away and rebuilt at will.

A projection is one module of this folder. It has, in this order:

- `NAME` with a number. Where the meaning of the table changes, the number grows: the new table is
  built from the first fact, and the old one is removed by `hongka upgrade`.
- `table`, made by `keyed` or `table_of` of `engine.schema`.
- `project(event, fact)`, a pure function: it yields the changes an event makes in the table. The
  annotation of its first parameter names the event classes; no other event reaches it.
- the queries of the table. A query that people may ask is declared by `Sums`, `latest_first` or
  `sorted_by_key` of `engine.question`: from this come a command of `hongka show`, for sums also a
  page of the officers' figures, and the tests that every question has to pass.
"""
