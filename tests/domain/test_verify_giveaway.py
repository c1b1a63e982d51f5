"""The program with which anyone checks a giveaway: it stands alone, explains itself, and bears whatever it is given."""

from __future__ import annotations

import ast
import gzip
import json
import random
import shutil
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import verify_giveaway
from bot.domain.giveaway_proof import Misfit, Outcome, misfits, read_proof
from tests.support.giveaway_proofs import proof_of
from tests.support.process import ROOT

PROGRAM = ROOT / "bot/verify_giveaway.py"
EXAMPLE = ROOT / "docs/giveaway-proof.json"
RIGHT = "\nThe winners are right.\n"

WON, LEFT = Outcome.WON, Outcome.LEFT


def by_hand(*arguments: str, folder: Path) -> tuple[int, str]:
    """Run a copy of it in a folder of its own, with the standard library alone: its end, and what it said."""
    shutil.copy(PROGRAM, folder / "verify_giveaway.py")
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-W", "error", "verify_giveaway.py", *arguments],
        cwd=folder, env={"PYTHONUTF8": "1"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert not done.stderr, done.stderr
    return done.returncode, done.stdout


def found_in(told: dict[str, Any], **options: Any) -> list[str]:
    proof = verify_giveaway.read_proof(json.dumps(told).encode())
    return [misfit for finding in verify_giveaway.examine(proof, **options) for misfit in finding.misfits]


def example() -> dict[str, Any]:
    return json.loads(EXAMPLE.read_text())


# At the command line --------------------------------------------------------------------------------------


def test_it_stands_alone_and_explains_each_step(tmp_path: Path) -> None:
    shutil.copy(EXAMPLE, tmp_path / "proof.json")
    code, said = by_hand("proof.json", folder=tmp_path)
    assert code == 0
    assert said.endswith(RIGHT)
    assert "Giveaway 7 of server 613425648685547541: A month of Nitro\n" in said
    assert "1. The promise" in said
    assert f"    {example()['commitment']}\n" in said
    assert "5 entrants with a weight of 17 in all" in said
    assert "    3. 431544605209788416 (weight 10)\n" in said
    assert "    1. 155149108183695360: passed over: not a member any more\n" in said
    assert "    3. 431544605209788416: passed over: doesn't meet the rules any more (level)\n" in said
    assert "2 winners asked for, 2 found.\n       213612539483914240\n       80351110224678912\n" in said


def test_it_needs_nothing_but_the_standard_library_and_no_newer_python_than_3_9() -> None:
    tree = ast.parse(PROGRAM.read_text(), feature_version=(3, 9))
    imported = {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    imported |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.split(".")[0] for name in imported} <= sys.stdlib_module_names
    assert {"from __future__ import annotations"} <= set(PROGRAM.read_text().splitlines())


def test_the_promise_on_the_message_is_compared_as_it_was_copied(tmp_path: Path) -> None:
    shutil.copy(EXAMPLE, tmp_path / "proof.json")
    promise = example()["commitment"]
    for copied in (promise, promise.upper(), f" `{promise}`\n"):
        code, said = by_hand("proof.json", "--commitment", copied, folder=tmp_path)
        assert (code, said.endswith(RIGHT)) == (0, True)
        assert "It is the one that you gave with --commitment." in said
    for other in ("0" * 64, "", "\x1b[2J"):
        code, said = by_hand("proof.json", "--commitment", other, folder=tmp_path)
        assert code == 1
        assert "This does NOT fit." in said
        assert f"and the proof has {promise}." in said
        assert RIGHT not in said
        assert "\x1b" not in said


def test_all_shows_everybody(tmp_path: Path) -> None:
    proof = proof_of(50, asked=25, stored=30)
    (tmp_path / "proof.json").write_text(proof.to_json())
    code, few = by_hand("proof.json", folder=tmp_path)
    assert code == 0
    assert "    … and 30 more; --all shows everybody\n" in few
    code, everybody = by_hand("proof.json", "--all", folder=tmp_path)
    assert code == 0
    assert "--all" not in everybody
    assert all(f". {user_id} (weight {weight})\n" in everybody for user_id, weight in proof.entrants)
    assert all(f"{check.place}. {check.user_id}: holds a prize\n" in everybody for check in proof.checks)


def test_a_compressed_file_is_read_too(tmp_path: Path) -> None:
    (tmp_path / "proof.json.gz").write_bytes(gzip.compress(EXAMPLE.read_bytes()))
    assert by_hand("proof.json.gz", folder=tmp_path)[0] == 0


def test_what_does_not_fit_is_said_exactly(tmp_path: Path) -> None:
    told = example()
    told["entries"][3][1] = 11
    (tmp_path / "proof.json").write_text(json.dumps(told))
    code, said = by_hand("proof.json", folder=tmp_path)
    assert code == 1
    assert "The winners are not right by this proof. What doesn't fit:\n  - The proof says that the list's SHA" in said
    assert f"is {told['list_hash']}: somebody or some weight differs.\n" in said
    assert RIGHT not in said


def test_a_reader_that_has_seen_enough_causes_no_error(tmp_path: Path) -> None:
    (tmp_path / "proof.json").write_text(proof_of(20_000).to_json())
    with subprocess.Popen(
        [sys.executable, "-I", "-S", str(PROGRAM), "proof.json", "--all"],
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as running:  # fmt: skip
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.readline()
        running.stdout.close()
        assert not running.stderr.read()
    assert running.returncode == 1


# What it finds --------------------------------------------------------------------------------------------


def test_a_thousand_random_proofs_of_the_bot_are_right() -> None:
    chance = random.Random(9)
    for size in range(1_000):
        proof = proof_of(size % 60, asked=chance.randint(1, 5), heaviest=chance.choice((1, 9, 1_000_000)))
        assert found_in(json.loads(proof.to_json())) == []


def swap(rows: list[Any], one: int, other: int) -> None:
    rows[one], rows[other] = rows[other], rows[one]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda it: it.update(seed="0" * 64), "The SHA-256 of the seed is 66687aadf862bd77"),
        (lambda it: it.update(commitment="0" * 64), "not what the proof says was promised"),
        (lambda it: it.update(list_hash="0" * 64), "somebody or some weight differs"),
        (lambda it: it.update(guild_id="1"), "somebody or some weight differs"),
        (lambda it: it.update(number=8), "somebody or some weight differs"),
        (lambda it: it["entries"].pop(), "somebody or some weight differs"),
        (lambda it: it["entries"].append(["1187423950112768010", 1]), "somebody or some weight differs"),
        (lambda it: it["entries"][0].__setitem__(1, 2), "somebody or some weight differs"),
        (lambda it: it["entries"][0].__setitem__(0, "80351110224678913"), "somebody or some weight differs"),
        (lambda it: swap(it["places"], 0, 1),
         "Place 1 was drawn by 155149108183695360, and the proof gives it to 213612539483914240."),
        (lambda it: swap(it["places"], 3, 4),
         "Place 4 was drawn by 80351110224678912, and the proof gives it to 1087423950112768010."),
        (lambda it: it["places"].append("5"), "The proof tells of 6 places, but only 5 have entered."),
        (lambda it: it.update(places=it["places"][:1]), "The proof has 1 place; it takes 2 at least."),
        (lambda it: it["checks"][1].update(user_id="1087423950112768010"),
         "Place 2 was drawn by 213612539483914240, and the proof gives it to 1087423950112768010."),
        (lambda it: it["checks"].pop(0), "Place 1 should come next, and the proof goes on with place 2."),
        (lambda it: it["checks"].pop(), "There could be 1 more, and 2 were never looked at."),
        (lambda it: it["checks"][3].update(outcome="left"), "There could be 1 more, and 1 were never looked at."),
        (lambda it: it["checks"][0].update(outcome="won"), "All prizes were held, and still place 3 was looked at."),
        (lambda it: it.update(winners_asked=1), "All prizes were held, and still place 3 was looked at."),
    ],
)  # fmt: skip
def test_one_change_is_found_and_named(change: Callable[[dict[str, Any]], object], said: str) -> None:
    told = example()
    assert found_in(told) == []
    change(told)
    assert any(said in misfit for misfit in found_in(told)), found_in(told)


@given(data=st.data())
def test_program_and_bot_agree_on_whatever_was_changed(data: st.DataObject) -> None:
    outcomes = data.draw(st.lists(st.sampled_from(Outcome), max_size=6))
    told = json.loads(proof_of(6, asked=2, outcomes=outcomes, stored=4).to_json())
    for _ in range(data.draw(st.integers(min_value=0, max_value=2))):
        rows = told[data.draw(st.sampled_from(("checks", "places")))]
        if len(rows) > 1:
            swap(rows, *data.draw(st.tuples(*(st.integers(min_value=0, max_value=len(rows) - 1),) * 2)))
    told["winners_asked"] = data.draw(st.integers(min_value=1, max_value=7))
    assert bool(found_in(told)) == bool(misfits(read_proof(json.dumps(told))))


def test_an_outcome_that_is_not_known_yet_passes_the_place_on() -> None:
    told = example()
    told["checks"][0].update(outcome="on_the_moon", reason="\x1b[31m")
    assert found_in(told) == []
    proof = verify_giveaway.read_proof(json.dumps(told).encode())
    words = [line for finding in verify_giveaway.examine(proof) for line in finding.words]
    assert "    1. 155149108183695360: passed over: on_the_moon (?[31m)" in words


def test_every_outcome_of_the_bot_has_words_of_its_own() -> None:
    assert set(verify_giveaway.WORDS) == set(Outcome)
    assert len(set(verify_giveaway.WORDS.values())) == len(Outcome)
    assert len(Misfit) == 5  # as many steps as `examine` has


# Garbage --------------------------------------------------------------------------------------------------


def garbage() -> dict[str, bytes]:
    def changed(**values: Any) -> bytes:
        return json.dumps({**example(), **values}).encode()

    lacking = example()
    del lacking["seed"], lacking["checks"]
    return {
        "it isn't JSON": b"",
        "it isn't text in UTF-8": b"\xff\xfe\x00",
        "it doesn't say that it is a": b"[]",
        "it is nested too deeply": b"[" * 200_000,
        "a number has 300000 digits": b'{"number": ' + b"7" * 300_000 + b"}",
        "a key is there twice": b'{"seed": 1, "seed": 2}',
        "it can't be read": gzip.compress(EXAMPLE.read_bytes())[:200],
        "it has more than 64 MiB": gzip.compress(bytes(70 << 20), 1),
        "the proof lacks seed, checks": json.dumps(lacking).encode(),
        "it is of version 2, and this program knows version 1": changed(version=2),
        "and of which version": changed(version=1.0),
        "the proof, number isn't a whole number above 0": changed(number=True),
        "the proof, winners_asked isn't a whole number": changed(winners_asked=1e400),
        "the proof, prize isn't a text": changed(prize=None),
        "the proof, guild_id isn't an id, written as a string": changed(guild_id=613425648685547541),
        "the proof, seed isn't 64 hexadecimal digits": changed(seed="0" * 63 + "\n"),
        "the proof, places isn't a list": changed(places="1"),
        "the proof, places[1] isn't an id": changed(places=["1", str(2**64)]),
        "the proof, entries[0] isn't a list of 2": changed(entries=[["1"]]),
        "the proof, entries[0][1] isn't a weight from 1 to 1000000": changed(entries=[["1", 0]]),
        "2 comes after 3, but ids are to rise": changed(entries=[["3", 1], ["2", 1]]),
        "2 comes after 2, but ids are to rise, each once": changed(entries=[["2", 1], ["2", 1]]),
        "the proof, checks[0] lacks place, user_id, outcome, reason": changed(checks=["won"]),
    }


@pytest.mark.parametrize("why", garbage())
def test_what_is_no_proof_is_refused_in_words(why: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "proof.json"
    path.write_bytes(garbage()[why])
    assert verify_giveaway.main([str(path)]) == 1
    said = capsys.readouterr().out
    assert said.startswith("This is no proof that can be checked: ")
    assert why in said
    assert said.count("\n") == 1


def test_a_file_that_unpacks_to_endless_zeros_is_not_unpacked_to_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verify_giveaway, "MOST_BYTES", 1 << 20)
    (tmp_path / "proof.json.gz").write_bytes(gzip.compress(bytes(50 << 20), 1))
    tracemalloc.start()
    try:
        with pytest.raises(verify_giveaway.NotAProof, match="more than 1 MiB"):
            verify_giveaway.read_file(str(tmp_path / "proof.json.gz"))
        assert tracemalloc.get_traced_memory()[1] < 10 << 20
    finally:
        tracemalloc.stop()


def test_a_file_that_is_not_there_and_a_folder_are_no_proofs(tmp_path: Path) -> None:
    for name in ("nowhere.json", "."):
        code, said = by_hand(name, folder=tmp_path)
        assert code == 1
        assert said.startswith("This is no proof that can be checked: it can't be read: ")


def test_a_prize_obeys_no_terminal_and_needs_no_unicode(tmp_path: Path) -> None:
    (tmp_path / "proof.json").write_text(json.dumps({**example(), "prize": "\x1b[2JA 🎁\u202e\ud83d\nThe winners"}))
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(PROGRAM), "proof.json"],
        cwd=tmp_path, env={"PYTHONIOENCODING": "ascii", "LC_ALL": "C"}, capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0
    assert not done.stderr
    assert done.stdout.startswith(b"Giveaway 7 of server 613425648685547541: ?[2JA")
    assert b"\x1b" not in done.stdout


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists))
def test_whatever_a_value_is_it_is_checked_or_refused(value: object) -> None:
    for key in example():
        try:
            proof = verify_giveaway.read_proof(json.dumps({**example(), key: value}).encode())
        except verify_giveaway.NotAProof as error:
            assert str(error)
        else:
            assert list(verify_giveaway.examine(proof))


@given(st.binary(max_size=200))
def test_any_bytes_are_refused(content: bytes) -> None:
    with pytest.raises(verify_giveaway.NotAProof):
        verify_giveaway.read_proof(content)
