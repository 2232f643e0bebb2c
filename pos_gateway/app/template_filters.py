"""The names of funds in pages: ids are for the log, the API and the bank."""

from __future__ import annotations

from flask import Flask, g

from pos_gateway.services import Services


def install(app: Flask, services: Services) -> None:
    """Add the filter `fund_name` to templates: the name of a fund, or its id without one."""

    def fund_name(fund_id: str) -> str:
        names: dict[str, str] = g.setdefault("fund_names", {})
        if fund_id not in names:
            names[fund_id] = services.ledger.fund(fund_id).name or fund_id
        return names[fund_id]

    app.jinja_env.filters["fund_name"] = fund_name
