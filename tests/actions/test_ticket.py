"""The ticket form: what it accepts, what it answers on the way, and whose tickets are shown to whom."""

from __future__ import annotations

from typing import Any

import pytest

from actions.ticket import OpenTicket, TicketStatus, ValidateTicketForm
from nouns import Author, Decision, Kind, Reply
from records import customers, messages, tickets
from records.database import Database
from records.inbox import Taken
from tests.world import NORWAY, World, heard, run

ASKED_ORDER = "What is your order number?"
FILLED = {"ticket_subject": "A broken lamp", "ticket_email": "ola@shop.test", "ticket_order": None}


class Form:
    """A customer in the midst of the form."""

    def __init__(self, database: Database, *, mail: bool = True) -> None:
        self.world = World.of(database, mail=mail)
        self.action = ValidateTicketForm(database, self.world.answering, mail)
        self.conversation: str | None = None
        self.slots: dict[str, Any] = {}

    async def gets(
        self, slot: str, text: str, intent: str = "inform", **more: Any
    ) -> tuple[list[Reply], str | None]:
        """Let the customer answer the form; return what was said, and the slot that is asked for next."""
        taken = await self.world.writes(text, self.conversation)
        self.conversation = taken.conversation
        tracker = heard(taken, text, intent, slots=self.slots, set_slots={slot: text}, **more)
        replies, slots = await run(self.action, tracker)
        requested = slots.pop("requested_slot", None)
        self.slots |= slots
        await self.world.say(taken.conversation, *replies)
        if requested:
            await self.world.say(taken.conversation, Reply(f"{requested}?", Kind.FORM))
        return replies, requested


async def test_the_form_asks_for_subject_address_and_order(database: Database) -> None:
    form = Form(database)
    assert await form.gets("ticket_subject", "My lamp is broken") == ([], "ticket_email")
    assert await form.gets("ticket_email", "Ola@Shop.test") == ([], "ticket_order")
    assert await form.gets("ticket_order", "no", "deny") == ([], None)
    assert form.slots == {
        "ticket_subject": "My lamp is broken",
        "ticket_email": "ola@shop.test",
        "ticket_order": "none",
    }


async def test_without_mail_the_address_is_never_asked_for(database: Database) -> None:
    form = Form(database, mail=False)
    assert await form.gets("ticket_subject", "My lamp is broken") == ([], "ticket_order")


async def test_a_known_address_is_not_asked_for_again(database: Database) -> None:
    form = Form(database)
    form.conversation = await form.world.talk("Hello")
    async with database.write() as writing:
        await customers.note_email(
            writing, (await form.world.held(form.conversation)).customer, "ola@shop.test"
        )
    assert await form.gets("ticket_subject", "My lamp is broken") == ([], "ticket_order")


async def test_an_address_alone_is_no_problem_but_is_kept(database: Database) -> None:
    form = Form(database)
    email = {"email": "Ola@Shop.test"}
    replies, requested = await form.gets("ticket_subject", "Ola@Shop.test", entities=email)
    assert [reply.text for reply in replies] == ["Thank you, I've noted Ola@Shop.test."]
    assert (requested, form.slots["ticket_subject"]) == ("ticket_subject", None)
    assert await form.gets("ticket_subject", "My lamp is broken") == ([], "ticket_order")
    assert form.slots["ticket_email"] == "ola@shop.test"


async def test_an_order_number_inside_the_text_is_taken(database: Database) -> None:
    form = Form(database, mail=False)
    text = "My lamp from order LO-12345 is broken"
    assert await form.gets("ticket_subject", text, entities={"order_number": "LO-12345"}) == ([], None)
    assert (form.slots["ticket_subject"], form.slots["ticket_order"]) == (text, "LO-12345")


@pytest.mark.parametrize(("language", "wrong"), [("en", "doesn't look like an e-mail"), ("zh", "不像邮箱")])
async def test_what_is_no_address_is_asked_for_again(database: Database, language: str, wrong: str) -> None:
    form = Form(database)
    await form.gets("ticket_subject", "My lamp is broken")
    (reply,), asked = await form.gets("ticket_email", "the usual one", language=language)
    assert (wrong in reply.text, asked) == (True, "ticket_email")


@pytest.mark.parametrize("text", ["no", "I don't have one", "none", "没有", "without an order"])
async def test_no_order_can_be_said_in_many_ways(database: Database, text: str) -> None:
    form = Form(database, mail=False)
    await form.gets("ticket_subject", "My lamp is broken")
    assert await form.gets("ticket_order", text) == ([], None)
    assert form.slots["ticket_order"] == "none"


async def test_what_is_no_order_number_is_asked_for_again(database: Database) -> None:
    form = Form(database, mail=False)
    await form.gets("ticket_subject", "My lamp is broken")
    (reply,), asked = await form.gets("ticket_order", "the blue lamp")
    assert ("order number such as" in reply.text, asked) == (True, "ticket_order")


@pytest.mark.parametrize("decision", [Decision.ANSWER, Decision.SUGGEST])
async def test_a_question_instead_of_an_address_is_answered_and_the_form_goes_on(
    database: Database, decision: Decision
) -> None:
    form = Form(database)
    form.world.search.script = {"What do you need it for?": decision}
    await form.gets("ticket_subject", "My lamp is broken")
    (reply,), asked = await form.gets("ticket_email", "What do you need it for?", "ask_question")
    assert (reply.kind is not Kind.FORM, asked) == (True, "ticket_email")
    assert {button.intent for button in reply.buttons} <= {"ask_question"}  # a yes or no would be the form's


async def test_a_suggestion_pressed_in_the_form_is_shown(database: Database) -> None:
    form = Form(database)
    await form.gets("ticket_subject", "My lamp is broken")
    pressed = {"entities": {"passage": NORWAY.id}}
    (reply,), asked = await form.gets("ticket_email", "Delivery to Norway", "ask_question", **pressed)
    assert (reply.text, asked) == (NORWAY.text, "ticket_email")


@pytest.mark.parametrize("intent", ["affirm", "deny"])
async def test_a_vote_pressed_in_the_form_is_a_vote_and_no_answer_to_it(
    database: Database, intent: str
) -> None:
    form = Form(database, mail=False)
    await form.gets("ticket_subject", "My lamp is broken")
    await form.world.say(form.conversation or "", form.world.answering.show(NORWAY, 0.9, "en"))
    replies, asked = await form.gets("ticket_order", "No, it didn't", intent, entities={"passage": NORWAY.id})
    assert ([reply.text for reply in replies], asked) == (["Thank you for the rating!"], "ticket_order")


async def test_a_question_as_the_subject_is_answered_once_and_then_taken(database: Database) -> None:
    form = Form(database, mail=False)
    first, second = "How do I return a lamp?", "How do I return it without a box?"
    form.world.search.script = {first: Decision.ANSWER, second: Decision.ANSWER}
    replies, asked = await form.gets("ticket_subject", first, "ask_question")
    assert ([reply.kind for reply in replies], asked) == ([Kind.ANSWER], "ticket_subject")
    assert await form.gets("ticket_subject", second, "ask_question") == ([], "ticket_order")
    assert form.slots["ticket_subject"] == second


@pytest.mark.parametrize("decision", [Decision.SUGGEST, Decision.ABSTAIN])
async def test_a_question_without_an_answer_is_the_subject(database: Database, decision: Decision) -> None:
    form = Form(database, mail=False)
    form.world.search.script = {"Why does my lamp hum?": decision}
    assert await form.gets("ticket_subject", "Why does my lamp hum?", "ask_question") == ([], "ticket_order")


async def test_the_subject_that_a_button_brings_is_not_asked_for(database: Database) -> None:
    form = Form(database, mail=False)
    taken = await form.world.writes("Open a ticket")
    question = "Do you ship to the moon?"
    slots = {"ticket_subject": question}
    tracker = heard(taken, "Open a ticket", "open_ticket", set_slots=slots, entities={"subject": question})
    replies, slots = await run(form.action, tracker)
    assert (replies, slots["ticket_subject"], slots["requested_slot"]) == ([], question, "ticket_order")


async def test_what_fills_nothing_leaves_the_form_as_it_is(database: Database) -> None:
    form = Form(database)
    taken = await form.world.writes("Are you a bot?")
    assert await run(form.action, heard(taken, "Are you a bot?", "ask_bot_identity")) == ([], {})


@pytest.mark.parametrize(
    ("mail", "promise"), [(True, "sent to ola@shop.test"), (False, "in this conversation")]
)
async def test_a_full_form_opens_one_ticket(database: Database, mail: bool, promise: str) -> None:
    world = World.of(database, mail=mail)
    taken = await world.writes("no")
    tracker = heard(taken, "no", "deny", slots={**FILLED, "ticket_order": "none"})
    replies = [(await run(OpenTicket(database, world.tickets), tracker))[0][0] for _ in range(2)]
    async with database.read() as connection:
        (ticket,) = await tickets.listed(connection)
    assert {reply.ticket for reply in replies} == {ticket.number} == {"T-1001"}
    assert (ticket.subject, ticket.order_number, promise in replies[0].text) == ("A broken lamp", None, True)


async def test_the_form_is_empty_afterwards_and_speaks_chinese(database: Database) -> None:
    world = World.of(database)
    tracker = heard(await world.writes("没有"), "没有", "deny", language="zh", slots=FILLED)
    (reply,), slots = await run(OpenTicket(database, world.tickets), tracker)
    assert "已创建工单" in reply.text
    assert slots == dict.fromkeys(FILLED)


async def test_a_typed_address_never_merges_two_customers(database: Database) -> None:
    world = World.of(database, mail=True)
    mine, theirs = await world.writes("no"), await world.writes("no")
    for taken in (mine, theirs):
        await run(OpenTicket(database, world.tickets), heard(taken, "no", "deny", slots=FILLED))
    assert (await world.held(mine.conversation)).customer != (await world.held(theirs.conversation)).customer
    assert (
        await status(world, theirs, "T-1001")
        == "I can't show a ticket T-1001 here. If it is yours, follow the link in its mail."
    )


async def status(world: World, taken: Taken, number: str | None = None, language: str = "en") -> str:
    entities = {"ticket_number": number} if number else {}
    tracker = heard(taken, "How is my ticket?", "ticket_status", entities=entities, language=language)
    (reply,), _ = await run(TicketStatus(world.database), tracker)
    return reply.text


async def test_customers_see_their_own_ticket_by_number_and_without(database: Database) -> None:
    world = World.of(database)
    taken = await world.writes("no")
    await run(OpenTicket(database, world.tickets), heard(taken, "no", "deny", slots=FILLED))
    expected = "**T-1001**: A broken lamp\nStatus: new, opened 2024-06-03, last changed 2024-06-03 10:00 UTC."
    assert await status(world, taken, "T-1001") == await status(world, taken) == expected
    assert "新建" in await status(world, taken, language="zh")


@pytest.mark.parametrize("number", ["T-1001", "T-9999", "T-99999999999999999999"])
async def test_a_stranger_learns_nothing_from_a_number(database: Database, number: str) -> None:
    world = World.of(database)
    owner, stranger = await world.writes("no"), await world.writes("And mine?")
    await run(OpenTicket(database, world.tickets), heard(owner, "no", "deny", slots=FILLED))
    told = await status(world, stranger, number)
    assert told == f"I can't show a ticket {number} here. If it is yours, follow the link in its mail."


async def test_who_has_no_ticket_is_told_so(database: Database) -> None:
    world = World.of(database)
    assert "no ticket of yours" in await status(world, await world.writes("My ticket?"))


async def test_the_ticket_holds_what_was_written(database: Database) -> None:
    world = World.of(database)
    conversation = await world.talk("It flickers")
    taken = await world.writes("no", conversation)
    await run(OpenTicket(database, world.tickets), heard(taken, "no", "deny", slots=FILLED))
    async with database.read() as connection:
        (opened,) = await tickets.events(connection, "T-1001")
        said = await messages.since(connection, conversation)
    assert [message.author for message in said] == [Author.CUSTOMER, Author.BOT, Author.CUSTOMER]
    assert "customer: It flickers" in (opened.text or "")
