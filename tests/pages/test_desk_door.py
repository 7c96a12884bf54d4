"""Getting in: the first account, invitations, log-in, and what keeps others out."""

from __future__ import annotations

import pytest

from nouns import Role
from pages.session import safe_next
from tests.pages.conftest import World

PASSWORD = "correct horse battery"
PERSON = {"name": "Ada", "email": "ada@desk.test", "password": PASSWORD}


async def test_the_first_account_is_made_once_and_is_an_owner(world: World) -> None:
    link = f"/desk/setup/{await world.accounts.setup_link()}"
    browser = world.browser()

    assert (await browser.get(link)).status_code == 200
    made = await browser.post(link, PERSON)

    assert (made.status_code, made.headers["location"]) == (303, "/desk")
    assert "Owner" in (await browser.get("/desk/team")).text
    assert (await world.browser().post(link, PERSON)).status_code == 410


async def test_a_short_password_is_explained_and_the_link_stays_good(world: World) -> None:
    link = f"/desk/setup/{await world.accounts.setup_link()}"
    browser = world.browser("zh-CN,zh;q=0.9")

    refused = await browser.post(link, {**PERSON, "password": "short"})

    assert refused.status_code == 422
    assert "密码至少需要 10 个字符" in refused.text
    assert 'value="ada@desk.test"' in refused.text
    assert (await browser.post(link, PERSON)).status_code == 303


async def test_an_invited_person_chooses_a_password_and_logs_in(world: World) -> None:
    owner = await world.at_desk("Ada", Role.OWNER)
    invited = await owner.post("/desk/team", {"name": "Bo", "email": "bo@desk.test", "role": "agent"})
    link = invited.text.split('value="http://desk.test')[1].split('"')[0]
    browser = world.browser()

    accepted = await browser.post(link, {"password": PASSWORD})

    assert accepted.headers["location"] == "/desk/login?joined"
    assert (await browser.log_in("bo@desk.test")).status_code == 303
    assert (await world.browser().get(link)).status_code == 410


async def test_only_an_owner_invites(world: World) -> None:
    agent = await world.at_desk("Bo", Role.MAINTAINER)

    refused = await agent.post("/desk/team", {"name": "Eve", "email": "eve@desk.test", "role": "owner"})

    assert refused.status_code == 403
    assert "eve@desk.test" not in (await agent.get("/desk/team")).text


async def test_a_wrong_password_and_an_unknown_address_read_alike(world: World) -> None:
    await world.agent("Ada")

    wrong = await world.browser().log_in("ada@desk.test", "not the password")
    unknown = await world.browser().log_in("nobody@desk.test", "not the password")

    assert (wrong.status_code, unknown.status_code) == (401, 401)
    assert "fit" in wrong.text
    assert wrong.text.replace("ada@", "nobody@").split("<main")[1] == unknown.text.split("<main")[1]


async def test_the_sixth_wrong_try_is_throttled_even_with_the_right_password(world: World) -> None:
    await world.agent("Ada")
    browser = world.browser()
    for _ in range(5):
        assert (await browser.log_in("ada@desk.test", "guessed wrong")).status_code == 401

    throttled = await browser.log_in("ada@desk.test")

    assert throttled.status_code == 429
    assert "firstline" not in browser.client.cookies


PAGES = ["/desk", "/desk/conversations", "/desk/conversations/c_x", "/desk/tickets", "/desk/tickets/T-1001"]
PAGES += ["/desk/team", "/desk/files/f_x", "/desk/conversations/c_x/articles?q=x"]


@pytest.mark.parametrize("path", PAGES)
async def test_nothing_is_shown_without_log_in(world: World, path: str) -> None:
    response = await world.browser().get(path)

    assert response.status_code == 303
    assert response.headers["location"].startswith("/desk/login?next=/desk")


async def test_after_logging_in_one_comes_to_where_one_wanted(world: World) -> None:
    await world.agent("Ada")
    browser = world.browser()

    asked = await browser.get((await browser.get("/desk/tickets")).headers["location"])
    given = {"email": "ada@desk.test", "password": PASSWORD, "next": "/desk/tickets"}
    entered = await browser.post("/desk/login", given)

    assert 'name="next" value="/desk/tickets"' in asked.text
    assert entered.headers["location"] == "/desk/tickets"


@pytest.mark.parametrize(
    "wished", ["https://evil.test", "//evil.test", "/desk//evil.test", "/desk\\evil", "/help"]
)
def test_going_on_stays_inside_the_desk(wished: str) -> None:
    assert safe_next(wished) == "/desk"


async def test_logging_out_ends_the_session_itself(world: World) -> None:
    browser = await world.at_desk("Ada")
    cookie = browser.client.cookies["firstline"]

    await browser.post("/desk/logout")

    stolen = world.browser()
    stolen.client.cookies.set("firstline", cookie)
    assert (await stolen.get("/desk")).status_code == 303


async def test_the_cookie_is_hidden_from_scripts_and_host_bound_on_https(world: World) -> None:
    await world.agent("Ada")
    plain, secure = world.browser(), world.browser()
    secure.client.base_url = "https://desk.test"
    origin = {"Origin": "https://desk.test"}
    given = {"email": "ada@desk.test", "password": PASSWORD}

    there = (await plain.log_in("ada@desk.test")).headers["set-cookie"]
    safer = (await secure.client.post("/desk/login", data=given, headers=origin)).headers["set-cookie"]

    assert there.startswith("firstline=")
    assert "HttpOnly" in there and "SameSite=lax" in there
    assert safer.startswith("__Host-firstline=") and "Secure" in safer and "Path=/" in safer


async def test_a_form_without_the_token_is_refused(world: World) -> None:
    browser = await world.at_desk("Ada", Role.OWNER)

    refused = await browser.post(
        "/desk/team", {"csrf": "", "name": "E", "email": "e@desk.test", "role": "owner"}
    )

    assert refused.status_code == 403
    assert "too old" in refused.text


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://evil.test"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}],
)
async def test_another_site_is_refused_even_with_the_token(world: World, headers: dict[str, str]) -> None:
    browser = await world.at_desk("Ada")
    conversation, handoff = await world.waiting()

    refused = await browser.post(f"/desk/handoffs/{handoff}/take", **headers)

    assert refused.status_code == 403
    assert "Waiting" in (await browser.get(f"/desk/conversations/{conversation}")).text


async def test_the_language_can_be_chosen(world: World) -> None:
    browser = world.browser("en")

    chosen = await browser.get("/desk/look/language/zh?next=/desk/login")

    assert chosen.headers["location"] == "/desk/login"
    assert '<html lang="zh">' in (await browser.get("/desk/login")).text
    assert (await browser.get("/desk/look/language/xx")).status_code == 404
