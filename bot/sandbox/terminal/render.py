"""What a person sees, as lines of text: messages with their embeds, buttons and menus, and forms."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from ..seen import SeenMessage  # noqa: TID252 — a subpackage of the sandbox, which is imported as one
from .controls import title
from .markup import Markup, Paint, clean, visible, wrap
from .names import Names

_ROW, _BUTTON, _SELECT, _SECTION, _TEXT, _LABEL = 1, 2, 3, 9, 10, 18
_THUMBNAIL, _GALLERY, _FILE, _SEPARATOR, _CONTAINER = 11, 12, 13, 14, 17
_LINK = 5
_TINTS = {1: 0x5865F2, 3: 0x3BA55D, 4: 0xED4245}
"""Blurple, green and red buttons; grey ones stay as they are."""
_BAR = "┃ "
_OPTIONS_SHOWN = 8


@dataclass(frozen=True)
class Renderer:
    """Draws for one moment, one set of names and one kind of terminal."""

    names: Names
    now: datetime
    paint: Paint
    saved: Callable[[Mapping[str, Any]], str | None] = lambda _attachment: None
    """Where an attachment was put, if anywhere."""
    locale: str = "en"
    """In which times are written."""

    def message(self, shown: SeenMessage) -> list[str]:
        """A message with all that hangs on it."""
        lines = [self._header(shown)]
        if shown.loading:
            return [*lines, self.paint.faint("thinking…")]
        if shown.content:
            lines += self._wrapped(shown.content)
        for embed in shown.embeds:
            lines += self.embed(embed)
        lines += [self._attached(one) for one in shown.attachments]
        lines += self.components(shown.components)
        return lines

    def _attached(self, attachment: Mapping[str, Any]) -> str:
        """In one line however long the path is, so that a terminal knows it for one."""
        path = self.saved(attachment)
        told = f"attached: {clean(str(attachment.get('filename')))}"
        return self.paint.faint(told if path is None else f"{told} → {path}")

    def _header(self, shown: SeenMessage) -> str:
        author: Mapping[str, Any] = shown.payload.get("author") or {}
        header = self.paint.bold(clean(self.names.users.get(shown.author, shown.author_name)))
        if author.get("bot"):
            header += " " + self.paint.faint("[BOT]")
        marks = ["only you can see this"] if shown.ephemeral else []
        marks += ["a reply"] if shown.reply_to else []
        marks += ["edited"] if shown.edited and not shown.loading and not author.get("bot") else []
        return header + "".join(self.paint.faint(f" · {mark}") for mark in marks)

    def _markup(self, paint: Paint | None = None) -> Markup:
        return Markup(self.names, self.now, paint or self.paint, self.locale)

    def _wrapped(self, text: str, width: int | None = None) -> list[str]:
        return wrap(self._markup().text(text), width or self.paint.width)

    # Embeds ---------------------------------------------------------------------------------------------

    def embed(self, embed: Mapping[str, Any]) -> list[str]:
        """An embed behind its coloured bar."""
        width = self.paint.width - visible(_BAR)
        lines: list[str] = []
        if name := (embed.get("author") or {}).get("name"):
            lines += wrap(self.paint.faint(clean(name)), width)
        if title := embed.get("title"):
            lines += wrap(self.paint.bold(self._markup().plain(title)), width)
        if description := embed.get("description"):
            lines += self._wrapped(description, width)
        for one in embed.get("fields") or ():
            lines += self._field(one, width)
        lines += [self.paint.faint(f"({kind})") for kind in ("image", "thumbnail") if embed.get(kind)]
        if footer := self._footer(embed):
            lines += wrap(self.paint.faint(footer), width)
        return self._barred(lines, embed.get("color"))

    def _field(self, field: Mapping[str, Any], width: int) -> list[str]:
        name, value = self.paint.bold(self._markup().plain(str(field["name"]))), str(field["value"])
        together = f"{name}: {self._markup().text(value)}"
        if field.get("inline") and "\n" not in value and visible(together) <= width:
            return [together]
        return [*wrap(name, width), *(f"  {line}" for line in self._wrapped(value, width - 2))]

    def _footer(self, embed: Mapping[str, Any]) -> str:
        parts = [clean(str((embed.get("footer") or {}).get("text") or ""))]
        if stamp := embed.get("timestamp"):
            moment = int(datetime.fromisoformat(stamp).timestamp())
            parts.append(self._markup().plain(f"<t:{moment}:f>"))
        return " · ".join(part for part in parts if part)

    def _barred(self, lines: Iterable[str], colour: int | None) -> list[str]:
        bar = self.paint.tinted(_BAR.rstrip(), colour)
        return [f"{bar} {line}".rstrip() for line in lines]

    # Components -----------------------------------------------------------------------------------------

    def components(self, components: Sequence[Mapping[str, Any]]) -> list[str]:
        """Buttons, menus, and texts that are laid out as components."""
        lines: list[str] = []
        for one in components:
            lines += self._component(one)
        return lines

    def _component(self, one: Mapping[str, Any]) -> list[str]:  # noqa: PLR0911 — a table
        kind = one.get("type")
        inside: Sequence[Mapping[str, Any]] = one.get("components") or ()
        if kind == _ROW:
            return self._row(inside)
        if kind == _TEXT:
            return self._wrapped(str(one.get("content") or ""))
        if kind == _CONTAINER:
            narrower = replace(self, paint=Paint(self.paint.colour, self.paint.width - visible(_BAR)))
            return self._barred(narrower.components(inside), one.get("accent_color"))
        if kind == _SECTION:
            accessory = one.get("accessory")
            return self.components(inside) + (self.components([accessory]) if accessory else [])
        if kind == _SEPARATOR:
            return [self.paint.faint("─" * 20)]
        if kind in (_THUMBNAIL, _GALLERY):
            return [self.paint.faint("(image)")]
        if kind == _FILE:
            return [self.paint.faint("(file)")]
        return self._row([one])

    def _row(self, controls: Sequence[Mapping[str, Any]]) -> list[str]:
        """Controls beside each other as far as the width allows; a menu has its options below it."""
        lines: list[str] = []
        for one in controls:
            drawn = self._button(one) if one.get("type") == _BUTTON else self._menu(one)
            if lines and visible(lines[-1]) + 2 + visible(drawn) <= self.paint.width:
                lines[-1] += f"  {drawn}"
            else:
                lines += wrap(drawn, self.paint.width)
        return lines

    def _button(self, button: Mapping[str, Any]) -> str:
        emoji = (button.get("emoji") or {}).get("name") or ""
        words = clean(" ".join(part for part in (emoji, button.get("label") or "") if part)) or "…"
        if button.get("style") == _LINK:
            return f"[ {words}: {button.get('url')} ]"
        if button.get("disabled"):
            return self.paint.struck(f"[ {words} ]") if self.paint.colour else f"( {words} )"
        return self.paint.tinted(f"[ {words} ]", _tint(button))

    def _menu(self, menu: Mapping[str, Any]) -> str:
        head = f"[ {clean(title(menu))} ▾ ]"
        if menu.get("disabled"):
            return self.paint.struck(head)
        return f"{head} {self.paint.faint(_offered(menu))}".rstrip()

    # Forms ----------------------------------------------------------------------------------------------

    def form(self, modal: Mapping[str, Any], filled: Mapping[str, str] | None = None) -> list[str]:
        """A form: its title, its texts, and its fields with what was filled in, by label or custom id."""
        lines = wrap(self.paint.bold(clean(str(modal.get("title") or "A form"))), self.paint.width)
        for item in modal.get("components") or ():
            if item.get("type") == _TEXT:
                lines += self._wrapped(str(item.get("content") or ""))
            elif filled is not None:
                lines += self._filled(item, filled)
        return [f"{self.paint.faint('│')} {line}" for line in lines]

    def _filled(self, item: Mapping[str, Any], filled: Mapping[str, str]) -> list[str]:
        inner = [item["component"]] if item.get("type") == _LABEL else list(item.get("components") or ())
        lines = []
        for field in inner:
            label = str((item if item.get("type") == _LABEL else field).get("label") or field.get("custom_id"))
            value = filled.get(label, filled.get(str(field.get("custom_id")), ""))
            lines += wrap(f"{label}: {self.paint.bold(clean(value))}", self.paint.width - 2)
        return lines


def _tint(button: Mapping[str, Any]) -> int | None:
    return _TINTS.get(int(button.get("style") or 0))


def _offered(menu: Mapping[str, Any]) -> str:
    options = [clean(str(option.get("label"))) for option in menu.get("options") or ()]
    more = f", and {len(options) - _OPTIONS_SHOWN} more" if len(options) > _OPTIONS_SHOWN else ""
    return ", ".join(options[:_OPTIONS_SHOWN]) + more


def heading(kind: str, place: str, watchers: Sequence[str], *, everyone: bool, private: bool, direct: bool) -> str:
    """Who sees what comes below: `everyone in #general sees:`, `only mira sees:`."""
    verb = {"edited": "change", "deleted": "disappear"}.get(kind)
    many = everyone or len(watchers) != 1
    sees = ("see" if many and not everyone else "sees") + (f" this {verb}" if verb else "")
    if direct:
        return f"{joined(watchers)}, in direct messages, {sees}:"
    if private:
        return f"only {joined(watchers)} {sees}:"
    if everyone:
        return f"everyone in {place} {sees}:"
    return f"in {place}, {joined(watchers) or 'nobody'} {sees}:"


def joined(words: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
