"""`firstline knowledge check`: what it prints, what it tells programs, and when it fails."""

from __future__ import annotations

import io
from pathlib import Path
from typing import cast

from rich.console import Console

from bot.commands.checking import report_on, show_report
from knowledge.base import KnowledgeBase
from knowledge.checks.report import Report
from reading.reader import Reader
from tests.pages.writers import WordReader, workshop_in


async def checked(folder: Path) -> Report:
    workshop = workshop_in(folder)
    (workshop.folder / "broken.md").write_text("---\ntitle: [open\n---\nBody\n", "utf-8")
    price = "---\ntitle: Prices of parcels\n---\nA parcel to Norway takes 3 working days and costs NOK 99.\n"
    (workshop.folder / "prices.md").write_text(price + "\n[More](more.md)\n", "utf-8")

    async def open_base(aside: Path) -> tuple[KnowledgeBase, Reader]:
        return workshop.base, cast(Reader, WordReader())

    return await report_on(workshop.folder, open_base, lambda done, total: None, False, 90)


async def test_a_person_and_a_program_are_told_the_same(tmp_path: Path) -> None:
    report, out = await checked(tmp_path), io.StringIO()
    show_report(report, Console(file=out, width=200, no_color=True))
    told, shown = report.to_json(), out.getvalue()

    assert not told["ok"] and told["faults"] >= 3
    assert "broken.md, line" in told["broken"][0] and "broken.md, line" in shown
    assert {each["value"] for each in told["contradictions"]} <= {"NOK 99", "NOK 79"}
    assert "NOK 99" in shown and "NOK 79" in shown
    assert told["dead_links"][0]["target"] == "more.md" and "prices: more.md (file)" in shown
    assert told["figures"]["en"]["probes"] == 3
    assert told["unused"] == [] and "unanswered" in told  # no database: nothing is said about customers


async def test_a_folder_without_articles_says_so(tmp_path: Path) -> None:
    async def never(aside: Path) -> tuple[KnowledgeBase, Reader]:
        raise AssertionError

    report = await report_on(tmp_path / "nowhere", never, lambda done, total: None, False, 90)
    assert report.faults == 1 and "no such folder" in report.broken[0].sentence
