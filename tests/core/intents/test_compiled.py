"""Compiled files: made when they are missing or out of date, and either whole or not there."""

import ast
import os
import stat
import subprocess
import tempfile
from pathlib import Path

import pytest

from core.intents import compiled, gazetteer, vocabulary
from core.intents.words import digest

SOURCES = Path(compiled.__file__).parent
SECTIONS = [b"{}", b"", b"words", bytes(range(16))]


@pytest.fixture
def compilations(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The fingerprints that are compiled, in a process that only pretends to be one."""
    made: list[str] = []

    def run(command: list[str], **options: object) -> subprocess.CompletedProcess[bytes]:
        made.append(command[-1])
        return subprocess.CompletedProcess(command, 0, compiled.packed(command[-1], SECTIONS))

    monkeypatch.setattr(subprocess, "run", run)
    return made


def test_what_is_packed_is_unpacked() -> None:
    found = compiled.unpacked(memoryview(compiled.packed("now", SECTIONS)))
    assert found.fingerprint == "now"
    assert [bytes(section) for section in found.sections] == SECTIONS


def test_sections_begin_where_numbers_can_be_read() -> None:
    made = compiled.packed("now", [b"x", (7).to_bytes(8, "little")])
    assert list(compiled.unpacked(memoryview(made)).sections[1].cast("Q")) == [7]


@pytest.mark.parametrize("size", [0, 5, 19, 40, -8, -1])
def test_a_file_cut_short_is_refused(size: int, tmp_path: Path) -> None:
    (tmp_path / "index").write_bytes(compiled.packed("now", SECTIONS)[:size])
    with pytest.raises(ValueError, match=r"file|empty|Expecting|Unterminated"):
        compiled.opened(tmp_path / "index")


def test_another_file_is_refused() -> None:
    with pytest.raises(ValueError, match="not a compiled file"):
        compiled.unpacked(memoryview(b"something else entirely" * 10))


def test_a_missing_file_is_made_once(tmp_path: Path, compilations: list[str]) -> None:
    for _ in range(2):
        assert compiled.current(tmp_path / "index", "now", "now").fingerprint == "now"
    assert compilations == ["now"]
    assert [path.name for path in tmp_path.iterdir()] == ["index"]
    assert stat.S_IMODE((tmp_path / "index").stat().st_mode) == 0o644


def test_a_file_of_other_sources_is_made_anew_and_its_readers_keep_theirs(
    tmp_path: Path, compilations: list[str]
) -> None:
    old = compiled.current(tmp_path / "index", "old", "old")
    assert compiled.current(tmp_path / "index", "new", "new").fingerprint == "new"
    assert bytes(old.sections[2]) == b"words"
    assert compilations == ["old", "new"]


def test_a_folder_nobody_may_write_to_keeps_nobody_from_reading(
    tmp_path: Path, compilations: list[str], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError("read-only file system")

    monkeypatch.setattr(tempfile, "NamedTemporaryFile", refuse)
    found = compiled.current(tmp_path / "index", "now", "now")
    assert bytes(found.sections[2]) == b"words"
    assert list(tmp_path.iterdir()) == []
    assert "every process compiles its own" in caplog.text


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "index").write_bytes(b"old")

    def full(*_: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="no space"):
        compiled.write(tmp_path / "index", b"new")
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"old"]


def test_a_changed_source_has_another_name(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.write_text("ab")
    other.write_text("c")
    before = compiled.source_digest([one, other])
    one.write_text("a")
    other.write_text("bc")
    assert compiled.source_digest([one, other]) != before


def test_a_table_finds_what_was_put_in_and_nothing_else() -> None:
    words = [f"word{number}" for number in range(500)]
    table = memoryview(compiled.hashed([(digest(word), at) for at, word in enumerate(words)])).cast("Q")
    assert [compiled.find(table, digest(word)) for word in words] == list(range(500))
    assert compiled.find(table, digest("another")) is None


def imported(module: str, seen: set[str]) -> set[str]:
    """The modules of core.intents that one of them imports, through whatever others."""
    seen.add(module)
    for node in ast.walk(ast.parse((SOURCES / f"{module}.py").read_text())):
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("core.intents."):
            name = str(node.module).rpartition(".")[2]
            if name not in seen:
                imported(name, seen)
    return seen


def test_whatever_lays_out_a_file_makes_it_out_of_date_when_it_changes() -> None:
    assert imported("atlas", set()) <= set(gazetteer.SHAPING)
    assert imported("phrasebook", set()) - imported("gazetteer", set()) <= set(vocabulary.SHAPING)
