"""Erasing a customer at the desk: for maintainers and owners, shown first, and only when they are sure."""

from __future__ import annotations

from nouns import Role
from pages.desk_erase_texts import ERASE_TEXTS
from records import holdings
from tests.pages.conftest import World


async def test_an_owner_sees_what_is_held_and_erases_it(world: World) -> None:
    ada = await world.at_desk("Ada", Role.OWNER)
    conversation = await world.customer_says("My secret is Rumpelstiltskin")
    page = await ada.get(f"/desk/conversations/{conversation}")
    path = page.text.partition('href="/desk/customers/')[2].partition('"')[0]
    shown = await ada.get(f"/desk/customers/{path}")
    assert "What is held" in shown.text and "messages" in shown.text
    assert (await ada.post(f"/desk/customers/{path}")).status_code == 422
    done = await ada.post(f"/desk/customers/{path}", {"sure": "yes"})
    assert "Erased for good" in done.text
    assert "Rumpelstiltskin" not in (await ada.get(f"/desk/conversations/{conversation}")).text


async def test_who_was_handed_over_can_be_erased_and_looked_at(world: World) -> None:
    ada = await world.at_desk("Ada", Role.OWNER)
    conversation, _ = await world.waiting("My secret is Rumpelstiltskin")
    page = await ada.get(f"/desk/conversations/{conversation}")
    path = page.text.partition('href="/desk/customers/')[2].partition('"')[0]
    await ada.post(f"/desk/customers/{path}", {"sure": "yes"})
    left = await ada.get(f"/desk/conversations/{conversation}")
    assert left.status_code == 200 and "Rumpelstiltskin" not in left.text


async def test_everything_that_is_counted_has_a_name(world: World) -> None:
    conversation = await world.customer_says("Hello")
    async with world.database.read() as connection:
        (customer,) = await holdings.find(connection, conversation)
        held = await holdings.holdings(connection, customer)
    assert {f"held_{name}" for name in held.counts} <= set(ERASE_TEXTS)


async def test_an_agent_may_not(world: World) -> None:
    ben = await world.at_desk("Ben")
    conversation = await world.customer_says("Hello")
    assert "/erase" not in (await ben.get(f"/desk/conversations/{conversation}")).text
    assert (await ben.get(f"/desk/customers/{conversation}/erase")).status_code == 403
