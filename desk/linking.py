"""Linking a web visitor with another channel: whoever follows the link there is confirmed on the web.

From then on both are one customer. What was before stays apart, unless a mailed link proved who they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from desk.texts import say
from desk.tickets import check_private
from nouns import ChannelLink, Conversation, LinkState, Problem
from records import channel_links, conversations, customers, facts, outbox
from records.database import Database, Writing

LINK_MINUTES = 10


@dataclass(frozen=True, slots=True)
class Linking:
    """What may happen to a link: made, claimed once, confirmed or refused, undone from either side."""

    database: Database

    async def begin(self, conversation: str, channel: str) -> tuple[ChannelLink, str]:
        """Make a link for a visitor's click; return it and its secret, good for ten minutes and once."""
        async with self.database.write() as writing:
            held = await conversations.by_id(writing.connection, conversation)
            check_private(held)
            return await channel_links.begin(writing, held, channel, timedelta(minutes=LINK_MINUTES))

    async def claim(
        self, channel: str, secret: str, who: tuple[str, str | None], language: str, once: str
    ) -> ChannelLink | None:
        """Note who followed a link, `who` being their address and name; None when it is none of ours.

        They are told how it stands, whenever they follow it: once for each message, named by `once`.
        """
        address, name = who
        async with self.database.write() as writing:
            link = await channel_links.by_secret(writing.connection, channel, secret)
            if link is None:
                return None
            ours = link.state is LinkState.OPEN and link.expires_at > writing.now
            claimed = ours and await channel_links.move(
                writing,
                link,
                LinkState.OPEN,
                LinkState.CLAIMED,
                external=address,
                name=name,
                language=language,
                expires_at=writing.now + timedelta(minutes=LINK_MINUTES),
            )
            key = _standing(claimed or link, address, writing.now)
            await _tell(writing, channel, address, say(key, language), f"link:{link.id}:{key}:{once}")
            return claimed or link

    async def decide(self, conversation: str, link: str, *, yes: bool) -> ChannelLink:
        """Confirm or refuse who claimed a visitor's link."""
        async with self.database.write() as writing:
            held = await conversations.by_id(writing.connection, conversation)
            known = await channel_links.by_id(writing.connection, link)
            if known is None or known.customer != held.customer:
                raise Problem("link_unknown", 404, "There is no such link.", "Make a new one.")
            after = LinkState.LINKED if yes else LinkState.REFUSED
            if known.state is after:
                return known
            if known.state is not LinkState.CLAIMED or known.expires_at <= writing.now or not known.address:
                raise Problem("link_spent", 410, "This link is too old or was used.", "Make a new one.")
            if yes:
                await self._link(writing, held, known)
            decided = await channel_links.move(writing, known, LinkState.CLAIMED, after)
            key = "link_made" if yes else "link_refused"
            text = say(key, known.language or held.language)
            await _tell(writing, known.channel, known.address, text, f"link:{known.id}:{key}")
            return decided or known

    async def listed(self, conversation: str) -> list[ChannelLink]:
        """Return the visitor's links that hold, or wait and are not too old."""
        async with self.database.read() as connection:
            held = await conversations.by_id(connection, conversation)
            found = await channel_links.of_customer(connection, held.customer)
        now = self.database.now()
        return [one for one in found if one.state is LinkState.LINKED or one.expires_at > now]

    async def undo(self, conversation: str, link: str) -> None:
        """Part a visitor from another channel."""
        async with self.database.write() as writing:
            held = await conversations.by_id(writing.connection, conversation)
            known = await channel_links.by_id(writing.connection, link)
            if known is None or known.customer != held.customer:
                raise Problem("link_unknown", 404, "There is no such link.", "Look at the list.")
            await self._part(writing, known)

    async def undo_at(self, channel: str, address: str, language: str, once: str) -> None:
        """Part somebody on a channel from the web at their wish, named by `once`, and tell them."""
        async with self.database.write() as writing:
            link = await channel_links.at(writing.connection, channel, address)
            if link:
                await self._part(writing, link)
            key = "link_undone" if link else "link_none"
            await _tell(writing, channel, address, say(key, language), f"unlink:{once}")

    async def _link(self, writing: Writing, held: Conversation, link: ChannelLink) -> None:
        address = str(link.address)
        if before := await channel_links.at(writing.connection, link.channel, address):
            await channel_links.move(writing, before, LinkState.LINKED, LinkState.ENDED)
        await channel_links.end(writing, held.customer, link.channel, LinkState.LINKED)
        await customers.point(writing, link.channel, address, held.customer, linked=True)
        if link.name and not (await customers.by_id(writing.connection, held.customer)).name:
            await customers.rename(writing, held.customer, link.name)
        await facts.note(writing, "linked", held.id, {"channel": link.channel})

    async def _part(self, writing: Writing, link: ChannelLink) -> None:
        if not await channel_links.move(writing, link, LinkState.LINKED, LinkState.ENDED):
            return
        apart = await customers.create(writing, link.name, link.language)
        await customers.point(writing, link.channel, str(link.address), apart, linked=False)
        await facts.note(writing, "unlinked", link.conversation, {"channel": link.channel})


def _standing(link: ChannelLink, address: str, now: datetime) -> str:
    """Return which text tells somebody how a link stands that they followed."""
    if link.address == address and link.state is LinkState.LINKED:
        return "link_made"
    waits = link.address == address and link.state is LinkState.CLAIMED and link.expires_at > now
    return "link_claimed" if waits else "link_spent"


async def _tell(writing: Writing, channel: str, address: str, text: str, key: str) -> None:
    await outbox.post(writing, (channel, address), key=key[:128], payload={"text": text})
