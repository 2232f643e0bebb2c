"""Recovery codes: ten to keep on paper for the day the phone is lost, each good once."""

from ledger.auth.credentials import Credential
from pos_gateway.auth.sign_in_context import SignInMethod
from pos_gateway.errors import SignInRefused

KIND = "recovery"

CODES = 10
CHARACTERS = 10
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

_READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1"})


def crockford(random_bytes: bytes) -> str:
    """Return one digit or capital letter for each byte, from an alphabet without I, L, O, U."""
    return "".join(CROCKFORD[byte % len(CROCKFORD)] for byte in random_bytes)


def normal(typed: str) -> str:
    """Return a typed code as it is compared: capitals and digits, with O as 0, I and L as 1."""
    return "".join(filter(str.isalnum, typed[:40].upper())).translate(_READ_AS)


class RecoveryCodes(SignInMethod):
    """The unused recovery codes of staff, ten a person at most, stored blinded."""

    def left(self, subject: str) -> int:
        """Return the number of unused codes of a subject; 0 if none were ever made."""
        return len(self._credentials.of(subject, KIND))

    def make(self, subject: str) -> list[str]:
        """Store and return ten new codes, as `ABCDE-FGHJK`; all earlier codes stop working."""
        codes = [crockford(self._random(CHARACTERS)) for _ in range(CODES)]
        self._credentials.put_all(subject, KIND, [self._kept(subject, code) for code in codes])
        return [f"{code[:5]}-{code[5:]}" for code in codes]

    def check(self, subject: str, typed: str) -> None:
        """Check a typed code of a subject, and use it up; raise SignInRefused for any other."""
        if not self._credentials.spend(self._kept(subject, normal(typed))):
            raise SignInRefused

    def _kept(self, subject: str, code: str) -> Credential:
        name = self._sealing.blind("recovery", subject, code)
        return Credential(KIND, subject, name, b"", self._now())
