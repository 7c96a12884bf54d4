"""The review, put together: where the company's files stand, who reads texts, who finds articles."""

from __future__ import annotations

from bot.channels import Articles
from bot.settings import CHECKOUT, Settings
from bot.training import rule_folders
from knowledge.base import KnowledgeBase
from knowledge.editing import Editor
from learning.dialogue import check_dialogue
from learning.examples import check_files
from learning.folders import OUT_OF_SCOPE, Folders
from learning.intents import RULES_FILE
from learning.review import Review, Sources
from reading.reader import Reader
from records.database import Database


def folders_of(settings: Settings) -> Folders:
    """Return where the company's data stands; a company of one's own has its own intents and rules."""
    ours, company = CHECKOUT / "domain.yml", settings.company_dir
    return Folders(
        articles=settings.articles_dir,
        nlu=settings.nlu_dir,
        golden=settings.golden_dir,
        domains=[ours, company / "domain.yml"] if company else [ours],
        rules=company / "rules" if company else CHECKOUT / "data" / "rules",
        languages=settings.languages,
    )


def check_rules(settings: Settings) -> None:
    """Refuse a domain and rules that can't be trained, with file, line and cure."""
    folders = folders_of(settings)
    check_dialogue(folders.domains, rule_folders(settings.company_dir), folders.rules / RULES_FILE)


def check_examples(settings: Settings) -> None:
    """Refuse training data that can't be learnt from, with file, line and cure; domain and rules, too."""
    check_rules(settings)
    folders = folders_of(settings)
    check_files(folders.nlu, folders.golden, [*folders.intents(), OUT_OF_SCOPE])


def review_of(
    settings: Settings, database: Database, reader: Reader, knowledge: KnowledgeBase, editor: Editor
) -> Review:
    """Return the review of the company that the settings name."""
    find = Articles(reader, knowledge).find
    sources = Sources(reader, find, settings.golden_share, editor.refresh)
    return Review.of(database, folders_of(settings), sources)
