"""Whoever reads another language than English misses nothing: each catalogue says everything, and says it short enough.

The story behind it: somebody adds a command in English and forgets the German, or a translation grows past what Discord
takes. The first is English amid German for members; the second is a bot that can't announce its commands. Both are
found here, by the same rules that `scripts/messages.py` goes by.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest
from babel.messages.catalog import Catalog, Message
from discord import app_commands
from discord.ext import commands

from bot.domain.curves import Preset
from bot.domain.preferences import Preferences
from bot.domain.settings_fields import fields_of
from bot.features import FEATURES, sections
from bot.i18n import LANGUAGES, SOURCE, catalogue

SCRIPT = Path(__file__).parents[2] / "scripts" / "messages.py"
TRANSLATED = [name for name in LANGUAGES if name != SOURCE]
MARKS = ("**", "`")


def load_script() -> ModuleType:
    """The script, which is no part of the package."""
    found = importlib.util.spec_from_file_location("scripts_messages", SCRIPT)
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    sys.modules[found.name] = module  # dataclasses look themselves up there
    found.loader.exec_module(module)
    return module


messages = load_script()


def path_of(language: str) -> Path:
    return messages.LOCALES / language / "LC_MESSAGES" / "folkmoot.po"


def entries(catalog: Catalog) -> Iterator[tuple[Message, str, list[str]]]:
    """Every text, its form for many if it has one, and its translations."""
    for message in catalog:
        if message.id:
            source = message.id if isinstance(message.id, str) else message.id[1]
            yield message, source, [message.string] if isinstance(message.string, str) else list(message.string or ())


def described() -> Iterator[str]:
    """What commands, groups and options say of themselves."""
    for feature in FEATURES:
        for cog in vars(import_module(feature.extension)).values():
            if not (isinstance(cog, type) and issubclass(cog, commands.Cog)):
                continue
            if issubclass(cog, commands.GroupCog):
                yield str(getattr(cog, "__cog_group_description__", ""))
            todo = list(cog.__cog_app_commands__)
            while todo:
                one = todo.pop()
                yield str(one.description)
                if isinstance(one, app_commands.Group):
                    todo += one.commands
                else:
                    yield from (str(option.description) for option in one.parameters)


def test_every_language_but_the_code_s_own_has_a_catalogue() -> None:
    assert {path.parts[-3] for path in messages.files()} == set(TRANSLATED)


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_catalogue_says_all_that_is_in_the_code_with_the_same_placeholders(language: str) -> None:
    assert messages.problems(path_of(language), messages.gathered()) == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_nothing_is_empty_or_guessed_and_both_forms_are_there(language: str) -> None:
    catalog = messages.read(path_of(language))
    for message, source, forms in entries(catalog):
        assert not message.fuzzy, source
        assert all(form.strip() for form in forms), source
        assert len(forms) == (1 if isinstance(message.id, str) else catalog.num_plurals), source


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_choice_that_a_setting_offers_is_known_to_the_catalogue(language: str) -> None:
    known = {source for _, source, _ in entries(messages.read(path_of(language)))}
    offered = {said for section in sections() for field in fields_of(section) for _, said in field.choices}
    names = {*LANGUAGES.values(), *Preset}
    assert {said for said in offered if not said.startswith("/")} - known - names == set()


@pytest.mark.parametrize("language", TRANSLATED)
def test_what_is_bold_or_code_stays_so(language: str) -> None:
    for _, source, forms in entries(messages.read(path_of(language))):
        for form in forms:
            assert [form.count(mark) for mark in MARKS] == [source.count(mark) for mark in MARKS], form


@pytest.mark.parametrize("language", TRANSLATED)
def test_descriptions_of_commands_and_options_are_as_short_as_discord_wants_them(language: str) -> None:
    found = {text for text in described() if text}
    assert len(found) > len(FEATURES)
    for text in found:
        assert 1 <= len(catalogue(language).gettext(text)) <= 100, text


@pytest.mark.parametrize("language", TRANSLATED)
def test_titles_and_descriptions_of_settings_fit_into_their_menus(language: str) -> None:
    say = catalogue(language).gettext
    for section in (*sections(), Preferences):
        assert len(say(section.title)) <= 25, section.title
        for field in fields_of(section):
            assert len(say(field.title)) <= 45, field.title
            assert len(say(field.description)) <= 100, field.description


def test_a_text_that_lost_its_translation_or_placeholder_is_found(tmp_path: Path) -> None:
    template = Catalog()
    for text in ("Paid {amount}.", "Said", "Forgotten"):
        template.add(text)
    folder = tmp_path / "de" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    path = folder / "folkmoot.po"
    path.write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n'
        'msgid "Paid {amount}."\nmsgstr "{betrag} gezahlt."\n\n'
        'msgid "Said"\nmsgstr ""\n\n'
        'msgid "Gone"\nmsgstr "Weg"\n',
        encoding="utf-8",
    )
    assert messages.problems(path, template) == [
        "missing: 'Forgotten'",
        "gone from the code: 'Gone'",
        "placeholders differ: '{betrag} gezahlt.'",
        "not translated: 'Said'",
    ]
