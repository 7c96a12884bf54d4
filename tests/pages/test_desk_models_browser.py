"""The models' pages as maintainers see them: on a screen and a phone, light and dark, in both languages."""

from __future__ import annotations

import pytest
from sqlalchemy import insert

from nouns import Role
from pages.report import write_report
from records.models import Kind, Promotion, go_live
from records.tables import shadows
from tests.pages.conftest import Enter, Running
from tests.pages.test_desk_models import with_models
from tests.pages.test_desk_review_browser import look

pytestmark = pytest.mark.browser

LOOKS = {
    "light": {"color_scheme": "light", "viewport": {"width": 1280, "height": 860}},
    "dark phone": {"color_scheme": "dark", "viewport": {"width": 390, "height": 800}},
    "zh dark": {"color_scheme": "dark", "locale": "zh-CN", "viewport": {"width": 1280, "height": 860}},
}


@pytest.fixture(scope="module")
def modelled(desk: Running) -> Running:
    """A live model, one before it, and a candidate that would have answered one message otherwise."""
    desk.do(desk.world.agent("Mia", Role.MAINTAINER))
    shelf = desk.do(with_models(desk.world))
    write_report(shelf.folder, "cand", "Lumen & Oak")
    desk.do(_used(desk))
    return desk


async def _used(desk: Running) -> None:
    said = {"ranking": [], "actions": [], "slots": [], "form": [], "knowledge": {}}
    live, candidate = (
        {**said, "intent": intent, "replies": [{"kind": "message", "text": text, "buttons": []}]}
        for intent, text in (("greet", "Hello there! How can I help?"), ("cancel", "All right, stopped."))
    )
    async with desk.world.database.write() as writing:
        seen = {"live": live, "candidate": candidate, "same": False, "at": writing.now}
        await writing.execute(insert(shadows).values(model="cand", message="m1", conversation="c1", **seen))
        for model, before in (("bad", "live"), ("live", "bad")):
            why = "The hand-offs rose from 2% of 400 messages to 31% of 64, by more than 10%."
            await go_live(writing, Promotion(writing.now, model, before, Kind.ROLLED_BACK, "Firstline", why))


@pytest.mark.parametrize("name", LOOKS)
def test_axe_finds_nothing_on_the_models_pages(modelled: Running, enter: Enter, name: str) -> None:
    page = enter("Mia", **LOOKS[name])
    for path in ("/desk/models", "/desk/models/cand", "/desk/models/bad"):
        look(page, path, f"{name} {path}")
