"""A program started aside shares what was prepared, and nothing else."""

from pathlib import Path

import pytest

from bot.settings import Settings
from evaluation.aside import copy_prepared, environment_of


def test_what_was_prepared_is_linked_and_secrets_stay(tmp_path: Path) -> None:
    own = tmp_path / "var"
    for name in ("models/a.tar.gz", "index/current", "secrets/engine_token", "firstline.db"):
        (own / name).parent.mkdir(parents=True, exist_ok=True)
        (own / name).write_text(name)
    copy_prepared(own, tmp_path / "aside")
    copied = sorted(str(path.relative_to(tmp_path / "aside")) for path in (tmp_path / "aside").glob("*/*"))
    assert copied == ["index/current", "models/a.tar.gz"]
    assert (own / "models/a.tar.gz").samefile(tmp_path / "aside/models/a.tar.gz")


def test_no_channel_and_no_database_is_handed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-1")
    monkeypatch.setenv("SMTP_URL_FILE", str(tmp_path / "smtp"))
    monkeypatch.setenv("DATABASE_URL", "postgresql://customers")
    monkeypatch.setenv("COMPANY_DIR", str(tmp_path))
    told = environment_of(Settings(smtp_url=None), tmp_path / "aside", 8123)
    assert not {"SLACK_BOT_TOKEN", "SMTP_URL_FILE", "DATABASE_URL", "COMPANY_DIR"} & set(told)
    assert (told["PORT"], told["DATA_DIR"]) == ("8123", str(tmp_path / "aside"))
    assert told["ARTICLES_DIR"] == str((tmp_path / "articles").resolve())
