"""Files of a conversation, to and from the team."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import BaseRoute

from desk.files import check_size, store_upload
from nouns import Problem
from pages.desk_base import Desk, routes_of
from pages.session import CSRF_HEADER, Visitor
from records import attachments, conversations

FORM_AROUND_BYTES = 10_000


@dataclass(frozen=True, slots=True)
class Files:
    """Uploads and downloads."""

    desk: Desk

    def routes(self) -> list[BaseRoute]:
        """Return the files' routes."""
        return routes_of(
            self.desk,
            [
                ("GET", "/desk/files/{file}", self.download),
                ("POST", "/desk/conversations/{conversation}/files", self.upload),
            ],
        )

    async def download(self, request: Request, visitor: Visitor) -> Response:
        """Send a file to be saved; nothing in it may run."""
        async with self.desk.database.read() as connection:
            file, _ = await attachments.by_id(connection, request.path_params["file"])
        headers = {
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "Cross-Origin-Resource-Policy": "same-origin",
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "private, max-age=3600",
        }
        path = attachments.path_of(self.desk.files, file.sha256)
        return FileResponse(path, media_type=file.media_type, filename=file.name, headers=headers)

    async def upload(self, request: Request, visitor: Visitor) -> Response:
        """Keep a file; it joins a message when that is sent."""
        if CSRF_HEADER not in request.headers:
            raise Problem("csrf", 403, "This page is too old.", "Reload it and try again.")
        conversation, limit = request.path_params["conversation"], self.desk.upload_max_bytes
        length = request.headers.get("content-length", "")
        check_size(int(length) - FORM_AROUND_BYTES if length.isdigit() else limit + 1, limit)
        async with self.desk.database.read() as connection:
            await conversations.by_id(connection, conversation)
        async with request.form(max_files=1, max_fields=1) as form:
            part = form.get("file")
            if not isinstance(part, UploadFile):
                raise Problem("file_empty", 422, "The file is missing.", "Choose one.")
            content = await part.read()
        name = part.filename or ""
        stored = await store_upload(self.desk.database, self.desk.files, conversation, name, content, limit)
        shown = {key: value for key, value in asdict(stored).items() if key != "sha256"}
        return JSONResponse(shown, 201)
