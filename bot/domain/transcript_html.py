"""Transcripts as one page of HTML that asks nobody for anything: no scripts, no fonts, no pictures of elsewhere.

Everything that anybody wrote is escaped, and a content security policy forbids what would be left to forbid.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from html import escape
from urllib.parse import quote

from bot.domain.transcripts import (
    PICTURES,
    About,
    Edition,
    Say,
    Shown,
    ShownFile,
    answered,
    embed_lines,
    facts,
    happened,
    marks,
    readable,
    size_of,
    title,
)
from bot.words import Phrase

_STYLE = """
:root{color-scheme:light dark;--ink:#1d2328;--quiet:#5d6873;--paper:#fdfdfb;--line:#dfe3e0;--note:#fff6dc;
--gone:#fbecea}
@media(prefers-color-scheme:dark){:root{--ink:#e6e8e6;--quiet:#9aa5ae;--paper:#17191b;--line:#30353a;--note:#332c16;
--gone:#361f1c}}
body{margin:0 auto;max-width:52rem;padding:1.5rem 1rem 4rem;background:var(--paper);color:var(--ink);
font:1rem/1.5 system-ui,sans-serif;overflow-wrap:anywhere}
h1{font-size:1.5rem;margin:0 0 1rem}
h2{font-size:.85rem;font-weight:600;color:var(--quiet);margin:2rem 0 .5rem;padding-top:.5rem;
border-top:1px solid var(--line)}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.15rem 1rem;margin:0}
dt,time,.mark,.file{color:var(--quiet);font-size:.85rem}
dd{margin:0;white-space:pre-wrap}
article{padding:.35rem .75rem;margin:0 -.75rem;border-radius:.4rem}
article:target{outline:2px solid #3b6e57}
.note{background:var(--note)}
.gone{background:var(--gone)}
p{margin:0;white-space:pre-wrap}
a{color:inherit}
b{margin-right:.4rem}
.mark{margin-left:.4rem}
.reply{color:var(--quiet);font-size:.85rem}
.embed{border-left:3px solid #3b6e57;padding-left:.75rem;margin:.25rem 0}
.file{display:block;margin:.25rem 0}
img{display:block;max-width:min(100%,28rem);max-height:24rem;margin:.25rem 0;border-radius:.4rem}
details{font-size:.9rem;color:var(--quiet)}
.c0{color:#3b6e57}.c1{color:#a4572c}.c2{color:#3f6ea4}.c3{color:#8a4a8f}.c4{color:#8a6d00}.c5{color:#b03a5b}
.c6{color:#2f7f86}.c7{color:#6a5acd}
"""
_COLOURS = 8
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
POLICY = (
    f"default-src 'none'; img-src 'self' file: data:; style-src 'sha256-{_STYLE_HASH}'; "
    "base-uri 'none'; form-action 'none'"
)
"""What the page may do: show pictures that are in it or lie beside it, in its own style."""

_LINK = re.compile(r"https?://[^\s<>\"'`]+[^\s<>\"'`.,;:!?)\]}*_~|]")


def _linked(text: str) -> str:
    """A text, escaped, in which addresses can be followed."""
    parts, end = list[str](), 0
    for found in _LINK.finditer(text):
        address = escape(found[0])
        link = f'<a href="{address}" rel="noopener noreferrer nofollow">{address}</a>'
        parts += [escape(text[end : found.start()]), link]
        end = found.end()
    parts.append(escape(text[end:]))
    return "".join(parts)


class HtmlTranscript:
    """Writes a transcript as a page."""

    def __init__(self, about: About, say: Say) -> None:
        self._about = about
        self._say = say
        self._day = ""

    def head(self) -> Iterator[str]:
        """The ticket, and what the form asked."""
        about = self._about
        name = escape(self._say(title(about)))
        yield (
            f'<!doctype html>\n<html lang="{escape(about.language)}"><head><meta charset="utf-8">'
            f'<meta http-equiv="Content-Security-Policy" content="{escape(POLICY)}">'
            '<meta name="referrer" content="no-referrer"><meta name="robots" content="noindex">'
            '<meta name="viewport" content="width=device-width,initial-scale=1">'
            f"<title>{name}</title><style>{_STYLE}</style></head>\n<body><h1>{name}</h1>\n<dl>"
        )
        for label, value in facts(about):
            said = self._say(value) if isinstance(value, Phrase) else value
            yield f'<dt>{escape(self._say(label))}</dt><dd dir="auto">{_linked(readable(said, about))}</dd>\n'
        yield "</dl>\n"
        if about.answers:
            yield f"<h2>{escape(self._say(Phrase('Answers')))}</h2>\n<dl>"
            for question, words, files in answered(about):
                yield f'<dt dir="auto">{escape(question)}</dt><dd dir="auto">{_linked(words)}'
                for file in files:
                    yield from self._file(file)
                yield "</dd>\n"
            yield "</dl>\n"
        yield "<main>\n"

    def message(self, shown: Shown) -> Iterator[str]:
        """One message, below the day it was written on."""
        about, message = self._about, shown.message
        sent = about.time(message.sent_at)
        if not sent.startswith(self._day or "-"):
            self._day = sent[:10]
            yield f"<h2>{self._day}</h2>\n"
        kinds = ("note" if message.internal else "") + (" gone" if message.deleted_at is not None else "")
        yield (
            f'<article id="m{message.message_id}" class="{kinds.strip()}"><b class="c{message.author_id % _COLOURS}">'
            f'<bdi>{escape(message.author_name)}</bdi></b><time datetime="{message.sent_at.isoformat()}">{sent}</time>'
        )
        for mark in marks(shown, about):
            yield f'<span class="mark">{escape(self._say(mark))}</span>'
        if shown.reply_to is not None:
            yield f'<p class="reply">↪ <a href="#m{message.reply_to}"><bdi>{escape(shown.reply_to)}</bdi></a></p>'
        if message.content:
            yield f'<p dir="auto">{_linked(readable(message.content, about))}</p>'
        for embed in message.embeds:
            said = "\n".join(readable(line, about) for line in embed_lines(embed))
            yield f'<p class="embed" dir="auto">{_linked(said)}</p>' if said else ""
        for version in message.versions:
            until = self._say(Phrase("Until {moment}:", {"moment": about.time(version.until)}))
            before = _linked(readable(version.content, about))
            yield f'<details><summary>{escape(until)}</summary><p dir="auto">{before}</p></details>'
        for file in shown.files:
            yield from self._file(file)
        yield "</article>\n"

    def foot(self) -> Iterator[str]:
        """What happened to the ticket."""
        about = self._about
        yield "</main>\n"
        if about.events and about.edition is Edition.STAFF:
            yield f"<h2>{escape(self._say(Phrase('History')))}</h2>\n<dl>"
            for event in about.events:
                actor = "" if event.actor_id is None else f" · <bdi>{escape(about.name(event.actor_id))}</bdi>"
                said = escape(self._say(happened(event)))
                yield f"<dt>{about.time(event.at)}</dt><dd>{said}{actor}</dd>\n"
            yield "</dl>\n"
        yield "</body></html>\n"

    def _file(self, shown: ShownFile) -> Iterator[str]:
        file, place = shown.file, shown.place
        name, size = f"<bdi>{escape(file.name)}</bdi>", size_of(file.size)
        is_picture = file.content_type in PICTURES
        if place is None:
            why = "" if shown.why is None else f" · {escape(self._say(shown.why))}"
            yield f'<span class="file">📎 {name} · {size}{why}</span>'
        elif place.path is not None:
            path = escape(quote(place.path))
            if is_picture:
                yield f'<a href="{path}"><img src="{path}" alt="{escape(file.name)}" loading="lazy"></a>'
            yield f'<span class="file">📎 <a href="{path}">{name}</a> · {size}</span>'
        elif is_picture and shown.data is not None:
            data = base64.b64encode(shown.data).decode()
            yield f'<img src="data:{file.content_type};base64,{data}" alt="{escape(file.name)}">'
            yield f'<span class="file">📎 {name} · {size}</span>'
