"""Training: what a model is made of, and making it in the engine's own Python."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import yaml

from bot.settings import CHECKOUT, Settings
from bot.supervisor import engine_environment, engine_python
from knowledge.load import articles_in
from learning.nlufile import nlu_of
from nouns import Problem
from reading.reader import Reader

SHORT = 16
TELL_LINES = 12


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that a model is made of; the same recipe makes the same model."""

    nlu_dir: Path
    generated: Path
    models: Path
    encoders: Mapping[str, int]
    company: Path | None = None

    @classmethod
    def of(cls, settings: Settings, encoders: Mapping[str, int]) -> Recipe:
        """Return the recipe of the company that the settings name."""
        generated = settings.data_dir / "generated" / "nlu"
        return cls(settings.nlu_dir, generated, settings.data_dir / "models", encoders, settings.company_dir)

    def teaching(self, labels: Iterable[tuple[str, str]]) -> Recipe:
        """Return the same recipe with these examples in place of today's."""
        folder = self.generated.parent / "before"
        for name in ("nlu", "questions"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / "nlu" / "taught.yml").write_text(nlu_of(labels), "utf-8")
        return replace(self, nlu_dir=folder / "nlu", generated=folder / "questions")

    @property
    def data(self) -> list[Path]:
        """Return the folders that `rasa train --data` is given."""
        return [self.nlu_dir, self.generated, *rule_folders(self.company)]

    @property
    def domains(self) -> list[Path]:
        """Return the domain's files: ours, and the intents that the company's reviewers named."""
        own = self.company / "domain.yml" if self.company else None
        return [CHECKOUT / "domain.yml", *([own] if own and own.exists() else [])]

    def domain(self) -> Path:
        """Return what Rasa is given as its domain; of several files a folder with copies, which it merges."""
        if len(self.domains) == 1:
            return self.domains[0]
        folder = self.generated.parent / "domain"
        folder.mkdir(parents=True, exist_ok=True)
        for number, file in enumerate(self.domains):
            (folder / f"{number}-{file.name}").write_bytes(file.read_bytes())
        return folder

    def model(self) -> Path:
        """Return where the model of this recipe stands, or will."""
        encoders = repr(sorted(self.encoders.items())).encode()
        return self.models / f"{_hash_of(encoders, self._files())}.tar.gz"

    @property
    def name(self) -> str:
        """Return the model's name."""
        return self.model().name.removesuffix(".tar.gz")

    @property
    def examples(self) -> list[Path]:
        """Return the folders of the examples alone."""
        return [self.nlu_dir, self.generated]

    def program(self) -> str:
        """Return a hash of all but the examples: a model of another one doesn't fit today's program."""
        encoders = repr(sorted(self.encoders.items())).encode()
        return _hash_of(encoders, (file for file in self._files() if not self._is_example(file)))

    def taught(self) -> str:
        """Return a hash of the examples."""
        return _hash_of(b"", (file for file in self._files() if self._is_example(file)))

    def _is_example(self, file: Path) -> bool:
        return any(file.is_relative_to(folder) for folder in self.examples)

    def _files(self) -> Iterable[Path]:
        yield from (
            CHECKOUT / "config.yml",
            *self.domains,
            CHECKOUT / "requirements" / "engine.txt",
        )
        yield from (CHECKOUT / "engine" / "nlu").glob("*.py")
        for folder in self.data:
            yield from folder.rglob("*.yml")


def rule_folders(company: Path | None) -> list[Path]:
    """Return where the rules and stories stand: ours, and those of a company of one's own."""
    rules = [CHECKOUT / "data" / "rules", CHECKOUT / "data" / "stories"]
    rules += [company / "rules"] if company else []
    return [folder for folder in rules if folder.exists()]


def _hash_of(beginning: bytes, files: Iterable[Path]) -> str:
    """Hash files in an order that does not depend on where DATA_DIR stands."""
    digest = hashlib.sha256(beginning)
    for content in sorted(path.name.encode() + b"\0" + path.read_bytes() for path in files):
        digest.update(content)
    return digest.hexdigest()[:SHORT]


def write_article_questions(articles_dir: Path, generated: Path) -> None:
    """Make training examples of `ask_question` from the articles' own questions."""
    articles, broken = articles_in(articles_dir)
    target = generated / "article_questions.yml"
    if broken and target.exists():
        return  # the index before goes on serving, and so does the model before
    questions = sorted(
        {
            question.strip()
            for article in articles
            if article.audience == "public"
            for question in article.questions
        }
    )
    generated.mkdir(parents=True, exist_ok=True)
    examples = "".join(f"- {' '.join(question.split())}\n" for question in questions)
    content = (
        {"version": "3.1", "nlu": [{"intent": "ask_question", "examples": examples}]} if questions else {}
    )
    text = yaml.safe_dump(content, allow_unicode=True, sort_keys=False)
    if not target.exists() or target.read_text("utf-8") != text:
        target.write_text(text, "utf-8")


async def train(
    recipe: Recipe, text_url: str, token: str, tell: Callable[[str], None] = lambda line: None
) -> Path:
    """Train the recipe's model aside and move it in whole; `tell` hears Rasa's lines as they come."""
    target = recipe.model()
    aside = recipe.models / "aside"
    aside.mkdir(parents=True, exist_ok=True)
    process = await asyncio.create_subprocess_exec(
        str(engine_python()),
        *("-m", "rasa", "train", "--config", "config.yml"),
        *("--domain", str(recipe.domain())),
        *("--data", *(str(folder) for folder in recipe.data)),
        *("--out", str(aside), "--fixed-model-name", target.name.removesuffix(".tar.gz")),
        cwd=CHECKOUT,
        env=rasa_environment(recipe.models.parent, text_url, token),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        stdin=asyncio.subprocess.DEVNULL,
    )
    assert process.stdout is not None
    lines = []
    try:
        async for line in process.stdout:
            lines.append(line.decode("utf-8", "replace").rstrip())
            tell(lines[-1])
        code = await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
    if code or not (aside / target.name).exists():
        said = "\n".join(lines[-TELL_LINES:])
        raise Problem(
            "training", 500, f"Training failed. Rasa's last words:\n{said}", "The live model stays."
        )
    (aside / target.name).replace(target)
    return target


def rasa_environment(data_dir: Path, text_url: str, token: str) -> dict[str, str]:
    """Return the variables for a Rasa command: its cache under DATA_DIR, and where the text service is."""
    return engine_environment(
        # it ends soon, so that holes cost nothing; fresh pages for each step cost a third of its time
        MALLOC_MMAP_THRESHOLD_=str(2**30),
        MALLOC_TRIM_THRESHOLD_=str(2**30),
        FIRSTLINE_TEXT_URL=text_url,
        FIRSTLINE_ENGINE_TOKEN=token,
        RASA_CACHE_DIRECTORY=str(data_dir / "engine" / "cache"),
        TF_CPP_MIN_LOG_LEVEL="3",
    )


async def train_with_texts(recipe: Recipe, reader: Reader, token: str) -> Path:
    """Train with a text service of its own beside it."""
    async with text_service(reader, token) as url:
        return await train(recipe, url, token)


async def run_rasa(settings: Settings, reader: Reader, token: str, arguments: list[str]) -> int:
    """Run a Rasa command as it was typed, with the text service beside it; return its exit code."""
    async with text_service(reader, token) as url:
        environment = rasa_environment(settings.data_dir, url, token)
        environment["FIRSTLINE_ACTIONS_URL"] = f"http://127.0.0.1:{settings.port + 1}/actions/webhook"
        process = await asyncio.create_subprocess_exec(
            str(engine_python()), "-m", "rasa", *arguments, cwd=CHECKOUT, env=environment
        )
        return await process.wait()


@asynccontextmanager
async def text_service(reader: Reader, token: str) -> AsyncIterator[str]:
    """Serve readings on a free port of this machine meanwhile; gives the address."""
    from bot.inner import inner_app
    from bot.running import listening
    from bot.terminal import free_ports

    port = free_ports()
    async with listening(inner_app(token, reader, []), "127.0.0.1", port):
        yield f"http://127.0.0.1:{port}/text"
