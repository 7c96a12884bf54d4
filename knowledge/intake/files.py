"""Files to pages: Markdown, HTML, PDF, DOCX, CSV of question and answer; `READERS` lists what is read."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath

from knowledge.arrays import fingerprint
from knowledge.intake.marks import markdown_of
from knowledge.intake.page import Page, unreadable
from reading.script import language_of_page

MOST_BYTES = 50_000_000
MOST_UNPACKED = 200_000_000
MOST_PACKED = 100  # times that a file may grow when it is unpacked
MOST_PAGES = 2000
NAME_LETTERS = 60
QUESTION_COLUMNS = ("question", "questions", "q", "问题", "问", "title")
ANSWER_COLUMNS = ("answer", "answers", "a", "答案", "回答", "答", "reply", "text")

_unfit = re.compile(r"[^\w/.-]+")


def read_file(path: Path, name: str) -> list[Page]:
    """Read a file; `name` is what to call it. Raises source_unreadable with the reason."""
    read = READERS.get(path.suffix.lower())
    if read is None:
        raise unreadable(
            name, f"{path.suffix or 'a file without ending'} is not read.", f"Read are {_known()}."
        )
    size = path.stat().st_size
    if size > MOST_BYTES:
        raise unreadable(name, f"It has {size / 1e6:,.0f} MB; {MOST_BYTES / 1e6:.0f} are read.", "Split it.")
    pages = list(read(path.read_bytes(), name))
    if not any(page.markdown.strip() for page in pages):
        raise unreadable(name, "There is no text in it.", "A scan needs text recognition (OCR) first.")
    return pages


def name_of(text: str) -> str:
    """Make a path of letters, digits and dashes that an article can be called by."""
    parts = [part.strip("-._") for part in _unfit.sub("-", text.lower()).split("/")]
    return "/".join(part[:NAME_LETTERS].strip("-._") for part in parts if part) or "page"


def _stem(name: str) -> str:
    return name_of(PurePosixPath(name).with_suffix("").as_posix())


def _text(content: bytes, name: str) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise unreadable(name, "It is neither UTF-8 nor GBK.", "Save it as UTF-8.")


def _markdown(content: bytes, name: str) -> Iterator[Page]:
    text = _text(content, name)
    heading = re.search(r"^# +(.+)$", text, re.M)
    yield Page(_stem(name), name, heading[1].strip() if heading else PurePosixPath(name).stem, text)


def _html(content: bytes, name: str) -> Iterator[Page]:
    yield page_of_html(content, _stem(name), name)


def page_of_html(content: bytes | str, name: str, source: str, url: str | None = None) -> Page:
    """Take what a page is about out of it, without menus, scripts and footers."""
    import trafilatura

    document = trafilatura.load_html(content)
    if document is None:
        raise unreadable(source, "This is not HTML.")
    told = trafilatura.extract_metadata(document)
    main = trafilatura.extract(
        document, output_format="html", include_tables=True, include_links=True, include_formatting=True,
        include_comments=False, favor_recall=True, url=url,
    )  # fmt: skip
    markdown = markdown_of(main, url or "") if main else ""
    title = (told.title if told else None) or PurePosixPath(name).name
    return Page(name, source, title, markdown, url)


def _pdf(content: bytes, name: str) -> Iterator[Page]:
    """Read a PDF; each page is a section of its own, so that an answer says on which page it stands."""
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    try:
        reader = PdfReader(io.BytesIO(content))
        if reader.is_encrypted and not reader.decrypt(""):
            raise unreadable(name, "It is encrypted.", "Save a copy without a password.")
        if len(reader.pages) > MOST_PAGES:
            raise unreadable(name, f"It has {len(reader.pages)} pages; {MOST_PAGES} are read.", "Split it.")
        texts = [_paragraphs(page.extract_text()) for page in reader.pages]
        title = str((reader.metadata and reader.metadata.title) or PurePosixPath(name).stem)
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, RecursionError, OSError) as error:
        raise unreadable(name, f"The PDF is damaged ({error}).", "Save it again.") from error
    word = "第 {} 页" if language_of_page("".join(texts)) == "zh" else "Page {}"
    sections = [f"## {word.format(number)}\n\n{text}" for number, text in enumerate(texts, 1) if text]
    yield Page(_stem(name), name, title, "\n\n".join(sections))


def _paragraphs(text: str) -> str:
    """Join the lines of a paragraph; a line that looks like Markdown's marks is kept as words."""
    lines = [re.sub(r"^(#+|>|[-+*](?= ))", r"\\\1", line.strip()) for line in text.splitlines()]
    return re.sub(r"(?<=[^\n.!?:。！？：])\n(?=[a-z\u4e00-\u9fff])", " ", "\n".join(lines)).strip()


def _docx(content: bytes, name: str) -> Iterator[Page]:
    import mammoth

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            unpacked = sum(entry.file_size for entry in packed.infolist())
            if unpacked > MOST_UNPACKED or unpacked > MOST_PACKED * len(content) + 1_000_000:
                raise unreadable(name, f"It unpacks to {unpacked / 1e6:,.0f} MB, which no document needs.")
        made = mammoth.convert_to_html(
            io.BytesIO(content), convert_image=mammoth.images.img_element(_no_image)
        )
    except (zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
        raise unreadable(name, "This is not a Word document (.docx).", "Save it as .docx.") from error
    markdown = markdown_of(made.value)
    heading = re.search(r"^#+ (.+)$", markdown, re.M)
    yield Page(_stem(name), name, heading[1] if heading else PurePosixPath(name).stem, markdown)


def _no_image(_: object) -> dict[str, str]:
    return {"src": ""}


def _csv(content: bytes, name: str) -> Iterator[Page]:
    """Read questions and answers, an article each; the columns go by their names, or come first."""
    text = _text(content, name)
    try:
        dialect: type[csv.Dialect] | csv.Dialect = csv.Sniffer().sniff(text[:10_000], ",;\t")
    except csv.Error:
        dialect = csv.excel
    try:
        rows = [row for row in csv.reader(io.StringIO(text), dialect) if any(map(str.strip, row))]
    except csv.Error as error:
        raise unreadable(name, f"The table does not parse ({error}).", "Save it as CSV again.") from error
    question, answer = 0, 1
    head = [cell.strip().lower() for cell in rows[0]] if rows else []
    if {*head} & {*QUESTION_COLUMNS} and {*head} & {*ANSWER_COLUMNS}:
        question = next(place for place, cell in enumerate(head) if cell in QUESTION_COLUMNS)
        answer = next(place for place, cell in enumerate(head) if cell in ANSWER_COLUMNS)
        rows = rows[1:]
    for row in rows:
        if len(row) > max(question, answer) and row[question].strip() and row[answer].strip():
            asked = " ".join(row[question].split())
            mark = f"{fingerprint(asked.encode('utf-8', 'replace')) % 16**4:04x}"
            short = name_of(asked.replace("/", "-"))[:40].strip("-._")
            yield Page(f"{_stem(name)}/{short}-{mark}", name, asked, row[answer].strip(), questions=(asked,))


TABLES = (".csv",)  # each row an article

READERS: dict[str, Callable[[bytes, str], Iterator[Page]]] = {
    ".md": _markdown,
    ".markdown": _markdown,
    ".txt": _markdown,
    ".html": _html,
    ".htm": _html,
    ".pdf": _pdf,
    ".docx": _docx,
    ".csv": _csv,
}


def _known() -> str:
    return ", ".join(READERS)
