"""The session of the terminal: its file, the system account that it is bound to, and the actor."""

import hashlib
import os
import pwd
from datetime import datetime
from pathlib import Path

from ledger import staff
from ledger.auth.sessions import Session
from ledger.control import founding
from ledger.errors import StaffUnknown
from pos_gateway.auth.policies import Policy, StaffIdentity
from pos_gateway.auth.security_log import Event
from pos_gateway.cli.policies import policy_of
from pos_gateway.errors import RoleNeeded, SecretFileUnsafe, SignedInAsAnother, SignInNeeded
from pos_gateway.services import Services

REALM = "terminal"

_SETTING_UP = frozenset({"staff appoint", "staff invite", "recovery-sheet make"})


def account() -> str:
    """Return the name of the system account that runs this process; its number if it has none."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())


def device() -> str:
    """Return name and number of the system account, as sessions and rate limits name it."""
    return f"{REALM} {account()} ({os.geteuid()})"


def begin(services: Services, subject: str, methods: str) -> datetime:
    """Start a session in place of the earlier one, keep its secret, and return its end."""
    end(services)
    path = _file(services)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    secret = services.sessions.begin(REALM, subject, device=device(), methods=methods)
    about = f"{REALM} {methods}"
    services.sign_in.security.note("sign_in", subject=subject, about=about, address=device())
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secret)
    return signed_in(services)[0].ends_at


def note(services: Services, by: str, event: Event, *, about: str) -> None:
    """Note an act of the officer `by` at this terminal in the security log."""
    subject = staff.stream(by.removeprefix("officer-"))
    services.sign_in.security.note(event, subject=subject, about=about, address=device())


def end(services: Services) -> None:
    """End the session of this terminal, if there is one, and remove its file."""
    path = _file(services)
    found = services.sessions.of(REALM, private_text(path))
    if found is not None:
        services.sessions.end(found.subject, found.session_id)
        told = {"subject": found.subject, "about": REALM, "address": device()}
        services.sign_in.security.note("sign_out", "ok", **told)
    path.unlink(missing_ok=True)


def signed_in(services: Services) -> tuple[Session, StaffIdentity]:
    """Return the session of this terminal and its person, or raise as `private_text` does.

    SignInNeeded is raised for none, one of another system account, and one of who was dismissed.
    """
    found = services.sessions.of(REALM, private_text(_file(services)))
    if found is None or found.device != device():
        raise SignInNeeded
    try:
        person = services.ledger.appointed(found.subject.removeprefix("staff-"))
    except StaffUnknown:
        raise SignInNeeded from None
    return found, StaffIdentity(person.staff_id, person.roles)


def check_may(services: Services, policy: Policy) -> StaffIdentity:
    """Return who is signed in; RoleNeeded if the policy admits none of their roles."""
    found, who = signed_in(services)
    if not who.may(policy):
        told = {"subject": found.subject, "about": policy, "address": device()}
        services.sign_in.security.note("role_refused", "refused", **told)
        raise RoleNeeded
    return who


def actor(services: Services, words: str, *, named: str | None) -> str:
    """Return the actor of a command, such as `cards issue`: who is signed in, as `officer-ann`.

    It is the system account, as `terminal-root`, where the command needs no sign-in, or is one of
    _SETTING_UP while the ledger is set up. RoleNeeded and SignInNeeded are raised as in
    `check_may`, and SignedInAsAnother if `named` is not the actor.
    """
    policy, terminal = policy_of(words), f"{REALM}-{account()}"
    if policy is None:
        return terminal
    try:
        who = check_may(services, policy)
    except SignInNeeded:
        if named or words not in _SETTING_UP or not setting_up(services, words):
            raise
        return terminal
    if named and named.removeprefix("officer-") != who.staff_id:
        raise SignedInAsAnother(signed_in=who.staff_id, named=named)
    return who.by


def setting_up(services: Services, words: str) -> bool:
    """Return whether there never were two reviewers, so that nobody could confirm another.

    To invite again, it is enough that there is somebody of `founding.invited_alone`.
    """
    officers = services.ledger.officers
    people = officers.staff.staff_list()
    if words == "staff invite":
        return bool(founding.invited_alone(people))
    return not founding.is_founded(officers.proposals.control(), founding.reviewers(people))


def private_text(path: Path) -> str:
    """Return the text in a file, without blanks around it; empty if the file is missing.

    SecretFileUnsafe is raised where another account owns the file, or may read or change it.
    """
    try:
        about = path.lstat()
    except FileNotFoundError:
        return ""
    if about.st_uid != os.geteuid() or about.st_mode & 0o077:
        raise SecretFileUnsafe(file=str(path))
    return path.read_text("utf-8").strip()


def _file(services: Services) -> Path:
    """Return the path of the session: HONGKA_SESSION, else one for each vault, outside its data."""
    if named := os.environ.get("HONGKA_SESSION"):
        return Path(named)
    state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(state, "hongka", hashlib.sha256(services.settings.vault_url.encode()).hexdigest())
