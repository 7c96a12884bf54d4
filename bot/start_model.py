"""Which model a start serves: the one that was promoted, else one of today's data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.settings import Settings
from bot.training import Recipe, train, write_article_questions
from knowledge.kept import current_version
from learning.examples import labels_of
from learning.models import Models
from learning.nlufile import nlu_files
from learning.shelf import Shelf
from reading.reader import Reader
from records import models
from records.models import Kind, Model, State

Tell = Callable[[str], None]
BY = "Firstline"


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
        """Return the name of the model to serve."""
        recipe = Recipe.of(self.settings, self.reader.encoders)
        write_article_questions(self.settings.articles_dir, recipe.generated)
        file = recipe.model()
        promoted = await self._promoted(recipe)
        if promoted:
            if promoted.data_hash != recipe.taught():
                tell("The examples have changed: `firstline retrain` makes a candidate of them.")
            self.shelf.point(promoted.name)
            return promoted.name
        if not file.exists():
            tell("Training the dialogue model (about a minute)")
            await train(recipe, self.text_url, self.token)
        name = file.name.removesuffix(".tar.gz")
        await self._note(recipe, name, file.stat().st_size)
        return name

    async def _promoted(self, recipe: Recipe) -> Model | None:
        """Return the live model if somebody promoted it and it fits today's program."""
        async with self.models.database.read() as connection:
            live = await models.live(connection)
            promoted = live and live.kind is not Kind.STARTED
            model = await models.find(connection, live.model) if live and promoted else None
        fits = model and model.config_hash == recipe.program() and self.shelf.file(model.name).is_file()
        return model if fits else None

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
            tell(f"The file of model {wanted} is damaged: {served}, the last good one, answers.")
