"""A member's own card: show it, certify a phone, fetch codes ahead, block it."""

import secrets
from datetime import date, datetime, timedelta
from typing import Annotated

import msgspec

from ledger import errors
from ledger.errors import InputInvalid
from ledger.members.card import Card
from ledger.vault import masked_name
from pos_gateway.api.drops import principal
from pos_gateway.auth.policies import MemberIdentity, Policy
from pos_gateway.codes import base64url, base64url_bytes, card_bytes, make_session_code
from pos_gateway.codes.cose import JTI_BYTES
from pos_gateway.codes.device import Algorithm, certify, device_key
from pos_gateway.services import Services
from pos_gateway.web.api_route import Reply
from pos_gateway.web.json_body import Asked, Asking, NothingAsked, body_of
from pos_gateway.web.views import Views, route

SHOWN_FOR = timedelta(seconds=15)
"""The time for which a phone shows one code: codes fetched ahead start so far apart."""

LIVES_FOR = timedelta(seconds=60)
"""The validity of a code fetched ahead, from its start."""

CODES_MAX = 20
"""The most session codes of one request; shown for 15 seconds each, they last five minutes."""

_PublicKey = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]{43,87}$(?!\n)", max_length=87)]
_Count = Annotated[int, msgspec.Meta(ge=1, le=CODES_MAX)]


class CertificateAsked(Asking, frozen=True, kw_only=True):
    """The public key (Ed25519 or P-256), in base64url, with which a phone is to sign codes."""

    algorithm: Algorithm
    public_key: _PublicKey


class SessionCodesAsked(Asking, frozen=True, kw_only=True):
    """A request for `count` session codes ahead of time, 1 to 20."""

    count: _Count = 8


class DeviceBody(msgspec.Struct, frozen=True, kw_only=True):
    """The phone that may sign a card's codes until `expires_at`, by the thumbprint of its key."""

    device: str
    algorithm: str
    expires_at: datetime


class CardShownBody(msgspec.Struct, frozen=True, kw_only=True):
    """A card as its holder sees it; `status` is `none` where the member never had a card.

    `name` and `masked_name` are null where the vault has no such person, `last_day` where the card
    has no end, and `device` where no phone is certified now.
    """

    status: str
    last_day: date | None
    name: str | None
    masked_name: str | None
    device: DeviceBody | None
    server_time: datetime


class CertificateBody(msgspec.Struct, frozen=True, kw_only=True):
    """A certificate in base64url, which the phone copies unchanged into each code it signs."""

    certificate: str
    expires_at: datetime
    card: str
    device: str
    server_time: datetime


class SessionCodeBody(msgspec.Struct, frozen=True, kw_only=True):
    """A code, valid until `expires_at`; the phone shows it from `issued_at` until the next one."""

    code: str
    issued_at: datetime
    expires_at: datetime


class SessionCodesBody(msgspec.Struct, frozen=True, kw_only=True):
    """Codes in the order in which the phone shows them, and the server's time."""

    codes: list[SessionCodeBody]
    server_time: datetime


class CardRoutes(Views[Services]):
    """The routes of a member's own card; they refuse what the status of the card does not allow."""

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        self._cards = services.ledger.members.cards

    @route("GET /card", Policy.MEMBER)
    def card(self, member: MemberIdentity) -> Reply[CardShownBody]:
        """Return the caller's card with the unmasked name; its status is `none` without a card."""
        return self._shown(member, self._cards.card_of(principal(member, None)))

    @route("PUT /card/device", Policy.MEMBER, problems=(409,))
    def certify_device(
        self, member: MemberIdentity, asked: Asked[CertificateAsked]
    ) -> Reply[CertificateBody]:
        """Certify a phone's key to sign codes offline for up to a week; an earlier phone stops.

        Raises InputInvalid for a malformed key, TooManyDevices after 40 in a day, DeviceRevoked
        where another phone was certified in the meantime, and a refusal where the card is not live.
        """
        try:
            key = device_key(asked.body.algorithm, base64url_bytes(asked.body.public_key))
        except ValueError:
            raise InputInvalid(field="public_key") from None
        card = self._cards.certify_device(
            principal(member, None),
            device_id=key.thumbprint,
            algorithm=key.algorithm,
            public_key=key.public.hex(),
        )
        if card.device is None or card.device.device_id != key.thumbprint:
            raise errors.DeviceRevoked  # by another phone in the meantime
        certificate = certify(
            self._services.keys,
            card=card_bytes(card.card_id),
            key=key,
            now=self._services.ledger.time(),  # by the clock that set the expiry
            expires_at=card.device.until,
        )
        return Reply(
            CertificateBody(
                certificate=base64url(certificate),
                expires_at=card.device.until,
                card=card.card_id,
                device=key.thumbprint,
                server_time=self._services.clock(),
            )
        )

    @route("POST /card/device/revocation", Policy.MEMBER, problems=(409,), asks=NothingAsked)
    def revoke_device(self, member: MemberIdentity) -> Reply[CardShownBody]:
        """Revoke the certified phone, if any: none can sign for the card then. Return the card."""
        return self._shown(member, self._cards.revoke_device(principal(member, None)))

    @route("POST /card/block", Policy.MEMBER, problems=(409,), asks=NothingAsked)
    def block_card(self, member: MemberIdentity) -> Reply[CardShownBody]:
        """Block the caller's lost card at once and return it; only an officer can unblock it."""
        return self._shown(member, self._cards.report_card_lost(principal(member, None)))

    @route("POST /card/session-codes", Policy.MEMBER, problems=(409,))
    def session_codes(
        self, member: MemberIdentity, asked: Asked[SessionCodesAsked]
    ) -> Reply[SessionCodesBody]:
        """Return `count` codes of a live card that start 15 seconds apart and last 60 seconds."""
        card = self._cards.live_card_of(principal(member, None))
        now = self._services.clock()
        starts = [now.replace(microsecond=0) + at * SHOWN_FOR for at in range(asked.body.count)]
        codes = [
            SessionCodeBody(
                code=make_session_code(
                    self._services.keys,
                    card=card_bytes(card.card_id),
                    now=start,
                    jti=secrets.token_bytes(JTI_BYTES),
                    lifetime_seconds=int(LIVES_FOR.total_seconds()),
                ),
                issued_at=start,
                expires_at=start + LIVES_FOR,
            )
            for start in starts
        ]
        return Reply(SessionCodesBody(codes=codes, server_time=now))

    def _shown(self, member: MemberIdentity, card: Card) -> Reply[CardShownBody]:
        now = self._services.clock()
        person = self._services.vault.get(member.member_id)
        device = None
        if card.device is not None and card.device.until > now:
            device = body_of(DeviceBody, card.device, expires_at=card.device.until)
        return Reply(
            CardShownBody(
                status=card.status,
                last_day=card.last_day,
                name=person.name if person else None,
                masked_name=masked_name(person) if person else None,
                device=device,
                server_time=now,
            )
        )
