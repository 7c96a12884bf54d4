"""What a text's letters say: which language to take it for, and which encoder reads it."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from importlib.resources import files

QUESTION_CHARACTERS = 500
PASSAGE_CHARACTERS = 2000

HAN = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
CJK = HAN + r"\u3040-\u30ff\u31f0-\u31ff\uff66-\uff9f\u1100-\u11ff\u3130-\u318f\uac00-\ud7af"
CJK_LANGUAGES = frozenset({"zh", "ja", "ko"})

_has_kana = re.compile(r"[\u3040-\u30ff\uff66-\uff9f]").search
_has_han = re.compile(f"[{HAN}]").search
_has_cjk = re.compile(f"[{CJK}]").search
_cjk_letters = re.compile(f"[{CJK}]").findall


def clean(text: str, limit: int = QUESTION_CHARACTERS) -> str:
    """Drop what no encoder takes (lone surrogates, NUL) and cut the text at `limit` characters."""
    return text.encode("utf-8", "ignore").decode("utf-8").replace("\0", "").strip()[:limit]


def fold(text: str) -> str:
    """Write alike what means the same: full-width as half-width, traditional Chinese as simplified.

    A text with kana is Japanese, whose characters stay.
    """
    narrow = unicodedata.normalize("NFKC", text)
    return narrow.translate(_simplified()) if _has_han(narrow) and not _has_kana(narrow) else narrow


@cache
def _simplified() -> dict[int, str]:
    """Read which simplified character stands for each traditional one (OpenCC's t2s, Apache-2.0)."""
    table = files("reading").joinpath("traditional.txt").read_text(encoding="utf-8")
    traditional, simplified = table.split()
    return dict(zip(map(ord, traditional), simplified, strict=True))


def language_of(text: str) -> str:
    """Say "zh" when the text holds a Han letter, else "en"; a detector misreads short and mixed text."""
    return "zh" if _has_han(text) else "en"


def is_cjk(text: str) -> bool:
    """Whether Han, kana or hangul stands in the text."""
    return _has_cjk(text) is not None


def language_of_page(text: str) -> str:
    """Say "zh" when Han, kana and hangul are a fifth of the letters of a whole page, else "en"."""
    letters = sum(map(str.isalpha, text))
    return "zh" if letters and len(_cjk_letters(text)) > letters / 5 else "en"
