"""`manage.py segments`."""

import io
import json
import sys

import pytest
from django.core.management import CommandError, call_command


def test_a_text_is_counted(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("segments", "Größe 10 €", "--json")
    assert json.loads(capsys.readouterr().out) == {"encoding": "GSM-7", "units": 11, "segments": 1}


def test_each_line_of_standard_input_is_counted(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO('{"text": "ok"}\n\n{"text": "ş"}\n'))
    call_command("segments", "--jsonl")
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["encoding"] for row in rows] == ["GSM-7", "UCS-2"]


@pytest.mark.parametrize("line", ["nonsense", "{}", "[]", '{"text": 5}'])
def test_a_line_that_is_no_such_object_is_named(monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(line))
    with pytest.raises(CommandError, match="line 1"):
        call_command("segments", "--jsonl")


def test_nothing_to_count_is_said() -> None:
    with pytest.raises(CommandError, match="expected a text"):
        call_command("segments")
