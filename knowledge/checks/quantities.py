"""Prices, times, dates, sizes and counts in a text, in English and Chinese, made comparable."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile

from reading.tokens import terms


@dataclass(frozen=True, slots=True)
class Quantity:
    """`low` to `high` of a `unit`; `role` is "over" or "under" for a limit, else ""; `text` as written."""

    unit: str
    low: float
    high: float
    role: str
    text: str
    start: int
    end: int

    def agrees(self, other: Quantity) -> bool:
        """Whether both can be true of one thing: the ranges are equal, or one lies in the other."""
        return (self.low <= other.low and other.high <= self.high) or (
            other.low <= self.low and self.high <= other.high
        )


WORDS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "fourteen": 14, "fifteen": 15, "twenty": 20, "thirty": 30,
    "sixty": 60, "ninety": 90, "两": 2,
    **{digit: value for value, digit in enumerate("一二三四五六七八九十", 1)},
}  # fmt: skip

# unit -> (what it is counted in, how many of those), longest spelling first
UNITS: dict[str, tuple[str, float]] = {}
for _names, _unit, _factor in (
    ("working days|working day|business days|business day|个工作日|工作日", "working day", 1),
    ("minutes|minute|mins|min|分钟", "minute", 1), ("hours|hour|hrs|h|个小时|小时|个钟头", "minute", 60),
    ("seconds|second|secs|秒钟|秒", "second", 1),
    ("days|day|天|日", "day", 1), ("weeks|week|个星期|星期|周", "day", 7),
    ("months|month|个月", "month", 1), ("years|year|年", "month", 12),
    ("%|percent|per cent", "percent", 1),
    ("watts|watt|W|瓦", "watt", 1), ("volts|volt|V|伏", "volt", 1), ("lumens|lumen|lm|流明", "lumen", 1),
    ("mAh|毫安时|毫安", "mAh", 1), ("kelvin|K", "kelvin", 1), ("GHz", "GHz", 1), ("Hz", "Hz", 1),
    ("mm|毫米", "mm", 1), ("cm|厘米", "mm", 10), ("metres|metre|meters|meter|m|米", "mm", 1000),
    ("km|公里", "km", 1), ("kg|公斤|千克", "g", 1000), ("g|克", "g", 1), ("°C|℃|degrees|度", "degree", 1),
    ("GB", "MB", 1000), ("MB", "MB", 1), ("KB", "MB", 0.001),
    ("EUR|€|euros|euro|欧元|欧", "EUR", 1), ("NOK|kroner|krone|克朗", "NOK", 1),
    ("USD|US$|$|dollars|dollar|美元|美金", "USD", 1), ("GBP|£|pounds|pound|英镑", "GBP", 1),
    ("CHF|瑞士法郎|瑞郎", "CHF", 1), ("CNY|RMB|¥|yuan|人民币|块钱|元", "CNY", 1), ("HKD|港币|港元", "HKD", 1),
    ("JPY|日元", "JPY", 1),
):  # fmt: skip
    for _name in _names.split("|"):
        UNITS[_name] = (_unit, _factor)

MONEY = frozenset({"EUR", "NOK", "USD", "GBP", "CHF", "CNY", "HKD", "JPY"})
_months = ("january", "february", "march", "april", "may", "june", "july",
           "august", "september", "october", "november", "december")  # fmt: skip
MONTHS = {name[:letters]: number for letters in (3, 9) for number, name in enumerate(_months, 1)} | {
    "sept": 9
}

_spelled = sorted(UNITS, key=len, reverse=True)
_unit_first = "|".join(re.escape(name) for name in _spelled if UNITS[name][0] in MONEY and not name.islower())
_unit_after = "|".join(
    re.escape(name) + (r"(?![A-Za-z])" if name[-1].isascii() and name[-1].isalpha() else "")
    for name in _spelled
)
_no_nouns = re.compile(
    "and|or|of|to|in|on|for|the|with|at|by|is|are|was|were|be|can|may|must|will|do|does|have|has|if|then|than|"
    "from|per|each|every|after|before|until|when|while|that|which|who|an?|it|you|we|not|only|more|less"
)
_digits = r"\d+(?:\.\d+)?"
_word = "|".join(sorted(WORDS, key=len, reverse=True))
_number = (
    rf"(?:{_digits}|(?<![A-Za-z\u4e00-\u9fff])(?:{_word})(?![A-Za-z])"
    r"|[一二两三四五六七八九十](?=个|天|年|周|次|小时|分钟))"
)
_range = rf"(?P<low>{_number})(?: ?(?:-|–|—|~|to|and|至|到) ?(?P<high>{_number}))?"
_edge = r"(?<![A-Za-z0-9.\-/:#])"
_before = re.compile(rf"(?<![A-Za-z])(?P<unit>{_unit_first}) ?{_range}")
_after = re.compile(rf"{_edge}{_range}(?:[ -]?(?P<unit>{_unit_after}))")
_measure = "[个台盏次人位张件条款种家瓶只本部套份双]"
_counted = re.compile(
    rf"{_edge}{_range}(?: (?P<noun>[a-z]{{3,}}(?: [a-z]{{2,}})?)"
    rf"| ?(?P<measure>{_measure})(?P<cjk>[\u4e00-\u9fff]{{0,4}}))"
)
_thousands = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_iso = re.compile(r"(?<!\d)(?P<y>20\d\d)-(?P<m>\d\d)-(?P<d>\d\d)(?!\d)")
_day_month = re.compile(
    rf"(?<!\d)(?P<d>\d{{1,2}})(?:st|nd|rd|th)? (?P<m>{'|'.join(MONTHS)})(?![a-z])(?: (?P<y>20\d\d))?", re.I
)
_month_day = re.compile(
    rf"(?<![a-z])(?P<m>{'|'.join(MONTHS)}) (?P<d>\d{{1,2}})(?:st|nd|rd|th)?(?![\d:])(?:,? (?P<y>20\d\d))?",
    re.I,
)
_cjk_date = re.compile(r"(?:(?P<y>20\d\d) ?年 ?)?(?P<m>\d{1,2}) ?月 ?(?P<d>\d{1,2}) ?[日号]")
_clock = re.compile(
    r"(?<![\d:.])(?P<h>[01]?\d|2[0-4])(?::(?P<min>[0-5]\d))? ?(?P<half>am|pm|a\.m\.|p\.m\.)?(?![\d:])", re.I
)
_over = re.compile(
    r"(?:above|over|more than|at least|minimum(?: of)?|from|exceed(?:s|ing)?"
    r"|超过|高于|大于|至少|最少|满|不少于)"
    r"(?: (?:the|a|an))? ?$", re.I
)  # fmt: skip
_under = re.compile(
    r"(?:up to|under|below|less than|at most|maximum(?: of)?|no more than|fewer than"
    r"|最多|不超过|低于|少于|至多)"
    r"(?: (?:the|a|an))? ?$", re.I
)  # fmt: skip
_over_after = re.compile(r"^ ?(?:以上|or more|and above|and more|起)")
_under_after = re.compile(r"^ ?(?:or less|or fewer|and below|以下)")


def plain_numbers(text: str) -> str:
    """Write full-width forms half-width and take the commas out of thousands."""
    return _thousands.sub("", unicodedata.normalize("NFKC", text)).replace("−", "-")


def quantities_in(text: str) -> list[Quantity]:
    """List what a text (as `plain_numbers` gives it) says in numbers; none overlaps another."""
    found: list[Quantity] = []
    taken = [False] * len(text)
    for quantity in (*_dates(text), *_times(text), *_measured(text), *_counts(text)):
        if not any(taken[quantity.start : quantity.end]):
            taken[quantity.start : quantity.end] = [True] * (quantity.end - quantity.start)
            found.append(quantity)
    return sorted(found, key=lambda quantity: quantity.start)


def without(text: str, quantities: Sequence[Quantity]) -> str:
    """Take quantities out of their text, so that what they are about is left."""
    for quantity in sorted(quantities, key=lambda quantity: -quantity.start):
        text = f"{text[: quantity.start]} {text[quantity.end :]}"
    return text


def _dates(text: str) -> Iterator[Quantity]:
    for pattern in (_iso, _day_month, _month_day, _cjk_date):
        for match in pattern.finditer(text):
            month = MONTHS.get(match["m"].lower()) or int(match["m"])
            value = float(month * 100 + int(match["d"]))
            yield Quantity("date", value, value, "", match[0], *match.span())


def _times(text: str) -> Iterator[Quantity]:
    for match in _clock.finditer(text):
        if not (match["min"] or match["half"]):
            continue
        hour = int(match["h"])
        afternoon = (match["half"] or "").lower().startswith("p") and hour < 12
        value = hour + 12 * afternoon + int(match["min"] or 0) / 60
        yield Quantity("time", value, value, "", match[0], *match.span())


def _measured(text: str) -> Iterator[Quantity]:
    for pattern in (_before, _after):
        for match in pattern.finditer(text):
            unit, factor = UNITS[match["unit"]]
            low = _value(match["low"])
            high = _value(match["high"]) if match["high"] else low
            yield _quantity(text, *match.span(), unit, low * factor, high * factor)


def _counts(text: str) -> Iterator[Quantity]:
    for match in _counted.finditer(text):
        nouns = list(takewhile(_is_noun, (match["noun"] or "").split()))
        named = terms(nouns[-1])[0] if nouns else (match["cjk"] or match["measure"] or "")[:2]
        low = _value(match["low"])
        high = _value(match["high"]) if match["high"] else low
        if named and high > 1:  # "one lamp" states no number
            end = match.end() - len(match["cjk"] or "") if match["measure"] else match.end("low")
            yield _quantity(text, match.start(), end, f"of {named}", low, high)


def _is_noun(word: str) -> bool:
    return _no_nouns.fullmatch(word) is None


def _quantity(text: str, start: int, end: int, unit: str, low: float, high: float) -> Quantity:
    return Quantity(unit, low, high, _role(text, start, end), text[start:end].strip(), start, end)


def _value(written: str) -> float:
    return float(WORDS[written]) if written in WORDS else float(written)


def _role(text: str, start: int, end: int) -> str:
    if _over.search(text[:start]) or _over_after.match(text[end:]):
        return "over"
    if _under.search(text[:start]) or _under_after.match(text[end:]):
        return "under"
    return ""
