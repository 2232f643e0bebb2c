"""Sign in and out at the terminal, as at the desk, and show who is signed in."""

import os
from pathlib import Path

import click

from ledger import staff
from pos_gateway.auth.known_browsers import Asker
from pos_gateway.auth.recovery import CHARACTERS, normal
from pos_gateway.cli import session
from pos_gateway.cli.asking import FILE, IDENTIFIER, asked_for, example, with_services
from pos_gateway.cli.tables import FORMAT, show_record
from pos_gateway.services import Services
from pos_gateway.staff.sign_in_checks import SECOND, check_password, guess


@click.command("sign-in", epilog=example("hongka sign-in", "hongka sign-in --service nightly"))
@click.option("--service", "service_id", type=IDENTIFIER, help="Sign a service in, by its key.")
@click.option("--key-file", type=FILE, help="Has that key.  [default: HONGKA_SERVICE_KEY has it]")
@with_services
def sign_in(services: Services, *, service_id: str | None, key_file: Path | None) -> None:
    """Sign in at this terminal: name, password, code of the app or recovery code.

    The session ends after 12 hours, or an hour without a command. Its file is for this system
    account alone, outside HONGKA_VAR; HONGKA_SESSION names another file.
    """
    proved = _service(services, service_id, key_file) if service_id else _officer(services)
    ends_at = session.begin(services, *proved).astimezone(services.settings.zone)
    click.echo(f"{proved[0].removeprefix('staff-')} is signed in until {ends_at:%Y-%m-%d %H:%M}.")


@click.command("sign-out", epilog=example("hongka sign-out"))
@with_services
def sign_out(services: Services) -> None:
    """End the session of this terminal."""
    session.end(services)
    click.echo("Nobody is signed in at this terminal.")


@click.command(epilog=example("hongka whoami"))
@FORMAT
@with_services
def whoami(services: Services, *, form: str) -> None:
    """Show who is signed in at this terminal, their roles, and until when."""
    found, who = session.signed_in(services)
    record = {"staff_id": who.staff_id, "roles": sorted(who.roles), "until_at": found.ends_at}
    show_record(record | {"system_account": session.account()}, form=form)


def _officer(services: Services) -> tuple[str, str]:
    """Ask for the two factors of an officer; return their subject, and the names of the factors."""
    by, methods = Asker(session.device()), services.sign_in
    handle = asked_for("Sign-in name 登录名", str)
    password = click.prompt("Password 密码", hide_input=True, err=True)
    subject = check_password(services, handle, password, realm=session.REALM, asker=by)
    code = normal(asked_for("Code of the app, or a recovery code 验证码或恢复码", str))
    of_app = code.isdecimal() and len(code) < CHARACTERS
    with guess(services, session.REALM, SECOND, by, subject=subject):
        (methods.apps if of_app else methods.recovery).check(subject, code)
    return subject, "password+totp" if of_app else "password+recovery"


def _service(services: Services, service_id: str, key_file: Path | None) -> tuple[str, str]:
    """Check the key of a service; return its subject, and the name of the proof."""
    subject = staff.stream(service_id)
    key = session.private_text(key_file) if key_file else os.environ.get("HONGKA_SERVICE_KEY")
    by, known = Asker(session.device()), services.sign_in.credentials.of(subject, "service")
    told = {"subject": subject if known else "", "of": subject}
    with guess(services, session.REALM, "service key", by, **told):
        services.sign_in.service_keys.check(subject, key or "")
    return subject, "key"
