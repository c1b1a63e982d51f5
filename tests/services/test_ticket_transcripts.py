"""Transcripts are made from the record alone: all of it for staff, what the channel showed for the member."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from bot.db.blob_store import BlobStore
from bot.db.engine import Database
from bot.domain.general import GeneralSettings
from bot.domain.ticket_record import Answer, RecordedFile, Version
from bot.domain.transcripts import Edition
from bot.errors import TicketNotFound
from bot.services import Services
from tests.support.ticket_record import AGENT, GUILD, MEMBER, NOW, opened, record, said

ROOMY = 10 * 1024**2


@pytest.fixture
def store(tmp_path: Path) -> BlobStore:
    return BlobStore(tmp_path / "files")


def kept(store: BlobStore, seq: int, name: str, data: bytes, kind: str = "image/png") -> RecordedFile:
    return RecordedFile(seq, name, len(data), kind, store.put(data))


async def made(services: Services, edition: Edition, most_bytes: int = ROOMY) -> Mapping[str, bytes]:
    """The files of a transcript by name; those of an archive each by itself."""
    found: dict[str, bytes] = {}
    async with services.ticket_transcripts.made(GUILD, 1, edition, most_bytes=most_bytes) as files:
        assert sum(one.size for one in files) <= most_bytes
        for one in files:
            assert one.path.stat().st_size == one.size
            if one.name.endswith(".zip"):
                with zipfile.ZipFile(one.path) as archive:
                    found |= {name: archive.read(name) for name in archive.namelist()}
            else:
                found[one.name] = one.path.read_bytes()
    assert not any(one.path.exists() for one in files)
    return found


async def test_staff_reads_all_that_is_on_record(database: Database, services: Services) -> None:
    await opened(database)
    later = NOW + timedelta(hours=2)
    await record(database, [
        said(1, "It is broken", versions=[Version("It is borken", later)], edited_at=later),
        said(2, "Let me see", by=AGENT, reply_to=1),
        said(3, "They did that before", by=AGENT, internal=True),
        said(4, "Never mind", deleted_at=later),
    ])  # fmt: skip
    files = await made(services, Edition.STAFF)
    assert list(files) == ["ticket-0001.txt", "ticket-0001.html", "ticket-0001.json"]
    for content in files.values():
        for words in (b"It is broken", b"It is borken", b"Let me see", b"They did that before", b"Never mind"):
            assert words in content
    told = json.loads(files["ticket-0001.json"])
    assert [one["id"] for one in told["messages"]] == ["1", "2", "3", "4"]
    assert (told["ticket"]["number"], told["messages"][1]["reply_to"]) == (1, "1")


async def test_the_member_gets_what_the_channel_showed_in_the_end(
    database: Database, services: Services, store: BlobStore
) -> None:
    await opened(database, tags=("rude",))
    later = NOW + timedelta(hours=2)
    await record(database, [
        said(1, "It is broken", versions=[Version("My password is 1234", later)], edited_at=later),
        said(2, "They did that before", by=AGENT, internal=True, files=[kept(store, 1, "note.png", b"note" * 9)]),
        said(3, "wrong channel, sorry", by=AGENT, deleted_at=later, files=[kept(store, 1, "gone.png", b"gone" * 9)]),
        said(4, "Fixed", by=AGENT, files=[kept(store, 1, "fixed.png", b"fixed" * 9)]),
    ])  # fmt: skip
    files = await made(services, Edition.MEMBER)
    assert list(files) == ["ticket-0001.txt", "ticket-0001.html"]
    for content in files.values():
        assert b"It is broken" in content
        assert b"Fixed" in content
        assert b"fixed.png" in content
        for hidden in (b"password", b"before", b"wrong channel", b"note.png", b"gone.png", b"rude"):
            assert hidden not in content


async def test_what_the_form_asked_is_there_with_its_files(
    database: Database, services: Services, store: BlobStore
) -> None:
    await opened(database)
    answers = [Answer(0, "What happened?", "long", ["It broke.\nTwice."]), Answer(1, "Who?", "member", [str(AGENT)])]
    answers.append(Answer(2, "Proof", "file", ["1"]))
    await record(database, [], answers=answers, answer_files=[kept(store, 1, "broken.png", b"broken" * 9)])
    async with services.ticket_transcripts.made(
        GUILD, 1, Edition.MEMBER, most_bytes=ROOMY, called={AGENT: "Ann"}
    ) as files:
        text, page = (one.path.read_text() for one in files)
    for words in ("What happened?", "Twice.", "@Ann", "broken.png"):
        assert words in text
        assert words in page
    assert "data:image/png;base64," in page


async def test_files_lie_beside_and_the_biggest_are_left_out_first(
    database: Database, services: Services, store: BlobStore
) -> None:
    await opened(database)
    noise = Random(1)
    small, twice, big, huge = (noise.randbytes(size) for size in (20_000, 20_001, 200_000, 500_000))
    never = RecordedFile(1, "never.bin", 10**9, "application/zip", None, "too_big")
    await record(database, [
        said(1, "See", files=[kept(store, 1, "small.png", small), kept(store, 2, "../big.png", big)]),
        said(2, "And", files=[kept(store, 1, "huge.mp4", huge, "video/mp4"), kept(store, 2, "one.png", twice)]),
        said(3, "No", files=[kept(store, 2, "same.png", twice), never]),
    ])  # fmt: skip
    everything = await made(services, Edition.STAFF)
    assert (everything["files/0002-big.png"], everything["files/0003-huge.mp4"]) == (big, huge)
    assert b'<img src="files/0002-big.png"' in everything["ticket-0001.html"]
    assert everything["ticket-0001.html"].count(b"data:image/png") == 1
    assert everything["ticket-0001.html"].count(b'<img src="files/0004-one.png"') == 2

    some = await made(services, Edition.STAFF, 400_000)
    assert some["files/0002-big.png"] == big
    assert "files/0003-huge.mp4" not in some
    assert b"no room" in some["ticket-0001.html"]
    assert "not kept: it was too big" in some["ticket-0001.txt"].decode()


async def test_a_lost_file_is_named_as_lost(
    database: Database, services: Services, store: BlobStore, tmp_path: Path
) -> None:
    await opened(database)
    big = kept(store, 1, "big.png", b"x" * 200_000)
    await record(database, [said(1, "See", files=[kept(store, 2, "small.png", b"tiny"), big])])
    for path in (tmp_path / "files" / "blobs").rglob("*"):
        if path.is_file():
            path.unlink()
    page = (await made(services, Edition.STAFF))["ticket-0001.html"]
    assert page.count(b"its contents are lost") == 2
    assert b"<img" not in page


@pytest.mark.parametrize("most_bytes", [60_000, 9_000, 3_000])
async def test_what_has_no_room_at_all_is_cut_at_its_end(
    database: Database, services: Services, most_bytes: int
) -> None:
    await opened(database)
    noise = Random(2)
    await record(database, [said(number, noise.randbytes(200).hex()) for number in range(1, 251)])
    files = await made(services, Edition.STAFF, most_bytes)
    assert next(iter(files)) == "ticket-0001.txt"
    text = files["ticket-0001.txt"].decode()
    assert text.startswith("Ticket #1 · Help")
    assert text.endswith("…\n") or most_bytes == 60_000


async def test_words_and_times_are_those_of_the_server(database: Database, services: Services) -> None:
    await opened(database)
    await record(database, [said(1, f"<@{MEMBER}> asked at <t:{int(NOW.timestamp())}:f>", by=AGENT)])

    before = await services.guild_settings.read(GUILD, GeneralSettings)
    chosen = before.value.model_copy(update={"time_zone": "Europe/Berlin"})
    await services.guild_settings.change(GUILD, chosen, base=before.version, by=None)
    async with services.ticket_transcripts.made(
        GUILD, 1, Edition.MEMBER, most_bytes=ROOMY, called={MEMBER: "Mia"}
    ) as files:
        text = files[0].path.read_text()
    assert "[2026-01-05 11:01]" in text
    assert "@Mia asked at 2026-01-05 11:00" in text


async def test_there_is_none_of_a_ticket_of_another_server(database: Database, services: Services) -> None:
    await opened(database)
    with pytest.raises(TicketNotFound):
        async with services.ticket_transcripts.made(GUILD + 1, 1, Edition.STAFF, most_bytes=ROOMY):
            pass
