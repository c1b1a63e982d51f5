"""Gather everything that is said to people from the code, and bring the catalogues up to date.

    python scripts/messages.py            rewrite the catalogues: new texts empty, texts that are gone removed
    python scripts/messages.py --check    only say what is missing, and fail if something is

Texts are found by what they are, not by a comment: see `TextFinder`.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "bot"
LOCALES = PACKAGE / "locale"
PLACEHOLDER = re.compile(r"\{(\w*)[^{}]*\}")

_MARKS = {"_", "N_", "Phrase"}
SHOWN = {
    "Field": {"title", "description"},
    "command": {"description"},
    "Group": {"description"},
    "Choice": {"name"},
    "Declaration": {"title", "summary"},
}
"""Which arguments of a call are shown."""
SPEAKING = {"template", "title", "description", "group_description"}
"""Attributes of classes that are shown."""


@dataclass(frozen=True)
class Text:
    """A text in the code; with a count in it, also its form for many."""

    file: str
    line: int
    one: str
    many: str | None = None


class TextFinder(ast.NodeVisitor):
    """Finds what is marked, and what is shown by being where it is.

    Marked: ``_("…")``, ``N_("…")``, ``Phrase("…")``, ``ngettext("…", "…", n)``. Shown: titles and descriptions of
    settings, commands and options, names of choices, the templates of errors and the titles of sections.
    """

    def __init__(self, file: str) -> None:
        self.file = file
        self.found: list[Text] = []

    def visit_Call(self, node: ast.Call) -> None:
        """A call that marks or shows something."""
        name = _name(node.func)
        if name in _MARKS and node.args:
            self._take(node.args[0])
        elif name == "ngettext":
            self._take(node.args[0], node.args[1])
        for keyword in node.keywords:
            if name in {"describe", "_choices"} or keyword.arg in SHOWN.get(name, ()):
                self._take(keyword.value)
            elif keyword.arg == "json_schema_extra":
                self._choices(keyword.value)
        self.generic_visit(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        """A class whose attributes are shown, or a group of commands."""
        for keyword in node.keywords:
            if keyword.arg == "group_description":
                self._take(keyword.value)
        for statement in node.body:
            match statement:
                case ast.Assign(targets=[ast.Name(id=name)], value=value) if name in SPEAKING:
                    self._take(value)
                case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value) if name in SPEAKING:
                    self._take(value)
                case _:
                    pass
        self.generic_visit(node)

    def _choices(self, value: ast.expr) -> None:
        if isinstance(value, ast.Dict):
            for key, shown in zip(value.keys, value.values, strict=True):
                if isinstance(key, ast.Constant) and key.value == "choices" and isinstance(shown, ast.Dict):
                    for one in shown.values:
                        self._take(one)

    def _take(self, node: ast.expr, many: ast.expr | None = None) -> None:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.strip():
            plural = many.value if isinstance(many, ast.Constant) and isinstance(many.value, str) else None
            self.found.append(Text(self.file, node.lineno, node.value, plural))


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def texts() -> Iterator[Text]:
    """Every text of the package, in the order of its files. The sandbox and the command line speak English only."""
    for path in sorted(PACKAGE.rglob("*.py")):
        place = path.relative_to(PACKAGE)
        if place.parts[0] in {"sandbox", "cli", "doctor", "scenes", "settings.py"}:
            continue
        finder = TextFinder(f"bot/{place.as_posix()}")
        finder.visit(ast.parse(path.read_text(encoding="utf-8")))
        yield from finder.found


def gathered() -> Catalog:
    """All texts as a template."""
    catalog = Catalog(project="Folkmoot", charset="utf-8")
    for text in texts():
        identity = text.one if text.many is None else (text.one, text.many)
        catalog.add(identity, locations=[(text.file, text.line)])
    return catalog


def files() -> Iterator[Path]:
    """The catalogues there are."""
    yield from sorted(LOCALES.glob("*/LC_MESSAGES/folkmoot.po"))


def read(path: Path) -> Catalog:
    """A catalogue as it is in its file."""
    with path.open("rb") as file:
        return read_po(file, locale=path.parts[-3])


def update(path: Path, template: Catalog) -> None:
    """Give a catalogue the texts of the template: what it has is kept, what is gone is removed."""
    catalog = read(path)
    catalog.update(template, no_fuzzy_matching=True)
    catalog.obsolete.clear()
    catalog.header_comment = (
        f"# {path.parts[-3]}: what Folkmoot says. `make messages` keeps this in step with the code."
    )
    with path.open("wb") as file:
        write_po(file, catalog, width=110, sort_by_file=True, omit_header=False, include_lineno=False)
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(one for one in lines if not one.startswith(_RESTLESS)), encoding="utf-8")


_RESTLESS = (
    '"Language-Team',
    '"POT-Creation-Date',
    '"PO-Revision-Date',
    '"Generated-By',
    '"Last-Translator',
    '"Report-Msgid',
)
"""Headers that change without anything having changed."""


def problems(path: Path, template: Catalog) -> list[str]:
    """What is wrong with a catalogue: texts that are missing, empty or gone, and placeholders that don't agree."""
    catalog, found = read(path), []
    wanted = {message.id if isinstance(message.id, str) else message.id[0] for message in template if message.id}
    have = {message.id if isinstance(message.id, str) else message.id[0]: message for message in catalog if message.id}
    found += [f"missing: {text!r}" for text in sorted(wanted - have.keys())]
    found += [f"gone from the code: {text!r}" for text in sorted(have.keys() - wanted)]
    for text, message in have.items():
        forms = [message.string] if isinstance(message.string, str) else list(message.string or ("",))
        if message.fuzzy or not all(forms):
            found.append(f"not translated: {text!r}")
            continue
        meant = {*PLACEHOLDER.findall(text if isinstance(message.id, str) else message.id[1])}
        # Of one alone the number may go without saying, as it does in English: "in the last day".
        alone = {*PLACEHOLDER.findall(text)}
        found += [
            f"placeholders differ: {form!r}"
            for at, form in enumerate(forms)
            if {*PLACEHOLDER.findall(form)} not in ([meant, alone] if at == 0 else [meant])
        ]
    return found


def main() -> int:
    """Do what is asked; 1 if something is wrong."""
    template, wrong = gathered(), 0
    for path in files():
        if "--check" not in sys.argv:
            update(path, template)
        found = problems(path, template)
        wrong += len(found)
        for line in found:
            print(f"{path.parts[-3]}: {line}")
        print(f"{path.parts[-3]}: {len(template)} texts, {len(found)} to be seen to")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
