"""The picture of what an error rate buys: share answered against share wrong, as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

WIDTH, HEIGHT, MARGIN = 640, 400, 56
WRONG_SHOWN = 0.5  # the upper end of the scale
COLOUR, PALE = "#0f766e", "#94a3b8"

Points = Sequence[tuple[float, float]]


def coverage_curve(points: Points, error_rate: float, chosen: tuple[float, float] | None, title: str) -> str:
    """Draw (share answered, share of these wrong); `chosen` is where the threshold in use stands."""
    path = " ".join(f"{_x(answered):.1f},{_y(wrong):.1f}" for answered, wrong in points)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'font-family="sans-serif" font-size="12"><title>{escape(title)}</title>',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        f'<text x="{WIDTH / 2}" y="24" text-anchor="middle" font-size="15">{escape(title)}</text>',
        *_axes(),
        _line(_x(0), _y(error_rate), _x(1), _y(error_rate), PALE, "6 4"),
        f'<text x="{_x(1)}" y="{_y(error_rate) - 5}" text-anchor="end">{error_rate:.0%} wrong</text>',
        f'<polyline points="{path}" fill="none" stroke="{COLOUR}" stroke-width="2.5"/>',
    ]
    if chosen:
        x, y = _x(chosen[0]), _y(chosen[1])
        label = f"answers {chosen[0]:.0%}, {chosen[1]:.1%} of them wrong"
        parts += [
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="{COLOUR}"/>',
            f'<text x="{max(x, _x(0.35)):.1f}" y="{y - 12:.1f}" text-anchor="middle">{label}</text>',
        ]
    return "\n".join([*parts, "</svg>", ""])


def _axes() -> list[str]:
    parts = [
        _line(_x(0), _y(0), _x(1), _y(0), "#0f172a"),
        _line(_x(0), _y(0), _x(0), _y(WRONG_SHOWN), "#0f172a"),
        f'<text x="{_x(0.5)}" y="{HEIGHT - 12}" text-anchor="middle">questions answered</text>',
        f'<text transform="translate(16 {_y(WRONG_SHOWN / 2)}) rotate(-90)" text-anchor="middle">'
        "of these wrong</text>",
    ]
    for share in (0, 0.2, 0.4, 0.6, 0.8, 1.0):
        parts.append(f'<text x="{_x(share)}" y="{_y(0) + 18}" text-anchor="middle">{share:.0%}</text>')
    for share in (0, 0.1, 0.2, 0.3, 0.4, 0.5):
        parts.append(f'<text x="{_x(0) - 8}" y="{_y(share) + 4}" text-anchor="end">{share:.0%}</text>')
    return parts


def _line(x1: float, y1: float, x2: float, y2: float, colour: str, dashes: str = "") -> str:
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
    return f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke="{colour}"{dashed}/>'


def _x(share: float) -> float:
    return MARGIN + share * (WIDTH - 2 * MARGIN)


def _y(wrong: float) -> float:
    return HEIGHT - MARGIN - min(wrong, WRONG_SHOWN) / WRONG_SHOWN * (HEIGHT - 2 * MARGIN)
