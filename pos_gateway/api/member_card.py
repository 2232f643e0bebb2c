"""A member's own card: show it, certify a phone, fetch codes ahead, block it."""

from __future__ import annotations

import secrets
from datetime import timedelta

from ledger import errors
from ledger.benefits import Words
from ledger.members.card import Card
from ledger.vault import masked_name
from pos_gateway.api.drops import principal
from pos_gateway.api.member_card_schema import (
    CardShownBody,
    CertificateAsked,
    CertificateBody,
    DeviceBody,
    SessionCodeBody,
    SessionCodesAsked,
    SessionCodesBody,
    base64url,
    public_key_sent,
)
from pos_gateway.api.tickets_schema import NothingAsked
from pos_gateway.auth.policies import MemberIdentity, Policy
from pos_gateway.codes import card_bytes, make_session_code
from pos_gateway.codes.cose import JTI_BYTES
from pos_gateway.codes.device import certify, device_key
from pos_gateway.services import Services
from pos_gateway.web.api_route import Reply
from pos_gateway.web.json_body import Asked
from pos_gateway.web.views import Views, route, routes_of

SHOWN_FOR = timedelta(seconds=15)
"""The time for which a phone shows one code: codes fetched ahead start so far apart."""

LIVES_FOR = timedelta(seconds=60)
"""The validity of a code fetched ahead, from its start."""

_SHOWN = Words("我的卡", "The card")


class CardRoutes(Views[Services]):
    """The routes of a member's own card."""

    @route("GET /card", Policy.MEMBER, Words("我的会员卡", "My card"), _SHOWN)
    def card(self, member: MemberIdentity) -> Reply[CardShownBody]:
        """Return the caller's card with the unmasked name; its status is `none` without a card."""
        return self._shown(
            member, self._services.ledger.members.cards.card_of(principal(member, None))
        )

    @route(
        "PUT /card/device",
        Policy.MEMBER,
        Words("让这部手机离线出码", "Let this phone sign codes without a line"),
        Words("手机的证书", "The certificate of the phone"),
        problems=(409,),
    )
    def certify_device(
        self, member: MemberIdentity, asked: Asked[CertificateAsked]
    ) -> Reply[CertificateBody]:
        """Certify a phone's key to sign codes offline for up to a week; the previous phone stops.

        Raises:
            Refusal: the card is not live, or the member has none.
            DeviceRevoked: another phone was certified, or this one revoked, in the meantime.
            InputInvalid: the public key is malformed.
        """
        body = asked.body
        key = device_key(body.algorithm, public_key_sent(body.public_key))
        ledger = self._services.ledger
        card = ledger.members.cards.certify_device(
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
            now=ledger.time(),  # by the clock that set the expiry
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

    @route(
        "POST /card/device/revocation",
        Policy.MEMBER,
        Words("停用手机离线出码", "Let no phone sign codes any more"),
        _SHOWN,
        problems=(409,),
    )
    def revoke_device(
        self,
        member: MemberIdentity,
        asked: Asked[NothingAsked],  # noqa: ARG002 - nothing is asked
    ) -> Reply[CardShownBody]:
        """Revoke the certified phone, so that none can sign for the card; return the card."""
        return self._shown(
            member, self._services.ledger.members.cards.revoke_device(principal(member, None))
        )

    @route(
        "POST /card/block",
        Policy.MEMBER,
        Words("挂失我的卡", "Report my card lost"),
        _SHOWN,
        problems=(409,),
    )
    def block_card(
        self,
        member: MemberIdentity,
        asked: Asked[NothingAsked],  # noqa: ARG002 - likewise
    ) -> Reply[CardShownBody]:
        """Block the caller's lost card at once and return it; only an officer can unblock it."""
        return self._shown(
            member, self._services.ledger.members.cards.report_card_lost(principal(member, None))
        )

    @route(
        "POST /card/session-codes",
        Policy.MEMBER,
        Words("预取几分钟内的会员码", "Codes for the next minutes"),
        Words("依次出示的会员码", "Codes, to be shown one after the other"),
        problems=(409,),
    )
    def session_codes(
        self, member: MemberIdentity, asked: Asked[SessionCodesAsked]
    ) -> Reply[SessionCodesBody]:
        """Return `count` codes that start 15 seconds apart, from now on, each valid for 60 seconds.

        Raises:
            Refusal: the card may not be used today, or the member has none.
        """
        body = asked.body
        card = self._services.ledger.members.cards.live_card_of(principal(member, None))
        now = self._services.clock()
        begin = now.replace(microsecond=0)
        starts = [begin + number * SHOWN_FOR for number in range(body.count)]
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
            device = DeviceBody(
                device=card.device.device_id,
                algorithm=card.device.algorithm,
                expires_at=card.device.until,
            )
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


routes = routes_of(CardRoutes)
