"""Which model a start serves: the one that people chose, else one of today's data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.reviewing import check_examples, check_rules
from bot.settings import Settings
from bot.training import Recipe, train, write_article_questions
from knowledge.kept import current_version
from learning.examples import labels_of
from learning.models import BY, Models
from learning.nlufile import nlu_files
from learning.shelf import Shelf
from nouns import Problem
from reading.reader import Reader
from records import models
from records.models import Model, State

Tell = Callable[[str], None]
JUDGED = (State.CANDIDATE, State.UNSURE, State.REJECTED)


@dataclass(frozen=True, slots=True)
class StartModel:
    """Finds or trains the model that a start serves, and writes down which it was."""

    settings: Settings
    reader: Reader
    models: Models
    text_url: str
    token: str

    @property
    def shelf(self) -> Shelf:
        """The models' files."""
        return self.models.shelf

    async def prepare(self, tell: Tell) -> str:
        """Return the name of the model to serve.

        What the gate judged, or people have not chosen, goes live by nobody's restart: the live model stays,
        and where it does not fit today's program, what it was taught is taught again.
        """
        recipe = Recipe.of(self.settings, self.reader.encoders)
        write_article_questions(self.settings.articles_dir, recipe.generated)
        if live := await self._chosen(recipe, tell):
            fits = live.config_hash == recipe.program()
            if self._is_there(live) and (fits or not self._rules_hold()):
                return self._as_it_is(live)
            recipe = self._as_before(recipe, live)
        file = recipe.model()
        if not file.exists():
            tell("Training the dialogue model (about a minute)")
            try:
                await train(recipe, self.text_url, self.token)
            except Problem as problem:
                before = live or await self._live()
                if before is None or not self._is_there(before):
                    raise
                tell(str(problem))
                return self._as_it_is(before)
        await self._note(recipe, recipe.name, file.stat().st_size)
        return recipe.name

    async def _live(self) -> Model | None:
        async with self.models.database.read() as connection:
            live = await models.live(connection)
            return await models.find(connection, live.model) if live else None

    def _is_there(self, model: Model) -> bool:
        return self.shelf.file(model.name).is_file()

    def _as_it_is(self, live: Model) -> str:
        """Serve the live model even where the program has changed: it holds a domain and rules of its own."""
        self.shelf.point(live.name)
        return live.name

    def _rules_hold(self) -> bool:
        """Tell whether today's domain and rules may be trained; if not, that is told already."""
        try:
            check_rules(self.settings)
        except Problem:
            return False
        return True

    async def _chosen(self, recipe: Recipe, tell: Tell) -> Model | None:
        """Return the live model if a start may not replace it by one of today's examples; tell of these."""
        now = await self._live()
        async with self.models.database.read() as connection:
            judged = await models.find(connection, recipe.name)
            decided = await models.is_decided(connection)
        broken = self._broken(now)
        if broken:
            tell(f"The live model stays, for today's data can't be learnt from. {broken}")
        elif judged and now and judged.name != now.name and judged.state in JUDGED:
            tell(f"Model {judged.name}, of today's examples, waits for a decision: `firstline models list`.")
        elif decided and now and now.data_hash != recipe.taught():
            tell("The examples have changed: `firstline retrain` makes a candidate of them.")
        return now if broken or decided or (judged and judged.state in JUDGED) else None

    def _broken(self, live: Model | None) -> str | None:
        """Return why today's examples can't be learnt from; that stops a start which has no other model."""
        try:
            check_examples(self.settings)
        except Problem as problem:
            if live is None or not self._is_there(live):
                raise
            return str(problem)
        return None

    def _as_before(self, recipe: Recipe, live: Model) -> Recipe:
        """Return today's program with what the live model was taught, if that is known and has changed."""
        taught = self.shelf.taught(live.name)
        if taught is None or live.data_hash == recipe.taught():
            return recipe
        return recipe.teaching((text, intent) for text, intent in taught)

    async def _note(self, recipe: Recipe, name: str, size_bytes: int) -> None:
        if self.shelf.taught(name) is None:
            self.shelf.keep(name, [list(label) for label in labels_of(list(nlu_files(recipe.examples)))])
        async with self.models.database.read() as connection:
            live = await models.live(connection)
        parent = live.model if live and live.model != name else None
        await self.models.started(
            Model(
                name=name,
                at=self.models.database.now(),
                by=BY,
                state=State.LIVE,
                data_hash=recipe.taught(),
                config_hash=recipe.program(),
                size_bytes=size_bytes,
                seconds=0.0,
                knowledge=current_version(self.settings.data_dir / "index"),
                parent=parent,
            )
        )

    async def check(self, served: str, tell: Tell) -> None:
        """Write it down if the engine refused the live model and serves the one before it."""
        wanted = self.shelf.live()
        if wanted and served != wanted:
            await self.models.fell_back(wanted, served)
            cure = f"Put a good copy of {self.shelf.file(wanted)} in its place, or `firstline retrain`."
            tell(f"The file of model {wanted} is damaged: {served}, the last good one, answers. {cure}")
