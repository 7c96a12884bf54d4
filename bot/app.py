"""The composition root: what is real, what holds what, and which routes there are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from starlette.types import ASGIApp

from actions import actions_of
from actions.answering import Answering
from actions.asked import Readings
from actions.openly import Openly
from bot import metrics
from bot.channels import Articles, surroundings_of
from bot.conversation import Conversations
from bot.engine import Engine
from bot.health import health_routes
from bot.inner import inner_app
from bot.problems import tell_problems
from bot.retrainer import RETRAIN, Retrainer
from bot.retraining import Retraining
from bot.reviewing import review_of
from bot.secret_files import Secrets
from bot.settings import Settings
from bot.swapping import EngineSwap, Steady
from bot.workers import Do, Sender, Worker
from connectors import connectors_of
from connectors.limits import Limits
from connectors.port import CalledByHttp, Connector, HasJobs, HasTeam, LinksVisitors
from connectors.web import Front
from connectors.web_http import resume, web_routes
from connectors.web_links import link_routes
from desk.accounts import Accounts
from desk.daily import DAILY, Daily, hour_of
from desk.erasing import ERASE, Erasure
from desk.handoff import EXPIRES, Handoffs
from desk.hours import OfficeHours
from desk.mail import Post
from desk.reminders import REMIND, Reminders
from desk.tickets import Tickets
from knowledge.base import KnowledgeBase
from knowledge.editing import Editor
from knowledge.workshop import Workshop
from learning.hourly import COLLECT, Hourly
from learning.models import WATCH, Models
from learning.retention import KEEP, Retention
from learning.review import Review
from learning.shelf import Shelf
from learning.watch import Watch
from pages.desk import desk_routes
from pages.desk_base import Desk
from pages.desk_models import ModelDesk, Progress
from pages.help import help_routes
from pages.session import Sessions
from pages.shell import STATIC, SecurityHeaders, Shell
from pages.site import PublicPages, Site, site_routes
from reading.reader import Reader
from records.database import Database, sqlite_address

VERSION = "0.1.0"


@dataclass(frozen=True, slots=True)
class Parts:
    """The running program's parts, put together."""

    settings: Settings
    database: Database
    reader: Reader
    knowledge: KnowledgeBase
    editor: Editor
    review: Review
    engine: Engine
    handoffs: Handoffs
    tickets: Tickets
    accounts: Accounts
    daily: Daily
    conversations: Conversations
    models: Models
    retrainer: Retrainer
    retention: Retention
    front: Front
    inner: ASGIApp
    erasure: Erasure
    connectors: list[Connector]
    workers: list[Sender | Worker | Conversations | Hourly | Steady | Connector | Daily | Editor]


def database_of(settings: Settings) -> Database:
    """Return the database that the settings name."""
    return Database(settings.database_url or sqlite_address(settings.data_dir))


def base_url_of(settings: Settings) -> str:
    """Return the address that links in mails begin with."""
    return (settings.base_url or f"http://{settings.host}:{settings.port}").rstrip("/")


def engine_url(settings: Settings) -> str:
    """Return where the engine listens."""
    return f"http://127.0.0.1:{settings.port + 2}"


def inner_url(settings: Settings) -> str:
    """Return where the inner listener is."""
    return f"http://127.0.0.1:{settings.port + 1}"


def compose(
    settings: Settings, secrets: Secrets, database: Database, reader: Reader, knowledge: KnowledgeBase
) -> Parts:
    """Put the program together."""
    metrics.BUILD.info({"version": VERSION})
    post = Post(
        on=settings.smtp_url is not None,
        company=settings.company_name,
        base_url=base_url_of(settings),
        team=settings.team_email,
    )
    tickets = Tickets(database, post)
    hours = OfficeHours.parse(settings.office_hours, settings.time_zone)
    wait = timedelta(minutes=settings.handoff_wait_minutes)
    remind_every = timedelta(minutes=settings.handoff_reminder_minutes) or None
    handoffs = Handoffs(database, tickets, hours, wait, post, remind_every)
    language = settings.languages[0]
    reminders = Reminders(database, post, remind_every, language)
    readings = Readings()
    answering = Answering(knowledge, reader, readings)
    actions = actions_of(database, answering, handoffs, tickets)
    engine = Engine(engine_url(settings), secrets.engine_token, settings.engine_seconds)
    conversations = Conversations(
        database, reader, engine, handoffs, readings, lambda: versions_of(settings, knowledge)
    )
    conversations.openly = Openly(answering)
    if database.is_sqlite:  # one app: after a crash it goes on at once, the lease it had is its own
        conversations.owner = "app"
    models, retrainer, retention, learns = learning_of(settings, secrets, database, reader, engine)
    articles = Articles(reader, knowledge)
    erasure = Erasure(database, settings.data_dir / "files", engine.forget)
    around = surroundings_of(settings, secrets, handoffs, articles, base_url_of(settings))
    connectors = connectors_of(around)
    daily = Daily(
        database,
        post,
        hours.zone,
        hour_of(settings.summary_at),
        timedelta(hours=settings.ticket_overdue_hours),
        rooms_of(connectors),
        language,
    )
    editor = Editor(knowledge, settings.articles_dir, settings.data_dir / "index", reader)
    review = review_of(settings, database, reader, knowledge, editor)
    collecting = Hourly(database, review.queue)
    jobs = {
        **jobs_of(handoffs, reminders, daily, connectors),
        **learns,
        COLLECT: collecting.collect,
        ERASE: erasure.finish,
    }
    return Parts(
        settings=settings,
        database=database,
        reader=reader,
        knowledge=knowledge,
        editor=editor,
        review=review,
        engine=engine,
        handoffs=handoffs,
        tickets=tickets,
        accounts=Accounts(database),
        daily=daily,
        conversations=conversations,
        models=models,
        retrainer=retrainer,
        retention=retention,
        front=front_of(settings, database, connectors),
        inner=inner_app(secrets.engine_token, reader, actions, lambda: metrics.look_up(database)),
        erasure=erasure,
        connectors=connectors,
        workers=[
            conversations,
            editor,
            Worker(database, jobs),
            daily,
            collecting,
            Steady(models, engine),
            *connectors,
            *(Sender(database, connector) for connector in connectors),
        ],
    )


def learning_of(
    settings: Settings, secrets: Secrets, database: Database, reader: Reader, engine: Engine
) -> tuple[Models, Retrainer, Retention, Mapping[str, Do]]:
    """Return who swaps models, trains them and keeps them, and what there is to do for it at a time."""
    models = Models(database, Shelf(settings.data_dir / "models"), EngineSwap(engine))
    watch = Watch(database, models, settings.rollback_hours, settings.rollback_rise)
    text_url = f"{inner_url(settings)}/text"
    retraining = Retraining(settings, database, reader, secrets.engine_token, text_url)
    retrainer = Retrainer(retraining, settings.retrain_every_days)
    retention = Retention(
        database, models.shelf, settings.data_dir / "index", settings.replay_days, settings.replay_max_bytes
    )
    jobs: Mapping[str, Do] = {WATCH: watch.look, RETRAIN: retrainer.begin, KEEP: retention.look}
    return models, retrainer, retention, jobs


def rooms_of(connectors: Sequence[Connector]) -> list[tuple[str, str]]:
    """Return where the team reads along: channels, and a place on each."""
    places = {one.channel: one.team_place() for one in connectors if isinstance(one, HasTeam)}
    return [(channel, place) for channel, place in places.items() if place]


def jobs_of(
    handoffs: Handoffs, reminders: Reminders, daily: Daily, connectors: Sequence[Connector] = ()
) -> Mapping[str, Do]:
    """Return what there is to do at a time, by the job's kind."""
    jobs: dict[str, Do] = {
        EXPIRES: lambda payload: handoffs.expire(payload["handoff"]),
        REMIND: reminders.remind,
        DAILY: daily.tell,
    }
    for connector in connectors:
        if isinstance(connector, HasJobs):
            jobs |= connector.jobs()
    return jobs


def versions_of(settings: Settings, knowledge: KnowledgeBase) -> dict[str, Any]:
    """Return what a Turn names beside the model: code, index, and the settings that shape answers."""
    return {
        "code": VERSION,
        "index": knowledge.version,
        "settings": {
            "encoder": settings.encoder,
            "encoder_cjk": settings.encoder_cjk,
            "answer_error_rate": settings.answer_error_rate,
            "office_hours": settings.office_hours,
            "time_zone": settings.time_zone,
            "mail": settings.smtp_url is not None,
        },
    }


def front_of(settings: Settings, database: Database, connectors: Sequence[Connector] = ()) -> Front:
    """Return what the web channel needs."""
    return Front(
        database=database,
        limits=Limits(
            settings.messages_per_minute, settings.messages_per_minute_address, settings.trusted_proxies
        ),
        files=settings.data_dir / "files",
        upload_max_bytes=settings.upload_max_bytes,
        allowed_origins=settings.allowed_origins,
        company=settings.company_name,
        colour=settings.company_colour,
        languages=settings.languages,
        mail=settings.smtp_url is not None,
        answer_seconds=settings.engine_seconds + 10,
        elsewhere={one.channel: one for one in connectors if isinstance(one, LinksVisitors)},
    )


def public_app(parts: Parts) -> FastAPI:
    """Return the app behind the public listener."""
    app = FastAPI(title="Firstline", version=VERSION, docs_url=None, redoc_url=None)
    shell = Shell.of(parts.settings.company_name)
    tell_problems(app, shell)
    pages = PublicPages(site_of(parts.settings), shell.environment)
    app.include_router(web_routes(parts.front))
    app.include_router(link_routes(parts.front))
    for connector in parts.connectors:
        if isinstance(connector, CalledByHttp):
            app.include_router(connector.routes())
    app.include_router(health_routes(parts.database, parts.engine, parts.knowledge))
    app.include_router(site_routes(pages, lambda secret: resume(parts.database, secret)))
    app.include_router(help_routes(pages, lambda: parts.knowledge, parts.reader.read))
    app.include_router(desk_routes(desk_of(parts, shell)))
    app.mount("/static", StaticFiles(directory=STATIC))
    app.add_middleware(SecurityHeaders, framed_by={})
    return app


def site_of(settings: Settings) -> Site:
    """Return what the public pages know of the company; a company of one's own shows no demo shop."""
    return Site(
        company=settings.company_name,
        colour=settings.company_colour,
        languages=settings.languages,
        allowed_origins=settings.allowed_origins,
        upload_max_bytes=settings.upload_max_bytes,
        demo=settings.company_dir is None,
    )


def desk_of(parts: Parts, shell: Shell) -> Desk:
    """Return what the desk's pages are given."""
    return Desk(
        database=parts.database,
        handoffs=parts.handoffs,
        tickets=parts.tickets,
        accounts=parts.accounts,
        articles=Articles(parts.reader, parts.knowledge),
        files=parts.front.files,
        shell=shell,
        sessions=Sessions(parts.database, parts.settings.base_url),
        base_url=parts.settings.base_url,
        upload_max_bytes=parts.settings.upload_max_bytes,
        time_zone=parts.settings.time_zone,
        learning=ModelDesk(
            parts.models,
            parts.retrainer.ask,
            lambda: Progress(parts.retrainer.step, parts.retrainer.failed, parts.retrainer.known),
        ),
        summary_of=parts.daily.of,
        workshop=Workshop(parts.editor, parts.reader, parts.settings.articles_dir, parts.settings.languages),
        review=parts.review,
        erasure=parts.erasure,
    )
