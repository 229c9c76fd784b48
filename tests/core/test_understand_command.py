"""`manage.py understand`: the contract of its output."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

KEYS = ["intent", "country", "city", "start", "end", "party", "language", "confidence", "question"]


def said(*arguments: str) -> str:
    out = io.StringIO()
    call_command("understand", *arguments, stdout=out)
    return out.getvalue()


def test_the_json_holds_every_key_in_order_and_null_where_the_text_says_nothing() -> None:
    row = json.loads(said("--json", "--today", "2026-11-22", "REG LIBYA TRIPOLI 25/11 8/12"))
    assert list(row) == KEYS
    assert row["start"] == "2026-11-25"
    assert row["party"] is None
    assert row["question"] is None


def test_a_question_lists_its_options() -> None:
    row = json.loads(said("--json", "--today", "2026-11-22", "Tripoli"))
    assert row["question"] == {
        "about": "place",
        "options": [{"country": "LY", "city": "Tripoli"}, {"country": "LB", "city": "Tripoli"}],
    }


def test_an_explanation_says_what_matched_what() -> None:
    text = said("--explain", "--today", "2026-11-22", "no estoy bien")
    assert "'no' = negation [es]" in text


def test_lines_are_answered_in_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [
        {"text": "sto bene", "today": "2026-11-22"},
        {"text": "STOP", "today": "2026-11-22", "lang": "it"},
        {"text": "", "today": "2026-11-22"},
    ]
    monkeypatch.setattr(sys, "stdin", io.StringIO("\n".join(map(json.dumps, rows))))
    answers = [json.loads(line) for line in said("--jsonl").splitlines()]
    assert [answer["intent"] for answer in answers] == ["safe", "stop", "unknown"]


@pytest.mark.parametrize(
    "line", ["not json", "[]", '{"today": "2026-11-22"}', '{"text": "x", "today": "soon"}']
)
def test_a_wrong_line_is_named_and_not_repeated(monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(line))
    with pytest.raises(CommandError) as error:
        said("--jsonl")
    assert line not in str(error.value)


def test_it_runs_without_any_setting_database_or_secret() -> None:
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "manage.py", "understand", "--json", "--today", "2026-11-22", "SAFE"],
        cwd=root, env={"PATH": os.environ["PATH"]}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert json.loads(done.stdout)["intent"] == "safe"
