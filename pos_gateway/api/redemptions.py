"""Redemptions at a till: validate a card, redeem, look up a redemption, reverse it."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any

from ledger.application import Request
from ledger.errors import NOT_THEIR_CARD, CardUnknown, NotAgreedHere, RedemptionUnknown, Refusal
from ledger.patience import check_may_wait
from ledger.services.redemptions import Redemption, Validation, redemption_answered
from ledger.services.scan import Scan
from pos_gateway.api import redemptions_schema as schema
from pos_gateway.api.family import shown_name
from pos_gateway.auth.policies import Policy, TillIdentity
from pos_gateway.codes import Device, InvalidCode, Printed, Ticket, printed_code_hash, read
from pos_gateway.codes.keys import KeyRing
from pos_gateway.errors import TooManyRequests
from pos_gateway.i18n.messages import Language
from pos_gateway.services import Services
from pos_gateway.web.api_route import Reply, Waiting
from pos_gateway.web.json_body import Asked
from pos_gateway.web.views import Views, route

HELD_MAX = 50
"""The most offers and grants that a validation weighs on the event loop; more go to a thread."""

DIED = ("expired", "unknown_key")
"""Problems of a code that may have been valid when the request was first sent."""


def scanned_card(text: str, keys: KeyRing, *, now: datetime) -> dict[str, Any]:
    """Verify a scanned code, and return the fields by which the ledger finds its card.

    They are `card_id`, `code_id` and `device` (None unless a phone signed) of a signed code, or
    `code_hash` of a printed one. A ticket's code is invalid here, and raises InvalidCode like any
    other invalid one.
    """
    code = read(text, keys, now=now)
    if isinstance(code, Ticket):
        raise InvalidCode(problem="is_a_ticket")
    if isinstance(code, Printed):
        return {"code_hash": printed_code_hash(code.number)}
    device = code.device if isinstance(code, Device) else None
    return {"card_id": code.card_id, "code_id": code.jti, "device": device}


@contextmanager
def guessing(services: Services, till: TillIdentity) -> Iterator[None]:
    """Count a code against the till that is raised in the block as invalid or unknown."""
    try:
        yield
    except (InvalidCode, CardUnknown):
        with suppress(TooManyRequests):  # the next request is told
            services.wrong_codes.hit(f"{till.merchant_id} {till.till_id}")
        raise


def check_pace(services: Services, till: TillIdentity) -> None:
    """Raise TooManyRequests for a till that showed too many wrong codes: it could be guessing."""
    services.wrong_codes.hit(f"{till.merchant_id} {till.till_id}", 0)


class RedemptionRoutes(Views[Services]):
    """The routes of redemptions; they raise InvalidCode for a code, and the ledger's refusals."""

    @route("POST /validations", Policy.TILL, problems=(409, 429), rushed=True)
    def validate(
        self, till: TillIdentity, asked: Asked[schema.ValidationAsked], tongue: Language
    ) -> Reply[schema.ValidationBody] | Waiting[schema.ValidationBody]:
        """Return the card's choices for a purchase, usable and refused.

        Count refusals by till and minute; only the counts are recorded.
        """
        redemptions = self._services.ledger.tills.redemptions
        check_pace(self._services, till)
        with self._counting(till):
            scan = self._scan(till, asked)
        with self._counting(till, scan.shown):
            known = redemptions.known_validation(scan)

        def then(done: Request) -> Reply[schema.ValidationBody]:
            with self._counting(till, scan.shown):
                validation: Validation = done.outcome()
            return self._validated(till, scan, validation, tongue)

        if known is None:
            return Waiting(redemptions.validating(scan), then)
        return self._validated(till, scan, known, tongue)

    @route("PUT /redemptions/<redemption_id>", Policy.TILL, problems=(409, 429), rushed=True)
    def redeem(
        self, redemption_id: str, till: TillIdentity, asked: Asked[schema.RedemptionAsked]
    ) -> Reply[schema.RedemptionBody] | Waiting[schema.RedemptionBody]:
        """Redeem the choices; a repeat gets the recorded answer, even if the code has expired.

        `reversed` is told as it is now. Record a refusal of the ledger too, but not an invalid
        code. Without choices, record the purchase without a discount.
        """
        ledger = self._services.ledger
        check_pace(self._services, till)
        with guessing(self._services, till):
            try:
                scan = self._scan(till, asked)
            except InvalidCode as invalid:
                redemption = None
                if invalid.problem in DIED:
                    redemption = ledger.tills.redemptions.answered(
                        redemption_id, asked.by(till.merchant_id)
                    )
                if redemption is None:
                    raise
                return _redeemed(redemption)
        redemptions = ledger.tills.redemptions

        def then(done: Request) -> Reply[schema.RedemptionBody]:
            with guessing(self._services, till):
                return _redeemed(redemptions.as_now(redemption_answered(done.outcome())))

        return Waiting(redemptions.redeeming(redemption_id, scan), then)

    @route("GET /redemptions/<redemption_id>", Policy.TILL, problems=(403, 404))
    def redemption(self, redemption_id: str, till: TillIdentity) -> Reply[schema.RedemptionBody]:
        """Return a redemption by its id; another merchant's is unknown, as any other id."""
        self._services.ledger.live_till(till.merchant_id, till.till_id, now=True)
        redemption = self._services.ledger.tills.redemptions.find(redemption_id)
        if redemption.made.merchant_id != till.merchant_id:
            raise RedemptionUnknown
        return Reply(schema.redemption_body(redemption))

    @route("POST /redemptions/<redemption_id>/reversal", Policy.TILL, problems=(403, 404, 409))
    def reverse(
        self, redemption_id: str, till: TillIdentity, asked: Asked[schema.ReversalAsked]
    ) -> Reply[schema.RedemptionBody]:
        """Reverse this merchant's redemption unless a statement covers it; a repeat returns it."""
        self._services.ledger.live_till(till.merchant_id, till.till_id, now=True)
        redemption: Redemption = self._services.ledger.tills.redemptions.reverse(
            redemption_id,
            merchant_id=till.merchant_id,
            reason=asked.body.reason,
            by=till.by,
            cashier_id=till.cashier_id,
        )
        return Reply(schema.redemption_body(redemption), replayed=redemption.replayed)

    def _validated(
        self, till: TillIdentity, scan: Scan, validation: Validation, tongue: Language
    ) -> Reply[schema.ValidationBody]:
        if len(validation.held) > HELD_MAX:
            check_may_wait()
        holder = None
        if scan.code_hash is not None:
            holder = shown_name(self._services, validation.context.member.member_id) or None
        body = schema.validation_body(validation, holder, tongue)
        if not body.choices:
            self._refused(till, body.refused[0].reason if body.refused else NotAgreedHere.reason)
        return Reply(body)

    @contextmanager
    def _counting(self, till: TillIdentity, shown: str = "") -> Iterator[None]:
        """Count a refusal that is raised in the block, and raise it; if of what was `shown`, so."""
        try:
            with guessing(self._services, till):
                yield
        except (InvalidCode, Refusal) as refusal:
            is_dead = shown and isinstance(refusal, NOT_THEIR_CARD)
            self._refused(till, f"{refusal.reason} {shown}" if is_dead else refusal.reason)
            raise

    def _refused(self, till: TillIdentity, reason: str) -> None:
        place = till.merchant_id, till.outlet_id, till.till_id
        self._services.refused_validations.count(*place, reason=reason)

    def _scan(self, till: TillIdentity, asked: Asked[Any]) -> Scan:
        body = asked.body
        return Scan(
            **till.place,
            amount_minor=body.amount_minor,
            category=body.category,
            choices=getattr(body, "choices", ()),
            cashier_id=till.cashier_id,
            asked=asked.by(till.merchant_id),
            **scanned_card(body.code, self._services.keys, now=self._services.clock()),
        )


def _redeemed(redemption: Redemption) -> Reply[schema.RedemptionBody]:
    return Reply.recorded(schema.redemption_body(redemption), replayed=redemption.replayed)
