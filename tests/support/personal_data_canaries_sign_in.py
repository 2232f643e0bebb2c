"""Strangers who type what is personal where people sign in."""

import requests

from tests.support.cli_capture import CapturedGateway
from tests.support.personal_data_canaries import PEOPLE


def knock(gate: CapturedGateway) -> None:
    """Type names and numbers into every form of a sign-in; the security log notes each attempt."""
    for told in (PEOPLE[1].name, f"{PEOPLE[1].phone}9", str(PEOPLE[1].identity_number)):
        for path, fields in (
            ("/desk/sign-in", {"act": "password", "handle": told, "password": told}),
            ("/desk/sign-in", {"act": "passkey", "credential": told}),
            ("/desk/invitation", {"act": "code", "code": told}),
            ("/card/sign-in", {"act": "send", "phone": told}),
            ("/card/sign-in", {"act": "check", "phone": told, "code": told}),
            ("/till/pair", {"pairing_code": told}),
        ):
            typed = requests.post(
                f"http://127.0.0.1:{gate.port}{path}",
                fields,
                headers={"Sec-Fetch-Site": "same-origin"},
                timeout=30,
            )
            assert typed.status_code in {200, 403, 409, 422}
