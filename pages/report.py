"""The report on a candidate as a page of its own, to be kept or sent; it speaks its reader's language."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pages.desk_texts import LANGUAGES, Words
from pages.shell import STATIC, Shell

STYLES = ("site/tokens.css", "desk/desk.css", "desk/models.css")


def write_report(models: Path, name: str, company: str, first: str = "en") -> Path | None:
    """Write report.html beside a model's report.json; None when there is no report.

    It holds every language and shows its reader's, where the browser tells none of them the `first`.
    """
    source = models / name / "report.json"
    if not source.is_file():
        return None
    report: dict[str, Any] = json.loads(source.read_text("utf-8"))
    styles = "\n".join((STATIC / style).read_text("utf-8") for style in STYLES)
    template = Shell.of(company).environment.get_template("desk/report_alone.html")
    target = models / name / "report.html"
    values = {
        "report": report,
        "company": company,
        "styles": styles,
        "words": [Words(code) for code in sorted(LANGUAGES, key=lambda code: code != first)],
        "languages": LANGUAGES,
    }
    target.write_text(template.render(values), "utf-8")
    return target
