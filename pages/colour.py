"""A company's accent, with colours that can be read beside it (WCAG 2.2, 1.4.3)."""

from __future__ import annotations

import re

Rgb = tuple[int, int, int]

WHITE: Rgb = (255, 255, 255)
INK: Rgb = (17, 20, 24)
LIGHT_GROUND, DARK_GROUND = "#f3f0ea", "#1f1c19"
READABLE = 4.6  # the rule's 4.5 : 1, and something for rounding


def accent_style(colour: str) -> str:
    """Return the CSS that puts a company's accent in the place of the tokens' own, in light and in dark."""
    accent = parse(colour)
    if accent is None:
        return ""
    light = _properties(accent, LIGHT_GROUND)
    dark = _properties(towards(accent, DARK_GROUND), DARK_GROUND)
    chosen_dark = f':root[data-theme="dark"]{{{dark}}}'
    system_dark = f'@media (prefers-color-scheme:dark){{:root:not([data-theme="light"]){{{dark}}}}}'
    return f":root{{{light}}}{system_dark}{chosen_dark}"


def parse(colour: str) -> Rgb | None:
    """Read #rgb or #rrggbb; None for anything else."""
    match = re.fullmatch(r"#([0-9a-fA-F]{3}|[0-9a-fA-F]{6})", colour)
    if match is None:
        return None
    digits = match[1] if len(match[1]) == 6 else "".join(digit * 2 for digit in match[1])
    return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16)


def contrast(one: Rgb, other: Rgb) -> float:
    """Return the contrast ratio of two colours, 1 to 21."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def text_on(colour: Rgb) -> Rgb:
    """Return white or near-black, whichever reads better on the colour."""
    white = contrast(colour, WHITE)
    return WHITE if white >= 4.5 or white > contrast(colour, INK) else INK


def towards(colour: Rgb, ground: str) -> Rgb:
    """Move a colour towards black or white until it can be read as text on the ground."""
    under = parse(ground) or WHITE
    goal = INK if _luminance(under) > 0.4 else WHITE
    steps = (_mix(colour, goal, step / 10) for step in range(11))
    return next((mixed for mixed in steps if contrast(mixed, under) >= READABLE), goal)


def _properties(accent: Rgb, ground: str) -> str:
    under = parse(ground) or WHITE
    away = INK if _luminance(under) > 0.4 else WHITE
    values = {
        "accent": accent,
        "accent-hover": _mix(accent, away, 0.15),
        "accent-text": towards(accent, ground),
        "accent-wash": _mix(under, accent, 0.12),
        "on-accent": text_on(accent),
    }
    return ";".join(f"--{name}:rgb({r} {g} {b})" for name, (r, g, b) in values.items())


def _mix(colour: Rgb, other: Rgb, share: float) -> Rgb:
    r, g, b = (round(one + (two - one) * share) for one, two in zip(colour, other, strict=True))
    return r, g, b


def _luminance(colour: Rgb) -> float:
    """Relative luminance as WCAG defines it."""
    shares = [part / 255 for part in colour]
    linear = [share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
