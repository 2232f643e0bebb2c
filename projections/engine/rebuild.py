"""Rebuild projections from the first fact, beside the tables that serve until it is done."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from projections.engine.database import Projection, Views
from projections.engine.runner import Read, catch_up


def rebuild(
    views: Views,
    read: Read,
    *,
    only: Sequence[Projection] | None = None,
    page: int = 20_000,
    on_page: Callable[[int], None] | None = None,
) -> int:
    """Rebuild these projections (`only` None: all) from the first event; return the events read.

    The old tables are used meanwhile. A rebuild also repairs a projection that had stopped, and one
    that had read more than there is (the log was restored from a copy). `on_page` receives each
    position reached.

    Raises:
        ExceptionGroup: of `Stopped`; the old tables stay.
    """
    chosen = views.projections if only is None else only
    staged = [views.stage(projection) for projection in chosen]
    count = catch_up(views, read, only=staged, page=page, on_page=on_page)
    for projection, new in zip(chosen, staged, strict=True):
        count += catch_up(views, read, only=[new], page=page, on_page=on_page)
        views.swap(projection, new)
    return count
