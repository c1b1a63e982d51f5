"""Transcripts are opened in a browser that reaches nothing, long after the channel is gone."""

from __future__ import annotations

import struct
import zipfile
import zlib
from datetime import timedelta
from pathlib import Path
from random import Random

from bot.db.blob_store import BlobStore
from bot.db.engine import Database
from bot.domain.ticket_record import Answer, RecordedFile, Version
from bot.domain.tickets import EventKind, Status
from bot.domain.transcripts import Edition
from bot.services import Services
from tests.support.browser import Opened, browser
from tests.support.ticket_record import AGENT, GUILD, MEMBER, NOW, happened, opened, record, said

EVIL = (
    "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\"><svg/onload=alert(1)>"
    "</article></main></html><style>@import 'https://elsewhere.example/x.css';*{display:none}</style>"
    "<meta http-equiv=refresh content='0;url=https://elsewhere.example/'><iframe src='https://elsewhere.example/'>"
    '<link rel=stylesheet href=https://elsewhere.example/><a href="javascript:alert(1)">&amp;&lt;"\'>`'
)
KNOWN = {
    "html", "head", "meta", "title", "style", "body", "main", "h1", "h2", "dl", "dt", "dd", "article", "p", "b", "a",
    "bdi", "time", "span", "img", "details", "summary",
}  # fmt: skip


def picture(width: int, *, noise: int = 0) -> bytes:
    """A PNG of that width, with so many bytes that can't be packed."""

    def part(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    row = b"\0" + b"\x3b\x6e\x57" * width
    comment = part(b"tEXt", b"noise\0" + Random(noise).randbytes(noise).hex().encode()) if noise else b""
    head = part(b"IHDR", struct.pack(">IIBBBBB", width, 1, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + comment + part(b"IDAT", zlib.compress(row)) + part(b"IEND", b"")


async def written(database: Database, store: BlobStore) -> None:
    """A closed ticket with everything that a record can have, and in every place whatever could do harm there."""
    ticket = await opened(
        database, status=Status.CLOSED, closed_at=NOW + timedelta(days=1), gone=True, subject=EVIL[:100],
        close_reason=EVIL[:400], tags=(EVIL[:30],),
    )  # fmt: skip
    await happened(database, ticket, EventKind.OPENED, EventKind.CLOSED)

    def kept(seq: int, name: str, data: bytes, kind: str = "image/png") -> RecordedFile:
        return RecordedFile(seq, name, len(data), kind, store.put(data))

    later = NOW + timedelta(hours=3)
    embed = {"title": EVIL, "description": "Said in an embed", "fields": [{"name": EVIL, "value": "in a field"}, 7]}
    embed |= {"image": {"url": "https://elsewhere.example/image.png"}, "footer": "not one", "author": {"name": EVIL}}
    await record(
        database,
        [
            said(1, "It stopped after the update", versions=[Version("It stoped after", later)], edited_at=later),
            said(2, EVIL, author_name=EVIL[:100]),
            said(3, "Look at https://elsewhere.example/page?a=1&b=2.", by=AGENT, reply_to=2, embeds=[embed, {}]),
            said(4, "", files=[kept(1, "inside.png", picture(11)), kept(2, EVIL[:200], picture(23, noise=80_000))]),
            said(5, "", files=[kept(1, "page.html", EVIL.encode(), "text/plain")]),
            said(6, "He is a nuisance", by=AGENT, internal=True),
            said(7, f"Goodbye, <@{MEMBER}>", by=AGENT),
        ],
        answers=[
            Answer(0, "What <b>happened</b>?", "long", ["The form said this", EVIL]),
            Answer(1, "File", "file", ["1"]),
        ],
        answer_files=[kept(1, "of the form.png", picture(5))],
    )


async def look(services: Services, edition: Edition, folder: Path) -> Opened:
    """A transcript as whoever got it sees it."""
    called = {MEMBER: EVIL[:32]}
    async with services.ticket_transcripts.made(GUILD, 1, edition, most_bytes=10**7, called=called) as files:
        [archive] = files
        with zipfile.ZipFile(archive.path) as packed:
            packed.extractall(folder)
    async with browser() as opened_by:
        return await opened_by.open(folder / "ticket-0001.html")


async def test_a_transcript_shows_everything_as_text_and_asks_nobody_for_anything(
    database: Database, services: Services, tmp_path: Path
) -> None:
    await written(database, BlobStore(tmp_path / "files"))
    page = await look(services, Edition.STAFF, tmp_path / "staff")
    for words in (
        "It stopped after the update", "It stoped after", EVIL, "Said in an embed", "in a field", "inside.png",
        "page.html", "He is a nuisance", "What <b>happened</b>?", "The form said this", "of the form.png",
    ):  # fmt: skip
        assert words in page.text
    assert page.title == "Ticket #1 · Help"
    assert page.elements <= KNOWN
    assert page.handlers == 0
    assert sorted(page.pictures) == [5, 11, 23]
    assert {one.partition(":")[0] for one in page.requests} <= {"file", "data"}
    assert page.complaints == ()

    copy = await look(services, Edition.MEMBER, tmp_path / "member")
    assert "It stopped after the update" in copy.text
    for hidden in ("nuisance", "It stoped after"):
        assert hidden not in copy.text
    assert sorted(copy.pictures) == [5, 11, 23]


async def test_the_browser_would_tell_of_a_request_and_of_a_script(tmp_path: Path) -> None:
    page = tmp_path / "careless.html"
    asks = "<img src=https://elsewhere.example/x.png onerror=\"document.title += '!'\">"
    page.write_text(f"<!doctype html><title>before</title><body><script>document.title='owned'</script>{asks}")
    async with browser() as opened_by:
        seen = await opened_by.open(page)
    assert seen.title == "owned!"
    assert "https://elsewhere.example/x.png" in seen.requests
    assert (seen.handlers, seen.pictures) == (1, (0,))
    assert seen.complaints
