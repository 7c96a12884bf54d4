"""Order numbers, ticket numbers, e-mail addresses and phone numbers: found on the text, never on tokens."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

from nouns import Entity
from reading.script import language_of

HALF_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
DASHES = dict.fromkeys(map(ord, "‐‑‒–—−﹣－"), ord("-"))
NARROW = HALF_WIDTH | DASHES  # one character for one, so that places stay true

EMAIL = re.compile(r"[a-z0-9][a-z0-9._%+-]*@(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,24}", re.I)
TICKET = re.compile(
    r"(?<![a-z0-9-])t ?- ?(\d{3,8})(?![\d-])"
    r"|(?<![a-z])ticket(?: (?:number|no\.?|nr\.?|id))? ?[:#]? ?(\d{3,8})(?!\d)"
    r"|(?<![\w&/])#(\d{3,8})(?!\d)"
    r"|工单(?:号码|编号|号)?(?:是|为)? ?[:#]? ?(\d{3,8})(?!\d)",
    re.I,
)
ORDER = re.compile(
    r"(?<![a-z0-9-])(?!t-)([a-z]{2,4}) ?- ?(\d{4,8})(?![\d-])|(?<![a-z0-9-])(lo) ?(\d{5,6})(?!\d)", re.I
)
NOT_ORDERS = frozenset({"ISO", "IEC", "DIN", "EN", "RFC"})


def entities_of(text: str) -> tuple[Entity, ...]:
    """List the entities of a text from left to right; none overlaps another."""
    narrow = text.translate(NARROW)
    found: list[Entity] = []
    phones = partial(_phones, region="CN" if language_of(text) == "zh" else None)
    for find in (_emails, _tickets, _orders, phones):
        for entity in find(narrow):
            found.append(entity)
            narrow = narrow[: entity.start] + "|" * (entity.end - entity.start) + narrow[entity.end :]
    return tuple(sorted(found, key=lambda entity: entity.start))


def _emails(text: str) -> Iterator[Entity]:
    for match in EMAIL.finditer(text):
        yield Entity("email", match[0], *match.span())


def _tickets(text: str) -> Iterator[Entity]:
    for match in TICKET.finditer(text):
        digits = next(group for group in match.groups() if group)
        yield Entity("ticket_number", f"T-{digits}", *match.span())


def _orders(text: str) -> Iterator[Entity]:
    for match in ORDER.finditer(text):
        letters, digits = (part for part in match.groups() if part)
        if letters.upper() not in NOT_ORDERS:
            yield Entity("order_number", f"{letters.upper()}-{digits}", *match.span())


def _phones(text: str, region: str | None) -> Iterator[Entity]:
    if sum(map(str.isdigit, text)) < 7:
        return
    import phonenumbers  # its metadata is worth loading for such texts alone

    for match in phonenumbers.PhoneNumberMatcher(text, region):
        value = phonenumbers.format_number(match.number, phonenumbers.PhoneNumberFormat.E164)
        yield Entity("phone", value, match.start, match.end)
