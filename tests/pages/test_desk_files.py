"""Files: what may be kept, how it is named and typed, and how it comes back."""

from __future__ import annotations

import pytest

from desk.files import clean_name, media_type_of
from records import messages
from tests.pages.conftest import World

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + b"\0" * 40


async def test_a_file_is_kept_sent_and_downloaded_as_a_file(world: World) -> None:
    ada = await world.at_desk("Ada")
    conversation, handoff = await world.waiting()
    await ada.post(f"/desk/handoffs/{handoff}/take")

    stored = (await ada.upload(conversation, "../photo.png", PNG)).json()
    fields = {"as": "reply", "text": "", "files": [stored["id"]]}
    assert (await ada.post(f"/desk/conversations/{conversation}/messages", fields)).status_code == 303

    async with world.database.read() as connection:
        said = await messages.since(connection, conversation)
    assert [file.name for file in said[-1].attachments] == ["photo.png"]
    back = await ada.get(f"/desk/files/{stored['id']}")
    assert back.content == PNG and back.headers["content-type"] == "image/png"
    assert back.headers["content-disposition"].startswith("attachment")
    assert (
        back.headers["x-content-type-options"] == "nosniff"
        and "sandbox" in back.headers["content-security-policy"]
    )


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [(b"", 422, "file_empty"), (b"x" * 1001, 413, "file_too_large"), (b"x" * 50_000, 413, "file_too_large")],
)
async def test_empty_and_large_files_are_refused(
    world: World, content: bytes, status: int, code: str
) -> None:
    ada = await world.at_desk("Ada")
    conversation = await world.customer_says("Hi")

    refused = await ada.upload(conversation, "a.txt", content)

    assert (refused.status_code, refused.json()["code"]) == (status, code)


async def test_an_upload_needs_the_token_and_a_conversation(world: World) -> None:
    ada = await world.at_desk("Ada")
    conversation = await world.customer_says("Hi")

    assert (await ada.upload(conversation, "a.txt", b"x", **{"X-CSRF-Token": "no"})).status_code == 403
    assert (await ada.upload("c_unknown", "a.txt", b"x")).status_code == 404


async def test_another_conversations_file_cannot_be_sent(world: World) -> None:
    ada = await world.at_desk("Ada")
    conversation, handoff = await world.waiting()
    other = await world.customer_says("Hi")
    await ada.post(f"/desk/handoffs/{handoff}/take")
    stored = (await ada.upload(other, "secret.txt", b"theirs")).json()

    fields = {"as": "reply", "text": "look", "files": [stored["id"]]}

    assert (await ada.post(f"/desk/conversations/{conversation}/messages", fields)).status_code == 422


@pytest.mark.parametrize(
    ("content", "name", "media_type"),
    [
        (PNG, "photo.html", "image/png"),
        (b"%PDF-1.4\n1 0 obj", "x", "application/pdf"),
        (b"<!doctype html><script>alert(1)</script>", "photo.png", "application/octet-stream"),
        (b'\xef\xbb\xbf  <svg xmlns="http://www.w3.org/2000/svg"/>', "a.png", "application/octet-stream"),
        (b"alert(1)", "a.js", "application/octet-stream"),
        ("发票抬头".encode(), "a.txt", "text/plain"),
        (bytes(range(256)), "a.png", "application/octet-stream"),
    ],
)
def test_the_bytes_say_what_a_file_is(content: bytes, name: str, media_type: str) -> None:
    assert media_type_of(content, name) == media_type


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\发票 1.pdf", "发票 1.pdf"),
        ("bad\x00na\u202eme.txt", "bad na me.txt"),
        ("..", "file"),
        ("", "file"),
        ("a" * 300 + ".png", "a" * 116 + ".png"),
    ],
)
def test_names_are_cleaned(given: str, kept: str) -> None:
    assert clean_name(given) == kept
