"""Secrets that nobody set are made at the first start and kept under DATA_DIR, for the owner alone."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from bot.settings import Settings


@dataclass(frozen=True, slots=True)
class Secrets:
    """What the program needs to know and nobody else."""

    secret_key: str
    engine_token: str


def secrets_of(settings: Settings) -> Secrets:
    """Return the secrets: those set, else those kept, else new ones."""
    return Secrets(
        *(
            given.get_secret_value() if given else _kept(settings.data_dir / "secrets" / name)
            for name, given in (
                ("secret_key", settings.secret_key),
                ("engine_token", settings.engine_token),
            )
        )
    )


def _kept(path: Path) -> str:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text("ascii").strip()
    with os.fdopen(handle, "w") as file:
        file.write(secrets.token_urlsafe(48))
    return path.read_text("ascii").strip()
