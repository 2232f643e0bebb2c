"""The ledger's time, so that a phone learns the offset of its clock."""

from datetime import datetime

import msgspec

from pos_gateway.auth.policies import Policy
from pos_gateway.services import Services
from pos_gateway.web.api_route import Reply
from pos_gateway.web.json_body import read_number
from pos_gateway.web.views import Views, route

_MOST = 10**15 - 1


class TimeBody(msgspec.Struct, frozen=True, kw_only=True):
    """The ledger's time, and its lead over the caller's clock in milliseconds, transit included."""

    server_time: datetime
    offset_ms: int


class TimeRoutes(Views[Services]):
    """The route that tells the ledger's time."""

    @route("GET /time/<client_ms>", Policy.PUBLIC, problems=(422,))
    def time(self, client_ms: str) -> Reply[TimeBody]:
        """Return the ledger's time, and its lead over `client_ms` (milliseconds since 1970)."""
        theirs = read_number("client_ms", client_ms, most=_MOST)
        now = self._services.ledger.time()
        offset_ms = round(now.timestamp() * 1_000) - theirs
        return Reply(TimeBody(server_time=now, offset_ms=offset_ms))
