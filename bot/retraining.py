"""`firstline retrain`: a candidate is trained aside, measured beside the live model, and judged."""

from __future__ import annotations

import asyncio
import errno
import fcntl
import json
import os
import shutil
import signal
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.reviewing import check_examples
from bot.settings import CHECKOUT, Settings
from bot.supervisor import engine_python
from bot.training import Recipe, rasa_environment, text_service, write_article_questions
from knowledge.kept import current_version
from knowledge.load import articles_in
from learning.dialogue import answered_by
from learning.examples import Label, labels_of, leave_out, too_many_of_one
from learning.intents import FROM_ARTICLES
from learning.nlufile import nlu_files
from learning.report import report_on
from learning.safety import own_stories, safety_stories
from learning.shelf import Shelf
from learning.sources import customers_of_examples
from nouns import Problem
from pages.report import write_report
from reading.reader import Reader
from records import models
from records.database import Database
from records.models import Model, State

LOCK = ".retraining"
PAUSE_SECONDS = 0.5
LAST_LINES = 12
FREE_BYTES = 500_000_000
NICE = 5
STEPS = {
    "waiting": "Waiting for another retraining to end",
    "checking": "Checking the examples",
    "training": "Training the candidate",
    "loading": "Loading the candidate and the live model",
    "golden": "Asking both the golden texts",
    "probes": "Asking both the articles' probes",
    "stories": "Playing the safety stories",
    "labels": "Looking at the new labels",
    "phrases": "Looking at new phrases",
    "crossed": "Cross-validating",
    "judging": "Judging",
}
Step = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Retrained:
    """What came of a retraining. `known`: nothing had changed since this model was made."""

    model: Model
    known: bool
    report: Path | None


@dataclass(frozen=True)
class Retraining:
    """What a retraining needs. `text_url`: a running app's text service, else one is started."""

    settings: Settings
    database: Database
    reader: Reader
    token: str
    text_url: str | None = None
    free_bytes: int = FREE_BYTES

    @property
    def shelf(self) -> Shelf:
        """The models."""
        return Shelf(self.settings.data_dir / "models")

    async def run(
        self, by: str, step: Step = lambda name, done, of: None, *, again: bool = False
    ) -> Retrained:
        """Train, measure, judge and report; return the model with the gate's word on it. One at a time."""
        async with alone(self.shelf, by, step):
            step("checking", 0, len(STEPS))
            try:
                check_examples(self.settings)
                self._check_space()
                recipe = Recipe.of(self.settings, self.reader.encoders)
                write_article_questions(self.settings.articles_dir, recipe.generated)
                name = recipe.name
                known = None if again else await self._known(name)
                made = known or await self._train(recipe, name, by, step)
                return Retrained(made, known is not None, await asyncio.to_thread(self._report, made.name))
            except OSError as error:
                if error.errno in (errno.ENOSPC, errno.EDQUOT):
                    raise _disk_full(self.shelf.folder) from error
                raise
            finally:
                shutil.rmtree(self.shelf.folder / "aside", ignore_errors=True)

    async def _train(self, recipe: Recipe, name: str, by: str, step: Step) -> Model:
        began = time.monotonic()
        aside = self.shelf.aside()
        live = await self._live()
        customers = await customers_of_examples(self.database)
        left_out = self._copy_data(recipe, aside / "data", live, customers)
        order = self._order(recipe, aside, name, live)
        async with self._texts() as url:
            environment = rasa_environment(self.settings.data_dir, url, self.token)
            evidence = await _in_engine(order, aside, environment, step)
        step("judging", len(STEPS) - 1, len(STEPS))
        searched = answered_by(list((aside / "data").glob("rules-*")), FROM_ARTICLES)
        verdict, report = report_on(evidence, self.settings.answer_error_rate, searched=searched)
        made = Model(
            name=name,
            at=self.database.now(),
            by=by,
            state=State.LIVE if name == live else verdict.state,
            data_hash=recipe.taught(),
            config_hash=recipe.program(),
            size_bytes=evidence["size"]["candidate_bytes"],
            seconds=round(time.monotonic() - began, 1),
            sentence=verdict.sentence,
            knowledge=current_version(self.settings.data_dir / "index"),
            parent=live,
            summary={name: report[name] for name in ("overall", "changes", "sentences")},
        )
        lineage = {"model": name, "parent": live, "left_out": left_out, "seconds": made.seconds, "by": by}
        told = {**lineage, "at": made.at.isoformat(), **report}
        self.shelf.publish(name, Path(evidence["model"]), evidence["examples"], told)
        async with self.database.write() as writing:
            await models.add(writing, made)
        return made

    async def _known(self, name: str) -> Model | None:
        """Return the model that is made of today's data already, if its file is there."""
        if not self.shelf.file(name).is_file():
            return None
        async with self.database.read() as connection:
            return await models.find(connection, name)

    def _report(self, name: str) -> Path | None:
        settings = self.settings
        return write_report(self.shelf.folder, name, settings.company_name, settings.languages[0])

    async def _live(self) -> str | None:
        async with self.database.read() as connection:
            promotion = await models.live(connection)
        name = promotion.model if promotion else self.shelf.live()
        return name if name and self.shelf.file(name).is_file() else None

    def _check_space(self) -> None:
        self.shelf.folder.mkdir(parents=True, exist_ok=True)
        if shutil.disk_usage(self.shelf.folder).free < self.free_bytes:
            raise _disk_full(self.shelf.folder)

    def _copy_data(
        self, recipe: Recipe, target: Path, live: str | None, customers: Mapping[Label, str]
    ) -> list[dict[str, str]]:
        """Copy what is trained on, so that an edit meanwhile changes nothing; leave out too much of one."""
        for number, folder in enumerate(recipe.data):
            if folder.exists():
                kind = "examples" if folder in recipe.examples else "rules"
                shutil.copytree(folder, target / f"{kind}-{number}")
        files = list(nlu_files(sorted(target.glob("examples-*"))))
        taught = self.shelf.taught(live)
        known = {(text, intent) for text, intent in taught} if taught is not None else set()
        new = [label for label in labels_of(files) if label not in known]
        left_out = too_many_of_one(new, customers)
        leave_out(files, left_out)
        return [{"text": text, "intent": intent} for text, intent in left_out]

    def _order(self, recipe: Recipe, aside: Path, name: str, live: str | None) -> Path:
        articles, _ = articles_in(self.settings.articles_dir)
        public = [article for article in articles if article.audience == "public"]
        order = {
            "name": name,
            "config": str(CHECKOUT / "config.yml"),
            "domain": str(_copied(recipe.domain(), aside)),
            "data": [str(aside / "data")],
            "examples": [str(folder) for folder in sorted((aside / "data").glob("examples-*"))],
            "out": str(aside),
            "live": str(self.shelf.file(live)) if live else None,
            "taught": self.shelf.taught(live),
            "golden": [str(self.settings.golden_dir.resolve())],
            "probes": [probe for article in public for probe in article.probes],
            "stories": [*safety_stories(), *own_stories(self.settings.golden_dir)],
            "watched": True,
        }
        file = aside / "order.json"
        file.write_text(json.dumps(order, ensure_ascii=False), "utf-8")
        return file

    @asynccontextmanager
    async def _texts(self) -> AsyncIterator[str]:
        if self.text_url:
            yield self.text_url
            return
        async with text_service(self.reader, self.token) as url:
            yield url


def _copied(domain: Path, aside: Path) -> Path:
    """Copy the domain, a file or a folder of them; return where it stands now."""
    if domain.is_dir():
        return shutil.copytree(domain, aside / domain.name)
    return Path(shutil.copy(domain, aside))


@asynccontextmanager
async def alone(shelf: Shelf, by: str, step: Step) -> AsyncIterator[None]:
    """Wait until no other retraining runs; the lock ends with its process, however that ends."""
    shelf.folder.mkdir(parents=True, exist_ok=True)
    with (shelf.folder / LOCK).open("a+", encoding="utf-8") as lock:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                step("waiting", 0, len(STEPS))
                await asyncio.sleep(PAUSE_SECONDS)
        lock.truncate(0)
        lock.write(f"{by}, process {os.getpid()}")
        lock.flush()
        yield


async def _in_engine(order: Path, folder: Path, environment: Mapping[str, str], step: Step) -> dict[str, Any]:
    """Let the engine's Python follow the order; it ends when this process does, for the pipe closes then."""
    result = folder / "found.json"
    with result.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *(str(engine_python()), "-m", "engine.retraining", str(order)),
            cwd=CHECKOUT,
            env=environment,
            stdin=asyncio.subprocess.PIPE,
            stdout=output,
            stderr=asyncio.subprocess.PIPE,
            preexec_fn=lambda: os.nice(NICE),
        )
    said: deque[str] = deque(maxlen=LAST_LINES)
    try:
        assert process.stderr is not None
        async for line in process.stderr:
            words = line.decode("utf-8", "replace").rstrip()
            if words.startswith("step "):
                step(words.split()[3], list(STEPS).index(words.split()[3]), len(STEPS))
            elif words:
                said.append(words)
        code = await process.wait()
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.send_signal(signal.SIGKILL)
            await process.wait()
    if code:
        raise _failed(folder, result.read_text("utf-8"), "\n".join(said))
    return dict(json.loads(result.read_text("utf-8")))


def _failed(folder: Path, result: str, said: str) -> Problem:
    """Return why a training failed: what Rasa refuses of the data, or its last words."""
    if "No space left on device" in said:
        return _disk_full(folder)
    if result.startswith('{"refused"'):
        refused = json.loads(result)["refused"]
        return Problem("training_refused", 422, f"Rasa refuses the data. {refused}", "The live model stays.")
    return Problem("training", 500, f"Training failed. Its last words:\n{said}", "The live model stays.")


def _disk_full(folder: Path) -> Problem:
    free = shutil.disk_usage(folder).free / 1e6
    return Problem(
        "disk_full",
        507,
        f"The disk is too full to train a model: {free:.0f} MB are free where {folder} stands.",
        f"Make room for {FREE_BYTES / 1e6:.0f} MB; the live model goes on answering.",
    )
