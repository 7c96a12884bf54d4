"""A delivery on its way to Slack: to a customer, or to a thread of the team; never twice."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from slack_sdk.errors import SlackApiError

from connectors.port import NotSentError
from connectors.slack.account import Account
from connectors.slack.blocks import Block, section, shown
from connectors.slack.calls import Calls, delivered, metadata
from connectors.slack.card import Case, card, line
from connectors.slack.markup import escape, sections, to_mrkdwn
from desk.room import CARD, LINE, MARK
from desk.room_texts import tell
from nouns import Attachment, Delivery
from records import agents, attachments, conversations, customers, handoffs, messages, threads
from records.database import Database
from records.threads import Thread

MARKS = {"delivered": "white_check_mark", "note": "memo"}
MARKED = ("already_reacted", "message_not_found", "no_reaction", "too_many_reactions", "thread_locked")
CARD_GONE, THREAD_GONE, ANEW_SECONDS = "message_not_found", "thread_not_found", 0.5
Said = tuple[str, list[Block]]


@dataclass(frozen=True, slots=True)
class Dispatch:
    """Sends deliveries; one tried before is looked for first, by the key in its metadata."""

    account: Account
    calls: Calls
    database: Database

    async def send(self, delivery: Delivery) -> str | None:
        """Deliver, and return the message's `ts`."""
        if delivery.payload.get("kind"):
            return await self._send_to_thread(delivery)
        place, _, anchor = delivery.address.partition("/")
        message = delivery.message
        if message is None:
            said: Said = _plain(str(delivery.payload.get("text", "")))
            at = float(delivery.payload.get("at", 0.0))
            return (await self._post(delivery, (place, anchor or None), at, said))[1]
        at = message.created_at.timestamp()
        if delivery.attempts > 1 and (ts := await self._before(delivery, (place, anchor or None), at)):
            return ts
        said = shown(message, self.account.base_url, await self._uploaded(message.attachments))
        return (await self._post(delivery, (place, anchor or None), at, said, looked=True))[1]

    async def _send_to_thread(self, delivery: Delivery) -> str | None:
        async with self.database.read() as connection:
            thread = await threads.by_id(connection, str(delivery.payload["thread"]))
        if thread is None:
            raise NotSentError("the thread is gone", for_good=True)
        kind = delivery.payload["kind"]
        if kind == CARD:
            return await self._send_card(delivery, thread)
        if thread.anchor is None:
            raise NotSentError("the thread has no first message", for_good=True)
        if kind == MARK:
            return await self._mark(thread, delivery)
        said = await self._line(delivery) if kind == LINE else await self._notice(delivery)
        at, to_all = float(delivery.payload["at"]), bool(delivery.payload.get("broadcast"))
        try:
            return (await self._post(delivery, (thread.place, thread.anchor), at, said, to_all=to_all))[1]
        except NotSentError as error:
            if THREAD_GONE not in str(error):
                raise
            await self._begin_anew(thread)
            why = "the thread's first message was deleted, and is posted anew"
            raise NotSentError(why, retry_after_seconds=ANEW_SECONDS) from error

    async def _send_card(self, delivery: Delivery, thread: Thread) -> str:
        said = card(await self._case(thread))
        if thread.anchor:
            update = self.calls.client.chat_update(
                channel=thread.place, ts=thread.anchor, text=said[0], blocks=said[1]
            )
            try:
                await delivered(update)
            except NotSentError as error:
                if CARD_GONE not in str(error):
                    raise
                return await self._begin_anew(thread)
            return thread.anchor
        try:
            posted = await self._post(delivery, (thread.place, None), float(delivery.payload["at"]), said)
        except NotSentError as error:  # somebody may yet invite the app to the team's channel
            raise NotSentError(str(error), retry_after_seconds=error.retry_after_seconds) from error
        async with self.database.write() as writing:
            await threads.change(writing, thread.id, place=posted[0], anchor=posted[1])
        return posted[1]

    async def _begin_anew(self, thread: Thread) -> str:
        """Post a hand-off's first message again, once it was deleted: from now on the thread hangs on it."""
        text, blocks = card(await self._case(thread))
        posted = await delivered(
            self.calls.client.chat_postMessage(channel=thread.place, text=text, blocks=blocks)
        )
        anchor = str(posted["ts"])
        async with self.database.write() as writing:
            await threads.change(writing, thread.id, place=str(posted["channel"]), anchor=anchor)
        return anchor

    async def _post(
        self,
        delivery: Delivery,
        to: tuple[str, str | None],
        at: float,
        said: Said,
        *,
        looked: bool = False,
        to_all: bool = False,
    ) -> tuple[str, str]:
        """Post a message and return its place and `ts`; one that arrived before is not posted again.

        `to_all`: a reply in a thread that the whole channel sees.
        """
        if delivery.attempts > 1 and not looked and (ts := await self._before(delivery, to, at)):
            return to[0], ts
        place, anchor = to
        posted = await delivered(
            self.calls.client.chat_postMessage(
                channel=place,
                thread_ts=anchor,
                reply_broadcast=to_all or None,
                text=said[0],
                blocks=said[1] or None,
                metadata=metadata(delivery.key),
                unfurl_links=False,
                unfurl_media=False,
            )
        )
        return str(posted["channel"]), str(posted["ts"])

    async def _before(self, delivery: Delivery, to: tuple[str, str | None], at: float) -> str | None:
        found: str | None = await delivered(self.calls.said_before(delivery.key, to[0], to[1], at))
        return found

    async def _mark(self, thread: Thread, delivery: Delivery) -> str | None:
        id, name = str(delivery.payload["id"]), MARKS[str(delivery.payload["mark"])]
        await delivered(self._react(thread.place, id, name))
        return id

    async def _react(self, place: str, id: str, name: str) -> None:
        try:
            await self.calls.client.reactions_add(channel=place, timestamp=id, name=name)
        except SlackApiError as error:
            if error.response.get("error") not in MARKED:
                raise

    async def _line(self, delivery: Delivery) -> Said:
        async with self.database.read() as connection:
            message = await messages.by_id(connection, str(delivery.payload["message"]))
        if message is None:
            raise NotSentError("the message is gone", for_good=True)
        return line(message, self.account.language, await self._uploaded(message.attachments))

    async def _notice(self, delivery: Delivery) -> Said:
        """Return a remark; a colleague whom it is about is mentioned, so that Slack tells them."""
        payload = delivery.payload
        if "words" not in payload:
            return _plain_notice(escape(str(payload["text"])))
        async with self.database.read() as connection:
            colleague = await agents.by_id(connection, str(payload["colleague"]))
            known = await agents.identities(connection, delivery.channel)
        user = known.get(str(payload["colleague"]))
        name = f"<@{user}>" if user else escape(colleague.name if colleague else "")
        values = {"agent": escape(str(payload["agent"])), "colleague": name}
        return _plain_notice(tell(str(payload["words"]), self.account.language, **values))

    async def _uploaded(self, files: Sequence[Attachment]) -> list[str]:
        """Upload files, private at first: the message that links to them is what shares them, once."""
        return [f"<{await self._upload(file)}|{escape(file.name)}>" for file in files]

    async def _upload(self, file: Attachment) -> str:
        path = attachments.path_of(self.account.files, file.sha256)
        content = await asyncio.to_thread(path.read_bytes)
        made = await delivered(
            self.calls.client.files_upload_v2(
                content=content, filename=file.name, title=file.name, request_file_info=False
            )
        )
        info = await delivered(self.calls.client.files_info(file=made["files"][0]["id"]))
        return str(info["file"]["permalink"])

    async def _case(self, thread: Thread) -> Case:
        async with self.database.read() as connection:
            handoff = await handoffs.by_id(connection, thread.handoff)
            if handoff is None:
                raise NotSentError("the hand-off is gone", for_good=True)
            held = await conversations.by_id(connection, handoff.conversation)
            customer = await customers.by_id(connection, held.customer)
            agent = await agents.by_id(connection, handoff.agent) if handoff.agent else None
        return Case(
            handoff=handoff,
            thread=thread,
            held=held,
            customer=customer,
            agent=agent.name if agent else "",
            desk_url=self.account.desk_url,
            language=self.account.language,
            undo_seconds=self.account.undo_seconds,
        )


def _plain(markdown: str) -> Said:
    text = to_mrkdwn(markdown)
    return text, [section(piece) for piece in sections(text)]


def _plain_notice(text: str) -> Said:
    return text, [section(text)]
