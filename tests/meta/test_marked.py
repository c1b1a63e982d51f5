"""No words reach people unmarked: the code itself is looked through for texts that no catalogue will ever have.

In the rooms that speak, whatever reads like words is marked (``_``, ``N_``, ``ngettext``, ``Phrase``), shown by being
where it is (descriptions of commands), or meant for the operator (the log, exceptions of the language). The few others
are listed here with their reasons. `tests/cogs/test_every_word.py` looks at the same from the reader's side.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.meta.test_messages import messages

PACKAGE = Path(messages.PACKAGE)
ROOMS = ("cogs", "ui", "actions")
MARKS = {"_", "N_", "Phrase", "ngettext"}
ARGUMENTS = {"content", "title", "description", "label", "placeholder", "footer", "text", "notice", "yes", "no"}
"""Arguments that people read, whatever is called."""
FIELDS = {"name", "value"}
"""And those of `add_field`."""
FOR_OPERATORS = {"debug", "info", "warning", "error", "exception", "create_task"}
"""Calls whose texts no member reads: the log, and names of tasks."""
FOR_THE_TYPES = {"cast", "TypeVar", "compile", "getattr", "startswith", "endswith", "removeprefix"}

ALLOWED = {
    ("actions/outbox.py", "rate limited for "): "why a message waits, for the log and the operator",
    ("actions/outbox.py", "no answer in time"): "as above",
    ("actions/outbox.py", "Discord can't be reached: "): "as above",
    ("actions/role_grants.py", "the server can't be seen"): "why roles wait, for the log and the operator",
    ("actions/role_grants.py", "rate limited for "): "as above",
    ("actions/role_grants.py", "no answer in time"): "as above",
    ("actions/role_grants.py", "Discord can't be reached: "): "as above",
    ("actions/outbox.py", "the database is away"): "as above",
    ("actions/diagnosis.py", "which intents are on"): "what could not be looked at, for the log",
    ("actions/diagnosis.py", "who sees which command"): "as above",
    ("ui/diagnosis.py", "Server Members Intent"): "as the Developer Portal calls it, which is in English for all",
    ("ui/diagnosis.py", "Message Content Intent"): "as above",
    ("ui/diagnosis.py", "Presence Intent"): "as above",
    ("actions/sanctions.py", "somebody else is at it"): "why a sanction waits, for the log and the operator",
    ("actions/sanctions.py", "the database is away"): "as above",
    ("actions/sanctions.py", "the server can't be seen"): "as above",
    ("actions/sanctions.py", "its time is up"): "for Discord's audit log, which is in English for all",
    ("actions/sanction_answers.py", "rate limited for "): "why a sanction waits, for the log and the operator",
    ("actions/sanction_answers.py", "no answer in time"): "as above",
    ("actions/sanction_answers.py", "Discord can't be reached: "): "as above",
    ("actions/locks.py", "somebody else is at it"): "why a channel waits, for the log and the operator",
    ("actions/locks.py", "the database is away"): "as above",
    ("actions/locks.py", "the server can't be seen"): "as above",
    ("actions/locks.py", "changed meanwhile"): "as above",
    ("actions/locks.py", "rate limited for "): "as above",
    ("actions/locks.py", "no answer in time"): "as above",
    ("actions/locks.py", "Discord can't be reached: "): "as above",
    ("actions/role_batches.py", "somebody else is at this member"): "why roles wait, for the log and the operator",
    ("actions/role_grants.py", "changed meanwhile"): "as above",
    ("actions/ticket_opening.py", "I can't see myself in the server yet"): "why a ticket waits, for the log",
    ("actions/ticket_access.py", "ticket {number}: who may see it"): "for Discord's audit log, in English for all",
    ("actions/ticket_access.py", "it has no channel yet"): "why a ticket waits, for the log and the operator",
    ("actions/ticket_access.py", "I can't see its channel (error "): "as above",
    ("actions/ticket_closing.py", "Ticket "): "for Discord's audit log, which is in English for all",
    ("actions/ticket_closing.py", " is closed."): "as above",
    ("actions/ticket_closing.py", "its channel can't be deleted: "): "why a ticket waits, for the log and the operator",
    ("actions/ticket_moves.py", "Ticket "): "for Discord's audit log, which is in English for all",
    ("actions/ticket_moves.py", " was moved"): "as above",
    ("actions/ticket_moves.py", " was renamed"): "as above",
    ("actions/ticket_notes.py", "Staff's notes on ticket "): "as above",
    ("actions/giveaways.py", "the server can't be seen"): "why a giveaway waits, for the log and the operator",
    ("actions/giveaways.py", "nothing came of: "): "as above",
    ("actions/giveaways.py", "rate limited for "): "as above",
    ("actions/giveaways.py", "no answer in time"): "as above",
    ("actions/giveaways.py", "Discord can't be reached: "): "as above",
    ("actions/tickets.py", "the server can't be seen"): "why a ticket waits, for the log and the operator",
    ("actions/tickets.py", "nothing came of: "): "as above",
    ("actions/tickets.py", "rate limited for "): "as above",
    ("actions/tickets.py", "no answer in time"): "as above",
    ("actions/tickets.py", "Discord can't be reached: "): "as above",
    ("cogs/tickets/opening.py", "Open ticket"): "found by the translator of commands, as names of menus are",
    ("cogs/help/pages.py", ", Python "): "a name of a program",
    ("cogs/moderation/menus.py", "Moderate member"): "a command's name, and names are the same in all languages",
    ("cogs/moderation/menus.py", "Moderate author"): "as above",
    ("cogs/giveaways/menus.py", "End giveaway"): "a command's name, and names are the same in all languages",
    ("cogs/giveaways/menus.py", "Reroll giveaway"): "as above",
    ("cogs/me/__init__.py", "User info"): "a command's name, and names are the same in all languages",
}
"""Texts that read like words and are not marked, with the reason."""

_LETTERS = re.compile(r"[A-Za-z]{2,}")
_WORDS = re.compile(r"[A-Za-z]{2,}'?[a-z]*[,:]? +[A-Za-z]{2,}|^\W*[A-Z][a-z]+\W*$")
_CODE = re.compile(r"`[^`]*`|<[^<>]*>")


class Unmarked(ast.NodeVisitor):
    """Finds texts for people that are not marked."""

    def __init__(self) -> None:
        self.found: list[tuple[int, str]] = []
        self._shown = False

    def generic_visit(self, node: ast.AST) -> None:
        """Everything but names of types, which may be texts."""
        for name, value in ast.iter_fields(node):
            if name in {"annotation", "returns"}:
                continue
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST):
                    self.visit(child)

    def visit_Expr(self, node: ast.Expr) -> None:
        """A docstring is for whoever reads the code."""
        if not isinstance(node.value, ast.Constant):
            self.generic_visit(node)

    def visit_Raise(self, node: ast.Raise) -> None:
        """An exception of the language is for the log; those that are answers are looked through."""
        call = node.exc
        if not (isinstance(call, ast.Call) and _name(call.func) in {"RuntimeError", "ValueError", "TypeError"}):
            self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> None:
        """Attributes of classes that the catalogues take by their names."""
        names = {_name(target) for target in node.targets}
        if not names & messages.SPEAKING and "__all__" not in names:
            self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        """A call: what it marks is good, what it shows is looked at closely."""
        name = _name(node.func)
        if name in FOR_OPERATORS | FOR_THE_TYPES:
            return
        if name in MARKS:
            self.found += [(node.lineno, "an f-string in a mark")] * any(
                isinstance(a, ast.JoinedStr) for a in node.args
            )
            return
        for argument in node.args:
            self.visit(argument)
        self.visit(node.func)
        for keyword in node.keywords:
            if name == "describe" or keyword.arg in messages.SHOWN.get(name, ()) or keyword.arg == "extras":
                continue
            before = self._shown
            shown = ARGUMENTS | (FIELDS if name == "add_field" else set())
            self._shown = keyword.arg in shown
            self.visit(keyword.value)
            self._shown = before

    def visit_Constant(self, node: ast.Constant) -> None:
        """A text."""
        if not isinstance(node.value, str):
            return
        text = _CODE.sub("", node.value)
        if (_LETTERS if self._shown else _WORDS).search(text):
            self.found.append((node.lineno, node.value))

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        """A class; the keywords of its definition are taken by the catalogues, or are patterns."""
        for statement in node.body:
            self.visit(statement)
        for decorator in node.decorator_list:
            self.visit(decorator)


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def unmarked(code: str) -> list[tuple[int, str]]:
    """Texts of a module that read like words and are not marked, with their lines."""
    finder = Unmarked()
    finder.visit(ast.parse(code))
    return finder.found


def modules() -> Iterator[Path]:
    for room in ROOMS:
        yield from sorted((PACKAGE / room).rglob("*.py"))


@pytest.mark.parametrize("path", list(modules()), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_whatever_reads_like_words_is_marked(path: Path) -> None:
    place = path.relative_to(PACKAGE).as_posix()
    found = [one for one in unmarked(path.read_text(encoding="utf-8")) if (place, one[1]) not in ALLOWED]
    assert found == []


def test_nothing_is_allowed_that_is_no_longer_there() -> None:
    for (place, text), reason in ALLOWED.items():
        assert reason
        assert text in {said for _, said in unmarked((PACKAGE / place).read_text(encoding="utf-8"))}, (place, text)


def test_refusals_of_settings_are_marked() -> None:
    """What a validator raises is said to whoever set it, so it is a text for people although it is a ValueError."""
    for path in sorted((PACKAGE / "domain").rglob("*.py")):
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(function, ast.FunctionDef) and any(_is_validator(one) for one in function.decorator_list):
                for node in ast.walk(function):
                    if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
                        [said] = node.exc.args
                        assert isinstance(said, ast.Call), f"{path}:{node.lineno}"
                        assert _name(said.func) == "N_", f"{path}:{node.lineno}"


def _is_validator(decorator: ast.expr) -> bool:
    return isinstance(decorator, ast.Call) and _name(decorator.func) in {"field_validator", "model_validator"}


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ('Button(label="Back")', "Back"),
        ('Button(label="ok")', "ok"),
        ('Button(label=f"{mark} ok")', " ok"),
        ('lines += [f"{value} coins are yours"]', " coins are yours"),
        ('embed(title=title or "none")', "none"),
        ('return "nothing chosen"', "nothing chosen"),
        ('return "Saved."', "Saved."),
        ('raise SettingRefused(title, "must be a number")', "must be a number"),
        ('channel.send("Hello there")', "Hello there"),
        ('_(f"{amount} coins")', "an f-string in a mark"),
        ('made.add_field(name="count", value=text)', "count"),
    ],
)
def test_a_text_that_was_forgotten_is_found(code: str, said: str) -> None:
    module = f"def f():\n    {code}\n"
    assert [text for _, text in unmarked(module)] == [said]


@pytest.mark.parametrize(
    "code",
    [
        '"""What it does."""',
        'Button(label=_("Back"), custom_id="config:open:v1")',
        '_log.warning("could not answer", error=repr(error))',
        'raise RuntimeError("an edit of no message")',
        'embed(description=f"**{_(one.title)}** `/config` <#5>")',
        'app_commands.command(name="pay", description="Give some coins.")',
        'ngettext("{count} coin", "{count} coins", n)',
    ],
)
def test_what_is_marked_or_for_nobody_to_read_is_left_alone(code: str) -> None:
    assert unmarked(f"def f():\n    {code}\n") == []
