"""Personal data in texts: found by pattern, checksum and phonenumbers, and replaced by made-up stand-ins.

A stand-in keeps the shape of what it stands for ("LO-00000", "name@example.com"), so that a classifier
learns from masked texts as it would from real ones, and the same sentence of two customers becomes one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from reading.entities import NARROW, entities_of
from reading.script import HAN

STAND_INS = {
    "email": "name@example.com",
    "phone": "+00 000 000 000",
    "order_number": "LO-00000",
    "ticket_number": "T-0000",
    "card": "0000 0000 0000 0000",
    "iban": "XX00 0000 0000",
    "identity": "000000000000000000",
    "number": "000000",
    "address": "http://example.com",
    "name": "Sam",
    "name_zh": "小明",
}
PHONE_REGIONS = ("CN", "US", "GB", "NO", "DE", "FR")
WORD = r"[^\W\d_][^\W\d_'’-]*"
NAME = r"[A-ZÀ-ÖØ-Þ][a-zß-öø-ÿ'’-]+"
SAID_NAMES = (
    re.compile(rf"\b(?:my (?:full )?name(?:'s|’s| is)?|name ?:|i am called) +({WORD}(?: +{WORD})?)", re.I),
    re.compile(
        rf"\b(?:[Cc]all me|[Tt]his is|I am|I'm|I’m|[Ii]t's) +({NAME})(?=[.,!]|$| from | here\b| and I\b)"
    ),
    re.compile(
        rf"\b(?:[Tt]his is|I am|I'm|I’m|i am|i'm|[Ii]t's|[Rr]egards,?|[Tt]hanks,?|[Cc]heers,?)\s+"
        rf"({NAME}(?: +{NAME})+)"
    ),
    re.compile(
        rf"(?:我叫|我的名字(?:是|叫)|我姓名(?:是)?|姓名[:：]?|收件人(?:是|[:：])?)\s*"
        rf"([{HAN}]{{2,4}}?)(?=[^{HAN}]|$)"
    ),
    re.compile(rf"(?:我姓)([{HAN}])"),
)
NOT_NAMES = frozenset(
    ["not", "the", "a", "an", "on", "at", "no", "none", "wrong", "missing", "is", "it", "and", "but"]
)
CARD = re.compile(r"(?<![\d-])\d(?:[ -]?\d){12,18}(?![\d-])")
IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b")
IDENTITY = re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)")
LINK = re.compile(r"https?://[^\s<>\"']+", re.I)
NUMBERED = re.compile(
    r"\b(?:order|invoice|customer|tracking|parcel|account|reference)(?: (?:number|no\.?|nr\.?|id|code))?"
    r"(?: is| was)? ?[:#]? ?((?=[A-Z0-9-]*\d)[A-Z0-9][A-Z0-9-]{3,24})\b"
    r"|(?:订单|单号|运单|客户|发票|账号)(?:号码|编号|号)?(?:是|为)? ?[:#]? ?"
    r"((?=[A-Z0-9-]*\d)[A-Z0-9][A-Z0-9-]{3,24})",
    re.I,
)
LONG_NUMBER = re.compile(r"(?<![\w.,])\d(?:[ -]?\d){6,}(?![\w])")
Span = tuple[int, int, str]


def mask(text: str, names: Sequence[str] = ()) -> str:
    """Return the text with stand-ins for personal data; `names`: those the customer is known by."""
    spans = spans_of(text, names)
    for start, end, kind in reversed(spans):
        text = text[:start] + STAND_INS[kind] + text[end:]
    return text


def spans_of(text: str, names: Sequence[str] = ()) -> list[Span]:
    """Return where personal data stands and of which kind, from left to right; none overlaps another."""
    narrow, found = text.translate(NARROW), list[Span]()
    for find in (_links, _cards, _ibans, _identities, _entities, _numbered, _phones, _numbers, _said_names):
        found += _apart(find(narrow), found)
    found += _apart(_known_names(narrow, names), found)
    return sorted(found)


def _apart(spans: Iterator[Span], taken: Sequence[Span]) -> list[Span]:
    """Keep the spans that touch none of those found before."""
    kept = list[Span]()
    for start, end, kind in spans:
        if all(end <= other or start >= after for other, after, _ in [*taken, *kept]):
            kept.append((start, end, kind))
    return kept


def _links(text: str) -> Iterator[Span]:
    """Addresses carry tokens and names; none is worth learning from."""
    yield from ((*match.span(), "address") for match in LINK.finditer(text))


def _checked(pattern: re.Pattern[str], check: Callable[[str], bool], kind: str, text: str) -> Iterator[Span]:
    for match in pattern.finditer(text):
        if check(match[0]):
            yield (*match.span(), kind)


def _cards(text: str) -> Iterator[Span]:
    return _checked(CARD, is_card, "card", text)


def _ibans(text: str) -> Iterator[Span]:
    return _checked(IBAN, is_iban, "iban", text)


def _identities(text: str) -> Iterator[Span]:
    return _checked(IDENTITY, is_identity, "identity", text)


def _entities(text: str) -> Iterator[Span]:
    for entity in entities_of(text[:5000]):
        yield entity.start, entity.end, entity.entity


def _numbered(text: str) -> Iterator[Span]:
    for match in NUMBERED.finditer(text):
        group = 1 if match[1] else 2
        yield (*match.span(group), "number")


def _phones(text: str) -> Iterator[Span]:
    """Numbers that are a phone's in a country where customers may live, written without its code."""
    if sum(map(str.isdigit, text)) < 7:
        return
    import phonenumbers  # its metadata is worth loading for such texts alone

    for region in PHONE_REGIONS:
        for match in phonenumbers.PhoneNumberMatcher(text, region):
            yield match.start, match.end, "phone"


def _numbers(text: str) -> Iterator[Span]:
    yield from ((*match.span(), "number") for match in LONG_NUMBER.finditer(text))


def _said_names(text: str) -> Iterator[Span]:
    for pattern in SAID_NAMES:
        for match in pattern.finditer(text):
            words = match[1].split()
            known = [word for word in words if word.lower() not in NOT_NAMES]
            if known == words:
                yield (*match.span(1), _name_kind(match[1]))
            elif words[0].lower() not in NOT_NAMES:
                yield match.start(1), match.start(1) + len(words[0]), _name_kind(words[0])


def _known_names(text: str, names: Sequence[str]) -> Iterator[Span]:
    """A known name, and each of its parts of three letters or more (one Han letter says too little)."""
    whole = {name.strip() for name in names if name and len(name.strip()) > 1}
    parts = {part for name in whole for part in name.split() if len(part) > 2}
    for name in sorted(whole | parts, key=len, reverse=True):
        edge = "" if re.search(f"[{HAN}]", name) else r"\b"
        for match in re.finditer(f"{edge}{re.escape(name)}{edge}", text, re.I):
            yield (*match.span(), _name_kind(name))


def _name_kind(name: str) -> str:
    return "name_zh" if re.search(f"[{HAN}]", name) else "name"


def is_card(text: str) -> bool:
    """Tell whether digits pass Luhn's check (ISO/IEC 7812-1)."""
    digits = [int(digit) for digit in text if digit.isdigit()]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return len(set(digits)) > 1 and (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def is_iban(text: str) -> bool:
    """Tell whether an account number passes ISO 13616's check: 1 modulo 97."""
    bare = text.replace(" ", "")
    return int("".join(str(int(letter, 36)) for letter in bare[4:] + bare[:4])) % 97 == 1


def is_identity(text: str) -> bool:
    """Tell whether a Chinese identity number passes its check (GB 11643, ISO 7064 MOD 11-2)."""
    weights = [pow(2, 17 - place, 11) for place in range(17)]
    rest = sum(weight * int(digit) for weight, digit in zip(weights, text, strict=False)) % 11
    return "10X98765432"[rest] == text[-1].upper()
