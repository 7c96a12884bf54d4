"""Uploaded files: their size, their names, and what a browser may be told they are."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from desk.files import OPAQUE, clean_name, media_type_of, store_upload
from nouns import Problem
from records import attachments
from records.database import Database
from tests.world import World

PNG = bytes.fromhex("89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489") + b"\0" * 20


async def test_a_file_is_kept_by_its_hash_and_once(database: Database, tmp_path: Path) -> None:
    conversation = await World.of(database).talk("Hello")
    kept = [
        await store_upload(database, tmp_path / "files", conversation, "a.png", PNG, 1000) for _ in range(2)
    ]
    assert kept[0].sha256 == kept[1].sha256 == hashlib.sha256(PNG).hexdigest()
    assert attachments.path_of(tmp_path / "files", kept[0].sha256).read_bytes() == PNG
    assert len([path for path in (tmp_path / "files").rglob("*") if path.is_file()]) == 1


@pytest.mark.parametrize(("content", "status"), [(b"", 422), (b"x" * 1001, 413)])
async def test_an_empty_or_a_large_file_is_refused(
    database: Database, tmp_path: Path, content: bytes, status: int
) -> None:
    conversation = await World.of(database).talk("Hello")
    with pytest.raises(Problem) as refused:
        await store_upload(database, tmp_path, conversation, "a.txt", content, 1000)
    assert refused.value.status == status


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("lamp.png", "lamp.png"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\ola\\lamp.png", "lamp.png"),
        ("evil\u202egnp.exe", "evil gnp.exe"),
        ("a\x00b\nc.txt", "a b c.txt"),
        ("照片 1.jpg", "照片 1.jpg"),
        ("\ud800.txt", "txt"),
        ("...", "file"),
        ("", "file"),
        ("x" * 300 + ".pdf", "x" * 116 + ".pdf"),
    ],
)
def test_a_name_is_made_harmless(name: str, expected: str) -> None:
    assert clean_name(name) == expected


@pytest.mark.parametrize(
    ("content", "name", "expected"),
    [
        (PNG, "lamp.png", "image/png"),
        (PNG, "lamp.html", "image/png"),
        (b"just words", "notes.txt", "text/plain"),
        ("只是文字".encode(), "notes.txt", "text/plain"),
        (b"<script>alert(1)</script>", "lamp.png", OPAQUE),
        (b"\xef\xbb\xbf  <!DOCTYPE html>", "lamp.txt", OPAQUE),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "lamp.svg", OPAQUE),
        (b"alert(1)", "lamp.js", OPAQUE),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj", "bill.pdf", "application/pdf"),
        (b"\x00\x01\x02\x03nothing", "lamp.png", OPAQUE),
    ],
)
def test_the_type_is_what_the_bytes_show_and_never_active(content: bytes, name: str, expected: str) -> None:
    assert media_type_of(content, name) == expected
