"""Applying: what reviewers accepted becomes lines in the company's files; no edit by hand is overwritten."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from knowledge.disk import save_file
from learning.folders import Folders
from learning.plan import Change, Plan, Planner
from learning.yamlfile import text_of
from nouns import Problem
from records import drafts, facts, leases, verdicts
from records.database import Database
from records.drafts import Draft
from records.ids import new_id
from records.verdicts import Judged

LEASE, LEASE_SECONDS = "review:apply", 120.0
TRIES = 3
Follow = Callable[[], Awaitable[None]]


class EditedMeanwhileError(Exception):
    """A file changed between the look at it and the writing."""


@dataclass(frozen=True, slots=True)
class Apply:
    """Turns verdicts into files. `follow` is told when articles changed: search serves them at once."""

    database: Database
    folders: Folders
    follow: Follow | None = None

    async def plan(self) -> Plan:
        """Look at what applying would do, and write nothing."""
        waiting, approved = await self._waiting()
        return await asyncio.to_thread(Planner(self.folders).take, waiting, approved)

    async def apply(self, reviewer: str) -> Plan:
        """Write what can be written; conflicts stay for a person. A file edited meanwhile is planned anew."""
        owner = new_id("w")
        if not await leases.hold(self.database, LEASE, owner, LEASE_SECONDS):
            raise Problem("apply_under_way", 409, "Somebody applies verdicts just now.", "Try in a minute.")
        try:
            plan = await self._write()
            await self._note(plan, reviewer)
        finally:
            await leases.let_go(self.database, LEASE, owner)
        if self.follow and any(change.path.suffix == ".md" for change in plan.changes):
            await self.follow()
        return plan

    async def _write(self) -> Plan:
        for _ in range(TRIES):
            plan = await self.plan()
            try:
                await asyncio.to_thread(write, plan.changes)
            except EditedMeanwhileError:
                continue
            return plan
        raise Problem(
            "files_in_use", 409, "The data files change all the time.", "Close the editor, and apply again."
        )

    async def _waiting(self) -> tuple[list[Judged], list[Draft]]:
        async with self.database.read() as connection:
            return (
                await verdicts.to_apply(connection),
                await drafts.listed(connection, "approved", "dismissed"),
            )

    async def _note(self, plan: Plan, reviewer: str) -> None:
        refused = {judged.id: f"refused: {why}" for judged, why in plan.refused}
        async with self.database.write() as writing:
            await verdicts.mark_applied(writing, {**refused, **plan.done})
            for draft in await drafts.listed(writing.connection, "approved"):
                if draft.id in plan.drafts:
                    await drafts.change(writing, draft.id, draft.version, reviewer, state="applied")
            if plan.done or plan.refused or plan.drafts:
                told: dict[str, Any] = {"by": reviewer, "verdicts": plan.added, "drafts": len(plan.drafts)}
                told |= {"refused": len(plan.refused), "conflicts": len(plan.conflicts)}
                await facts.note(writing, "review_applied", data=told)


def write(changes: Sequence[Change]) -> None:
    """Write files whole, one after the other; none that differs from what was looked at.

    After a crash half-way the rest is written by the next run: what stands there already is not added twice.
    """
    for change in changes:
        now = text_of(change.path) if change.path.exists() else None
        if now != change.before:
            raise EditedMeanwhileError(str(change.path))
    for change in changes:
        save_file(change.path, change.after.encode("utf-8"))
