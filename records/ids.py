"""Identifiers nobody can guess, and secrets kept only as hashes."""

from __future__ import annotations

import hashlib
import secrets


def new_id(prefix: str) -> str:
    """Return a public id of 128 random bits, such as `c_8JpF…`."""
    return f"{prefix}_{secrets.token_urlsafe(16)}"


def new_token() -> str:
    """Return a bearer secret of 256 random bits."""
    return secrets.token_urlsafe(32)


def hashed(token: str) -> str:
    """Return the SHA-256 of a high-entropy token, in hex: what is stored instead of it."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
