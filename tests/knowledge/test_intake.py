"""Files of every kind become articles; what is broken or hostile is named and left out."""

import zipfile
from pathlib import Path

import pytest
from pypdf import PdfWriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

from connectors.slack.markup import to_mrkdwn
from connectors.telegram.formatting import pieces_of
from knowledge.intake import files
from knowledge.intake.add import Report, add_files
from knowledge.load import articles_in
from knowledge.split import passages_of
from nouns import Article

PAGE = """<html><head><title>Lamp care</title><script>steal("cookies")</script></head><body>
<nav><a href="/">Home</a></nav><article><h1>Lamp care</h1><p>Wipe the lamp with a <b>dry</b> cloth every week,
and never use spirit on lacquered wood, because it takes the shine away.</p><h2>Bulbs</h2>
<ul><li>E27 up to 60 watts</li><li>E14 up to 40 watts</li></ul>
<table><tr><th>Lamp</th><th>Bulb</th></tr><tr><td>Oslo</td><td>E27</td></tr></table>
<pre><code>reset --lamp oslo</code></pre><script>alert(1)</script></article></body></html>"""


def added(source: Path, into: Path) -> tuple[dict[str, Article], Report]:
    report = add_files(source, into, "", lambda *_: None)
    return {article.id: article for article in articles_in(into)[0]} if into.exists() else {}, report


def reason(source: Path, into: Path) -> str:
    articles, report = added(source, into)
    assert not articles
    return report.failed[0].sentence


def pdf(*pages: str) -> PdfWriter:
    writer = PdfWriter()
    font = {"/Type": "/Font", "/Subtype": "/Type1", "/BaseFont": "/Helvetica"}
    fonts = DictionaryObject({NameObject(k): NameObject(v) for k, v in font.items()})
    for text in pages:
        page, stream = writer.add_blank_page(300, 300), DecodedStreamObject()
        stream.set_data(f"BT /F1 12 Tf 20 200 Td ({text}) Tj ET".encode())
        page[NameObject("/Contents")] = stream
        page[NameObject("/Resources")] = DictionaryObject(
            {NameObject("/Font"): DictionaryObject({NameObject("/F1"): fonts})}
        )
    return writer


def docx(path: Path, body: str) -> Path:
    space = "http://schemas.openxmlformats.org"
    kinds = (
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    )
    main = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    kinds += f'<Override PartName="/word/document.xml" ContentType="{main}"/>'
    kind = f"{space}/officeDocument/2006/relationships/officeDocument"
    relation = f'<Relationship Id="r1" Type="{kind}" Target="word/document.xml"/>'
    document = (
        f'<w:document xmlns:w="{space}/wordprocessingml/2006/main"><w:body>{body}</w:body></w:document>'
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(
            "[Content_Types].xml", f'<Types xmlns="{space}/package/2006/content-types">{kinds}</Types>'
        )
        relations = f"{space}/package/2006/relationships"
        packed.writestr("_rels/.rels", f'<Relationships xmlns="{relations}">{relation}</Relationships>')
        packed.writestr("word/document.xml", document)
    return path


def test_a_web_page_keeps_its_lists_tables_and_code_and_loses_its_scripts(tmp_path: Path) -> None:
    (tmp_path / "care.html").write_text(PAGE, encoding="utf-8")
    articles, _ = added(tmp_path / "care.html", tmp_path / "articles")
    article = articles["care"]
    assert article.title == "Lamp care" and "steal" not in article.body and "alert" not in article.body
    for kept in ("- E27 up to 60 watts", "| Oslo | E27 |", "```\nreset --lamp oslo\n```", "## Bulbs"):
        assert kept in article.body


def test_tables_lists_and_code_reach_every_channel(tmp_path: Path) -> None:
    (tmp_path / "care.html").write_text(PAGE, encoding="utf-8")
    article = added(tmp_path / "care.html", tmp_path / "articles")[0]["care"]
    passage = next(one for one in passages_of(article) if one.headings[-1:] == ("Bulbs",))
    telegram = "".join(pieces_of(passage.text))
    slack = to_mrkdwn(passage.text)
    for shown in (telegram, slack):
        assert all(word in shown for word in ("E27 up to 60 watts", "Oslo", "reset --lamp oslo"))
    assert "<pre>" in telegram and "```" in slack


def test_a_pdf_is_cited_by_page(tmp_path: Path) -> None:
    pdf("Oslo is made of oak.", "Bergen is made of ash.").write(tmp_path / "woods.pdf")
    article = added(tmp_path / "woods.pdf", tmp_path / "articles")[0]["woods"]
    passages = passages_of(article)
    assert [(one.headings, one.id.partition("#")[2]) for one in passages] == [
        (("Page 1",), "page-1"),
        (("Page 2",), "page-2"),
    ]
    assert passages[1].text == "Bergen is made of ash."


def test_an_encrypted_pdf_is_refused_by_name(tmp_path: Path) -> None:
    writer = pdf("Secret.")
    writer.encrypt("password", algorithm="RC4-128")
    writer.write(tmp_path / "secret.pdf")
    assert reason(tmp_path / "secret.pdf", tmp_path / "articles") == "secret.pdf: It is encrypted."


def test_a_huge_file_is_refused_unread(tmp_path: Path) -> None:
    with (tmp_path / "huge.pdf").open("wb") as file:
        file.truncate(200_000_000)
    assert "It has 200 MB" in reason(tmp_path / "huge.pdf", tmp_path / "articles")


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("broken.pdf", b"%PDF-1.7 nothing", "damaged"),
        ("blank.pdf", None, "no text in it"),
        ("not.docx", b"PK nothing", "not a Word document"),
        ("empty.html", b"", "not HTML"),
        ("odd.md", b"\xff\xfe\xfa\xfb", "neither UTF-8 nor GBK"),
        ("answers.csv", b"question;answer\n", "no text in it"),
    ],
)
def test_what_is_broken_is_named_with_the_reason(
    tmp_path: Path, name: str, content: bytes | None, why: str
) -> None:
    if content is None:
        pdf("").write(tmp_path / name)
    else:
        (tmp_path / name).write_bytes(content)
    said = reason(tmp_path / name, tmp_path / "articles")
    assert said.startswith(f"{name}: ") and why in said


def test_a_word_document_becomes_headings_lists_and_tables(tmp_path: Path) -> None:
    def paragraph(text: str, style: str = "") -> str:
        marked = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
        return f"<w:p>{marked}<w:r><w:t>{text}</w:t></w:r></w:p>"

    cells = "".join(f"<w:tc>{paragraph(text)}</w:tc>" for text in ("Oslo", "59 EUR"))
    body = paragraph("Prices", "Heading1") + paragraph("With tax.") + f"<w:tbl><w:tr>{cells}</w:tr></w:tbl>"
    article = added(docx(tmp_path / "prices.docx", body), tmp_path / "articles")[0]["prices"]
    assert article.title == "Prices" and "With tax." in article.body and "| Oslo | 59 EUR |" in article.body


def test_a_zip_bomb_is_not_unpacked(tmp_path: Path) -> None:
    bomb = docx(tmp_path / "bomb.docx", "<!--" + " " * 30_000_000 + "-->")
    assert "unpacks to 30 MB, which no document needs" in reason(bomb, tmp_path / "articles")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk"])
def test_a_table_of_questions_and_answers_comes_in_any_usual_encoding(tmp_path: Path, encoding: str) -> None:
    text = "问题,答案\n可以退货吗,60天内可以退货。\n怎么付款,微信或支付宝。\n没有答案,\n"
    (tmp_path / "faq.csv").write_bytes(text.encode(encoding))
    articles, _ = added(tmp_path / "faq.csv", tmp_path / "articles")
    told = {article.title: (article.body, article.questions) for article in articles.values()}
    assert told["可以退货吗"] == ("60天内可以退货。", ("可以退货吗",)) and len(told) == 2
    assert {article.language for article in articles.values()} == {"zh"}


def test_adding_again_updates_and_a_folder_goes_in_but_for_what_is_broken(tmp_path: Path) -> None:
    source, into = tmp_path / "docs", tmp_path / "articles"
    (source / "guides").mkdir(parents=True)
    (source / "guides" / "Care.md").write_text("# Care\n\nWipe it.", encoding="utf-8")
    (source / "faq.csv").write_text("Do you repair?,Yes.\n", encoding="utf-8")
    (source / "broken.pdf").write_bytes(b"nothing")
    first = added(source, into)[1]
    assert len(first.added) == 2 and [one.code for one in first.failed] == ["source_unreadable"]
    (source / "guides" / "Care.md").write_text("# Care\n\nDust it.", encoding="utf-8")
    articles, second = added(source, into)
    assert (second.added, second.updated, len(second.unchanged)) == ([], ["guides/care"], 1)
    assert len(articles) == 2 and "Dust it." in articles["guides/care"].body


def test_rows_that_left_a_table_are_retired_but_never_what_was_edited_by_hand(tmp_path: Path) -> None:
    table, into = tmp_path / "faq.csv", tmp_path / "articles"
    table.write_text("question,answer\nDo you repair?,Yes.\nDo you rent?,No.\nWho are you?,We.\n", "utf-8")
    by_title = {article.title: id for id, article in added(table, into)[0].items()}
    repair, rent, who = by_title["Do you repair?"], by_title["Do you rent?"], by_title["Who are you?"]
    path = into / f"{who}.md"
    path.write_text(path.read_text("utf-8").replace("We.", "We, in Bergen."), "utf-8")
    (into / "faq" / "own.md").write_text("# Own\n\nOurs.", "utf-8")
    table.write_text("question,answer\nDo you repair?,Yes.\n", "utf-8")
    would = add_files(table, into, "", lambda *_: None, preview=True)
    assert (would.removed, would.kept) == ([rent], [who]) and (into / f"{rent}.md").exists()
    articles, report = added(table, into)
    assert (report.removed, report.kept, report.unchanged) == ([rent], [who], [repair])
    assert set(articles) == {repair, who, "faq/own"} and (into / f"{rent}.md.retired").exists()


def test_what_was_edited_by_hand_is_not_overwritten_by_its_source(tmp_path: Path) -> None:
    source, into = tmp_path / "care.md", tmp_path / "articles"
    source.write_text("# Care\n\nWipe it.", "utf-8")
    added(source, into)
    (into / "care.md").write_text((into / "care.md").read_text("utf-8") + "\nGently.", "utf-8")
    assert added(source, into)[1].unchanged == ["care"]
    source.write_text("# Care\n\nDust it.", "utf-8")
    articles, report = added(source, into)
    assert report.kept == ["care"] and "Gently." in articles["care"].body


def test_an_article_that_someone_wrote_is_not_overwritten(tmp_path: Path) -> None:
    into = tmp_path / "articles"
    into.mkdir()
    (into / "care.md").write_text("# Care\n\nOurs.", encoding="utf-8")
    (tmp_path / "care.md").write_text("# Care\n\nTheirs.", encoding="utf-8")
    articles, report = added(tmp_path / "care.md", into)
    assert "Ours." in articles["care"].body and report.failed[0].code == "article_taken"


def test_what_is_not_read_says_what_is(tmp_path: Path) -> None:
    (tmp_path / "song.mp3").write_bytes(b"la")
    assert ".mp3 is not read" in reason(tmp_path / "song.mp3", tmp_path / "articles")
    assert set(files.READERS) > {".pdf", ".docx", ".csv"}
