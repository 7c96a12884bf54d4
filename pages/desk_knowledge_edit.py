"""Writing articles: new, edit, retire. What an edit would break is shown before it goes live."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from markupsafe import Markup
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute

from desk.accounts import check_role
from knowledge.frontmatter import Draft, draft_of, written
from knowledge.load import AUDIENCES, KINDS, stem_of
from knowledge.render import to_html
from nouns import Problem, Role
from pages.desk_base import Desk, problem_words, routes_of
from pages.help import scrollable
from pages.knowledge_form import check_draft, draft_in, id_in, raw_in, side_by_side
from pages.session import Visitor, field, form_of

ARTICLES = "/desk/knowledge/articles/"


@dataclass(frozen=True, slots=True)
class Writing:
    """What a writer began from and what they wrote: a draft, or the `raw` text of a file that is broken."""

    id: str
    seen: str
    draft: Draft
    raw: str | None = None
    topic: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class KnowledgeEditor:
    """What maintainers and owners may do."""

    desk: Desk

    def routes(self) -> list[BaseRoute]:
        """Return the routes."""
        one = "{article:path}"
        return routes_of(
            self.desk,
            [
                ("GET", "/desk/knowledge/new", self.new),
                ("POST", "/desk/knowledge/new", self.create),
                ("POST", "/desk/knowledge/preview", self.preview),
                ("GET", f"/desk/knowledge/edit/{one}", self.edit),
                ("POST", f"/desk/knowledge/edit/{one}", self.save),
                ("POST", f"/desk/knowledge/retire/{one}", self.retire),
                ("POST", f"/desk/knowledge/restore/{one}", self.restore),
            ],
        )

    async def new(self, request: Request, visitor: Visitor) -> Response:
        """Show an empty form; `like` and `language` begin a translation, `question` an answer."""
        check_role(visitor.agent, Role.MAINTAINER)
        workshop, asked = self.desk.workshop, request.query_params
        language = asked.get("language", "")
        language = language if language in workshop.languages else workshop.languages[0]
        draft, stem = Draft(language=language), ""
        if like := asked.get("like"):
            source, stem = draft_of(workshop.text(like)[0]), stem_of(like)
            draft = replace(source, language=language, questions=(), probes=())
        if question := asked.get("question", "").strip()[:300]:
            draft = replace(draft, title=question, questions=(question,))
        topic, _, name = stem.rpartition("/")
        return await self._page(request, visitor, Writing("", "", draft, topic=topic, name=name))

    async def create(self, request: Request, visitor: Visitor) -> Response:
        """Write a new article, when nothing breaks by it."""
        check_role(visitor.agent, Role.MAINTAINER)
        form, workshop = await form_of(request), self.desk.workshop
        draft = draft_in(form, Draft(language="-", kind="-", audience="-"))
        mine = Writing("", "", draft, topic=field(form, "topic"), name=field(form, "name"))
        try:
            check_draft(draft, workshop.languages, is_new=True)
            id = id_in(form, workshop.languages, draft.language)
            if workshop.editor.text(id)[1]:
                raise Problem(
                    "article_exists", 409, f"There is an article {id} already.", "Choose another name."
                )
            return await self._go_live(request, visitor, form, replace(mine, id=id), written("", draft))
        except Problem as problem:
            return await self._page(request, visitor, mine, problem=problem)

    async def edit(self, request: Request, visitor: Visitor) -> Response:
        """Show an article's form; a file that does not parse is shown as it is."""
        check_role(visitor.agent, Role.MAINTAINER)
        id = request.path_params["article"]
        text, seen = self.desk.workshop.text(id)
        try:
            return await self._page(request, visitor, Writing(id, seen, draft_of(text)))
        except Problem:
            return await self._page(request, visitor, Writing(id, seen, Draft(), raw=text))

    async def save(self, request: Request, visitor: Visitor) -> Response:
        """Write what was changed, when nobody else wrote meanwhile and nothing breaks by it."""
        check_role(visitor.agent, Role.MAINTAINER)
        form, id = await form_of(request), request.path_params["article"]
        text, seen = self.desk.workshop.text(id)
        mine = self._mine(form, id, text)
        if mine.seen != seen:
            return await self._conflict(request, visitor, mine)
        try:
            wanted = self._wanted(mine, text)
            if wanted == text:
                return RedirectResponse(f"{ARTICLES}{quote(id)}", 303)
            return await self._go_live(request, visitor, form, mine, wanted)
        except Problem as problem:
            if problem.code == "article_changed":
                return await self._conflict(request, visitor, mine)
            return await self._page(request, visitor, mine, problem=problem)

    async def preview(self, request: Request, visitor: Visitor) -> Response:
        """Render what is being written, as the help page will."""
        body = field(await form_of(request), "body")
        return HTMLResponse(scrollable(to_html(body, anchors=True)), headers={"Cache-Control": "no-store"})

    async def retire(self, request: Request, visitor: Visitor) -> Response:
        """Stop answering from an article."""
        check_role(visitor.agent, Role.MAINTAINER)
        await self.desk.workshop.retire(request.path_params["article"], field(await form_of(request), "seen"))
        return RedirectResponse("/desk/knowledge?done=retired_done", 303)

    async def restore(self, request: Request, visitor: Visitor) -> Response:
        """Answer from a retired article again."""
        check_role(visitor.agent, Role.MAINTAINER)
        id = request.path_params["article"]
        await self.desk.workshop.restore(id)
        return RedirectResponse(f"{ARTICLES}{quote(id)}?done=restored_done", 303)

    def _mine(self, form: FormData, id: str, text: str) -> Writing:
        if "raw" in form:
            return Writing(id, field(form, "seen"), Draft(), raw=raw_in(form))
        try:
            before = draft_of(text)
        except Problem:  # somebody broke the file meanwhile: it is a conflict
            before = Draft()
        return Writing(id, field(form, "seen"), draft_in(form, before))

    def _wanted(self, mine: Writing, text: str) -> str:
        if mine.raw is not None:
            return mine.raw
        check_draft(mine.draft, self._choices(mine.draft), is_new=False)
        return written(text, mine.draft)

    async def _go_live(
        self, request: Request, visitor: Visitor, form: FormData, mine: Writing, wanted: str
    ) -> Response:
        """Try an edit aside, and save it when nothing breaks or the writer wants it all the same."""
        if not field(form, "anyway"):
            trial = await self.desk.workshop.trial(mine.id, wanted)
            if not trial.is_fine:
                return await self._page(request, visitor, mine, trial=trial)
        await self.desk.workshop.save(mine.id, wanted, mine.seen)
        return RedirectResponse(f"{ARTICLES}{quote(mine.id)}?done=saved_live", 303)

    async def _conflict(self, request: Request, visitor: Visitor, mine: Writing) -> Response:
        """Show both texts; what is saved from here on replaces theirs, knowingly."""
        theirs, seen = self.desk.workshop.text(mine.id)
        try:
            yours = written(theirs, mine.draft) if mine.raw is None else mine.raw
        except Problem:
            yours = written("", mine.draft)
        rows = side_by_side(theirs, yours)
        return await self._page(request, visitor, replace(mine, seen=seen), rows=rows, status=409)

    async def _page(self, request: Request, visitor: Visitor, writing: Writing, **found: Any) -> Response:
        workshop = self.desk.workshop
        problem, trial = found.get("problem"), found.get("trial")
        shown = {
            "writing": writing,
            "draft": writing.draft,
            "body": Markup(scrollable(to_html(writing.draft.body, anchors=True))),  # sanitised there
            "error": problem_words(request, problem) if problem else "",
            "trial": trial,
            "rows": found.get("rows"),
            "kinds": KINDS,
            "audiences": AUDIENCES,
            "languages": self._choices(writing.draft),
            "topics": sorted({a.id.rpartition("/")[0] for a in workshop.articles() if "/" in a.id}),
            "titles": {article.id: article.title for article in workshop.articles()},
            "probe_count": sum(len(article.probes) for article in workshop.articles()),
        }
        response = await self.desk.page(request, visitor, "desk/knowledge_edit.html", **shown)
        response.status_code = found.get("status") or (problem.status if problem else 422 if trial else 200)
        return response

    def _choices(self, draft: Draft) -> list[str]:
        """List the languages to choose from: the company's, and the one that the article has."""
        return list(
            dict.fromkeys([*self.desk.workshop.languages, *([draft.language] if draft.language else [])])
        )
