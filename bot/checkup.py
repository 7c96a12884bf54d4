"""What `firstline doctor` looks at; `CHECKS` lists it."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from bot.settings import CHECKOUT, Settings
from nouns import Problem

FREE_GB = 2


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was checked: what was found and, when it is wrong, the cure."""

    what: str
    ok: bool
    found: str
    cure: str = ""


def check_everything(settings: Settings) -> list[Finding]:
    """Check everything, in the order a start needs it."""
    return [_checked(what, check, settings) for what, check in CHECKS.items()]


def _checked(what: str, check: Callable[[Settings], str], settings: Settings) -> Finding:
    try:
        return Finding(what, True, check(settings))
    except Problem as problem:
        return Finding(what, False, problem.sentence, problem.cure)
    except Exception as error:  # noqa: BLE001 - a check's edge: whatever is wrong is what is asked for
        return Finding(what, False, f"{type(error).__name__}: {error}", "Look at the message on the left.")


def _app_python(settings: Settings) -> str:
    return sys.version.split()[0]


def _engine_python(settings: Settings) -> str:
    from bot.supervisor import engine_python

    told = subprocess.run(
        [engine_python(), "-c", "import rasa, sys; print(sys.version.split()[0], 'Rasa', rasa.__version__)"],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    if told.returncode:
        raise Problem("engine", 500, told.stderr.strip().splitlines()[-1], "Run `make setup` again.")
    return told.stdout.strip()


def _widget(settings: Settings) -> str:
    built = CHECKOUT / "pages" / "static" / "built" / "widget.js"
    if not built.exists():
        raise Problem("widget", 500, "The widget is not built.", "Run `make setup`; it needs Node.js 20.")
    return f"{built.stat().st_size} bytes"


def _folder(settings: Settings) -> str:
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    probe = settings.data_dir / ".writable"
    probe.write_text("", "ascii")
    probe.unlink()
    free = shutil.disk_usage(settings.data_dir).free / 1e9
    if free < FREE_GB:
        raise Problem(
            "disk", 500, f"{free:.1f} GB free in {settings.data_dir}", "Make room, or move DATA_DIR."
        )
    return f"{settings.data_dir}, {free:.0f} GB free"


def _database(settings: Settings) -> str:
    from bot.app import database_of
    from records import schema

    async def look() -> str:
        database = database_of(settings)
        try:
            await schema.upgrade(database)
            has, _ = await schema.versions(database)
            return f"{database.engine.dialect.name}, schema {has}"
        finally:
            await database.close()

    return asyncio.run(look())


def _articles(settings: Settings) -> str:
    from knowledge.load import articles_in

    articles, broken = articles_in(settings.articles_dir)
    if broken:
        raise Problem("articles", 422, "; ".join(one.sentence for one in broken), broken[0].cure)
    if not articles:
        raise Problem("articles", 422, f"No articles in {settings.articles_dir}", "Set ARTICLES_DIR.")
    return f"{len(articles)} in {settings.articles_dir}"


def _index(settings: Settings) -> str:
    from knowledge.kept import current_version
    from knowledge.promise import promises_in

    folder = settings.data_dir / "index"
    version = current_version(folder)
    if version is None:
        return "none yet; the next start builds it"
    try:
        promises = promises_in(folder, settings.answer_error_rate)
    except (KeyError, TypeError, ValueError):
        return f"{version}, of another version; the next start builds it anew"
    return "\n".join([version, *(promise.sentence for promise in promises)])


def _hours(settings: Settings) -> str:
    from desk.hours import OfficeHours

    OfficeHours.parse(settings.office_hours, settings.time_zone)
    return f"{settings.office_hours} ({settings.time_zone})"


def _mail(settings: Settings) -> str:
    from connectors.mail import Mail

    if settings.smtp_url is None:
        return "off (SMTP_URL is not set): nobody asks for or promises e-mail"
    Mail(settings.smtp_url.get_secret_value(), settings.mail_from)
    return "on"


def _ports(settings: Settings) -> str:
    import httpx2

    from bot.running import check_ports

    with suppress(httpx2.HTTPError, ValueError):
        ready = httpx2.get(f"http://127.0.0.1:{settings.port}/readyz", timeout=5, trust_env=False)
        if "checks" in ready.json():
            state = "ready" if ready.is_success else "not ready"
            return f"Firstline runs here on {settings.port} and is {state}"
    check_ports(settings)
    return f"{settings.port} to {settings.port + 2} are free"


CHECKS: dict[str, Callable[[Settings], str]] = {
    "Python": _app_python,
    "Engine": _engine_python,
    "Widget": _widget,
    "DATA_DIR": _folder,
    "Database": _database,
    "Articles": _articles,
    "Index": _index,
    "Office hours": _hours,
    "Mail": _mail,
    "Ports": _ports,
}
