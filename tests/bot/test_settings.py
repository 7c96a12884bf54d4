"""Settings, secrets and logs: read once, kept to ourselves."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.logs import hide
from bot.secret_files import secrets_of
from bot.settings import Settings


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings of an empty folder, with nothing in the environment."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)
    return Settings(data_dir=tmp_path / "var")


def test_secrets_are_made_once_and_only_their_owner_can_read_them(settings: Settings) -> None:
    first, second = secrets_of(settings), secrets_of(settings)
    kept = sorted((settings.data_dir / "secrets").iterdir())
    assert first == second
    assert len({first.secret_key, first.engine_token}) == 2
    assert [(path.name, oct(path.stat().st_mode & 0o777)) for path in kept] == [
        ("engine_token", "0o600"),
        ("secret_key", "0o600"),
    ]


def test_a_secret_can_come_from_a_file(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "token").write_text("from-a-file\n")
    monkeypatch.setenv("ENGINE_TOKEN_FILE", str(tmp_path / "token"))
    assert secrets_of(Settings(data_dir=tmp_path)).engine_token == "from-a-file"


def test_a_secret_is_never_shown(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    monkeypatch.setenv("SMTP_URL", "smtp://user:hush@mail.test")
    assert "hush" not in repr(Settings())


def test_lists_are_read_with_commas(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    monkeypatch.setenv("ALLOWED_ORIGINS", "https://a.test, https://b.test,")
    monkeypatch.setenv("LANGUAGES", "zh")
    read = Settings()
    assert (read.allowed_origins, read.languages) == (["https://a.test", "https://b.test"], ["zh"])


def test_a_companys_folder_brings_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    (tmp_path / "acme").mkdir()
    (tmp_path / "acme" / "settings.env").write_text("COMPANY_NAME=Acme\nTIME_ZONE=Europe/Oslo\n")
    monkeypatch.setenv("COMPANY_DIR", str(tmp_path / "acme"))
    monkeypatch.setenv("TIME_ZONE", "UTC")
    read = Settings()
    assert (read.company_name, read.time_zone) == ("Acme", "UTC")
    assert (read.articles_dir, read.data_dir) == (tmp_path / "acme" / "articles", tmp_path / "acme" / "var")


def test_no_secret_and_no_words_of_a_customer_reach_the_log() -> None:
    event = {
        "event": "request",
        "text": "my card is 4111",
        "email": "ola@shop.test",
        "token": "t0k3n",
        "password": "hush",
        "conversation": "c_1",
    }
    shown = json.dumps(hide(None, "info", dict(event)))
    assert "c_1" in shown
    assert not any(word in shown for word in ("4111", "ola@", "t0k3n", "hush"))


def test_a_setting_that_only_its_channel_knows_comes_from_the_same_places(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("TELEGRAM_BOT_TOKEN=1:a\nPIGEON_LOFT=roof\n")
    (tmp_path / "seed").write_text("corn\n")
    monkeypatch.setenv("PIGEON_SEED_FILE", str(tmp_path / "seed"))
    known = Settings(data_dir=tmp_path)
    names = ("TELEGRAM_BOT_TOKEN", "PIGEON_LOFT", "PIGEON_SEED", "PIGEON_RING", "UNDO_SECONDS", "BASE_URL")
    assert [known.named(name) for name in names] == ["1:a", "roof", "corn", None, "3.0", None]
