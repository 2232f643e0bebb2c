from pathlib import Path

import pytest

from pos_gateway.settings import SettingInvalid, Settings


def test_without_an_environment_everything_lies_under_var() -> None:
    settings = Settings.read({})

    assert settings.var == Path("var").absolute()
    assert settings.ledger_url == f"sqlite:///{settings.var}/ledger.db"
    assert settings.heads == f"{settings.var}/heads/checkpoints.txt"
    assert (settings.workers, settings.follow) == (1, True)
    assert str(settings.zone) == "Asia/Shanghai"


def test_postgresql_takes_views_and_vault_with_it() -> None:
    settings = Settings.read({"LEDGER_URL": "postgresql://db/hongka", "HONGKA_WORKERS": "4"})

    assert settings.views_url == settings.vault_url == "postgresql://db/hongka"
    assert not settings.follow


def test_what_is_set_is_read_back_the_same() -> None:
    settings = Settings.read(
        {
            "HONGKA_VAR": "/srv/hongka",
            "VIEWS_URL": "postgresql://db/views",
            "HONGKA_ZONE": "UTC",
            "HONGKA_HEADS": "https://heads.example/log",
            "HONGKA_QUEUE": "10",
            "HONGKA_WAIT_SECONDS": "3",
            "HONGKA_PORT": "9000",
            "HONGKA_FOLLOW": "no",
        }
    )

    assert Settings.read(settings.environment) == settings


@pytest.mark.parametrize(
    ("setting", "text"),
    [
        ("HONGKA_PORT", "0"),
        ("HONGKA_PORT", "eighty"),
        ("HONGKA_PORT", "²"),
        ("HONGKA_WORKERS", "65"),
        ("HONGKA_FOLLOW", "perhaps"),
        ("LEDGER_URL", "ledger.db"),
        ("LEDGER_URL", "mysql://db/hongka"),
        ("VIEWS_URL", "sqlite://"),
        ("VAULT_URL", "postgresql://db:port/hongka"),
        ("HONGKA_ZONE", "Mars/Olympus"),
        ("HONGKA_ZONE", "../etc/passwd"),
        ("HONGKA_HEADS", "http://heads.example/log"),
    ],
)
def test_a_setting_that_cannot_be_is_named(setting: str, text: str) -> None:
    with pytest.raises(SettingInvalid) as caught:
        Settings.read({setting: text})

    assert caught.value.particulars["setting"] == setting


def test_a_password_in_an_address_is_not_shown() -> None:
    assert "secret" not in repr(Settings.read({"LEDGER_URL": "postgresql://me:secret@db/hongka"}))
