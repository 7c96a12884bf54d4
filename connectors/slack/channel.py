"""The Slack channel: what is needed put together; by Socket Mode with an app token, else by HTTP."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import structlog
from fastapi import APIRouter, Request
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from starlette.responses import Response

from connectors.port import Surroundings
from connectors.slack.account import CHANNEL, PATH, Account, client_of
from connectors.slack.blocks import PRESS
from connectors.slack.calls import BROKEN, Calls, why_of
from connectors.slack.commands import Commands
from connectors.slack.intake import Intake
from connectors.slack.modals import chosen
from connectors.slack.presses import Presses
from connectors.slack.sending import Dispatch
from connectors.slack.team import Team
from desk.articles import Articles
from desk.handoff import Handoffs
from desk.problem_texts import told
from desk.relay import RELAY, Relay
from desk.room import TeamRoom
from desk.tickets import Tickets
from nouns import Delivery, Problem
from records.database import Database

log = structlog.get_logger()

LONGEST_PAUSE_SECONDS = 30.0
PING_SECONDS = 3.0
Body = dict[str, Any]
Say = Callable[..., Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class DeskWork:
    """What of the desk is done from a channel of the team."""

    handoffs: Handoffs
    tickets: Tickets
    relay: Relay
    articles: Articles

    @classmethod
    def of(cls, around: Surroundings, undo_seconds: float) -> DeskWork:
        """Put it together."""
        handoffs, language = around.handoffs, next(iter(around.languages))
        relay = Relay(
            handoffs.database, handoffs, around.files, around.upload_max_bytes, undo_seconds, language
        )
        return cls(handoffs, handoffs.tickets, relay, around.articles)


class Slack:
    """Slack as a channel, for customers and for the team."""

    channel = CHANNEL

    def __init__(self, account: Account, database: Database, desk: DeskWork) -> None:
        self.account = account
        self.calls = Calls(account, client_of(account))
        self.dispatch = Dispatch(account, self.calls, database)
        self.intake = Intake(account, self.calls, database)
        self.team = Team(self.calls, desk.relay)
        self.room = TeamRoom(database, CHANNEL, account.team_channel or "", account.language)
        self.presses = Presses(
            account, self.calls, database, desk.handoffs, desk.tickets, desk.relay, self.room, desk.articles
        )
        self.commands = Commands(self.presses)
        self.app = self._app()
        self._beside: set[asyncio.Task[None]] = set()

    @classmethod
    def of(cls, around: Surroundings) -> Slack | None:
        """Return the channel, if the settings name an app."""
        account = Account.of(around)
        if account is None:
            return None
        return cls(account, around.database, DeskWork.of(around, account.undo_seconds))

    async def send(self, delivery: Delivery) -> str | None:
        """Deliver to a customer or to a thread."""
        return await self.dispatch.send(delivery)

    async def run(self) -> None:
        """Receive, and keep the team's threads live, until cancelled."""
        try:
            async with asyncio.TaskGroup() as group:
                if self.account.team_channel:
                    group.create_task(self.room.run())
                if self.account.app_token:
                    group.create_task(self._listen(self.account.app_token))
        finally:
            for task in self._beside:
                task.cancel()

    def team_place(self) -> str | None:
        """Return the team's channel."""
        return self.account.team_channel

    def jobs(self) -> Mapping[str, Callable[[Mapping[str, str]], Awaitable[None]]]:
        """Return what there is to do when a message's moment is over."""
        return {RELAY: lambda payload: self.presses.relay.settle(self.team, payload)}

    def routes(self) -> APIRouter:
        """Return where Slack calls; nowhere with an app token, when there may be no secret to check by."""
        routes, handler = APIRouter(include_in_schema=False), AsyncSlackRequestHandler(self.app)
        if self.account.app_token:
            return routes

        @routes.post(PATH)
        async def event(request: Request) -> Response:
            return await handler.handle(request)

        return routes

    async def _listen(self, app_token: str) -> None:
        """Hold a Socket Mode connection; a Slack that can't be reached is tried again, for ever."""
        failures = 0
        while True:
            handler = AsyncSocketModeHandler(self.app, app_token, ping_interval=PING_SECONDS)
            try:
                await self.calls.me()
                await handler.connect_async()  # type: ignore[no-untyped-call]
                failures = 0
                await asyncio.Event().wait()
            except BROKEN as error:
                failures += 1
                log.error("slack not reached", error=why_of(error))
                await asyncio.sleep(min(2.0**failures / 4, LONGEST_PAUSE_SECONDS))
            finally:
                with suppress(*BROKEN):
                    await handler.client.close()  # type: ignore[no-untyped-call]

    def _app(self) -> AsyncApp:
        quiet = logging.getLogger("slack_bolt")  # it warns of our own choices, and writes down forged bodies
        quiet.setLevel(logging.ERROR)
        app = AsyncApp(
            client=self.calls.client,
            signing_secret=self.account.signing_secret or "",
            authorize=authorize_by(self.calls),
            process_before_response=True,
            logger=quiet,
        )
        app.event("app_mention")(self._mentioned)
        app.event("message")(self._written)
        app.action(re.compile(rf"{PRESS}\d+"))(self._offer_pressed)
        for name in self.presses.acts():
            app.action(name)(self._pressed)
        for name, submit in self._windows().items():
            app.view(name)(submit)
        app.command("/firstline")(self._command)
        return app

    async def _mentioned(self, event: Body) -> None:
        anchor = event.get("thread_ts")
        if not (anchor and await self.team.knows(str(event["channel"]), str(anchor))):
            await self.intake.mention(event)

    async def _written(self, event: Body) -> None:
        if event.get("channel_type") == "im" or str(event.get("channel", "")).startswith("D"):
            await self.intake.direct(event)
        else:
            await self.team.take(event)

    async def _offer_pressed(self, ack: Say, body: Body) -> None:
        words = await self.intake.press(body)
        await ack()
        self._tell(body, words)

    async def _pressed(self, ack: Say, body: Body) -> None:
        try:
            words = await self.presses.press(str(body["actions"][0]["action_id"]), body)
        except Problem as problem:
            words = told(problem, self.account.language)
        await ack()
        self._tell(body, words)

    def _windows(self) -> dict[str, Callable[..., Awaitable[None]]]:
        """Return what the windows do when they are sent."""
        return {
            "assign_to": self._window(
                lambda agent, view: self.presses.assign(
                    agent, view["private_metadata"], chosen(view, "colleague", "agent")
                ),
                "colleague",
            ),
            "article_send": self._window(
                lambda agent, view: self.presses.send_article(
                    agent, view["private_metadata"], chosen(view, "article", "passage")
                ),
                "article",
            ),
            "ticket_change": self._window(
                lambda agent, view: self.presses.change_ticket(
                    agent,
                    view["private_metadata"],
                    chosen(view, "status", "value"),
                    chosen(view, "priority", "value"),
                ),
                "status",
            ),
            "canned_send": self._window(
                lambda agent, view: self.presses.send_text(
                    agent, view["private_metadata"], chosen(view, "canned", "text")
                ),
                "canned",
            ),
            "article_search": self._next_window(
                lambda agent, view: self.presses.found(
                    view["private_metadata"], chosen(view, "question", "text")
                ),
                "question",
            ),
            "canned_choose": self._next_window(
                lambda agent, view: self.presses.canned(
                    agent, view["private_metadata"], chosen(view, "canned", "reply")
                ),
                "canned",
            ),
        }

    def _window(
        self, act: Callable[[Any, Body], Awaitable[object]], field: str
    ) -> Callable[..., Awaitable[None]]:
        async def submitted(ack: Say, body: Body, view: Body) -> None:
            try:
                await act(await self.presses.who(str(body["user"]["id"])), view)
            except Problem as problem:
                await ack(response_action="errors", errors={field: told(problem, self.account.language)})
            else:
                await ack()

        return submitted

    def _next_window(
        self, act: Callable[[Any, Body], Awaitable[Body]], field: str
    ) -> Callable[..., Awaitable[None]]:
        async def submitted(ack: Say, body: Body, view: Body) -> None:
            try:
                shown = await act(await self.presses.who(str(body["user"]["id"])), view)
            except Problem as problem:
                await ack(response_action="errors", errors={field: told(problem, self.account.language)})
            else:
                await ack(response_action="update", view=shown)

        return submitted

    async def _command(self, ack: Say, body: Body) -> None:
        try:
            words = await self.commands.run(body)
        except Problem as problem:
            words = told(problem, self.account.language)
        await ack(words)

    def _tell(self, body: Body, words: str | None) -> None:
        """Tell somebody alone, beside the acknowledgement: it must not wait for that."""
        if words:
            task = asyncio.create_task(self._whisper(body, words))
            self._beside.add(task)
            task.add_done_callback(self._beside.discard)

    async def _whisper(self, body: Body, words: str) -> None:
        place, user = str(body["channel"]["id"]), str(body["user"]["id"])
        anchor = (body.get("message") or {}).get("thread_ts")
        try:
            await self.calls.client.chat_postEphemeral(channel=place, user=user, text=words, thread_ts=anchor)
        except BROKEN as error:
            log.info("not told", channel=CHANNEL, error=str(error))


def authorize_by(calls: Calls) -> Callable[..., Awaitable[AuthorizeResult]]:
    """Return what says who we are; while that can't be asked, an event is refused and comes again."""

    async def authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
        try:
            me = await calls.me()
        except BROKEN as error:
            raise RuntimeError(f"auth.test: {error}") from error
        return AuthorizeResult(
            enterprise_id=enterprise_id,
            team_id=team_id,
            bot_user_id=me.user,
            bot_id=me.bot,
            bot_token=calls.account.bot_token,
        )

    return authorize
