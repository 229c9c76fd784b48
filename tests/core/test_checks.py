"""What must hold before the service starts."""

import base64

import pytest
from django.core import checks as django_checks
from pytest_django.fixtures import Settings

from core import checks
from core.models import Message, Trip
from core.privacy.retention import How, Retention


def ids(found: list[django_checks.CheckMessage]) -> set[str | None]:
    """The ids of what a check found."""
    return {message.id for message in found}


def test_the_service_as_it_stands_passes() -> None:
    assert not [message for message in django_checks.run_checks() if (message.id or "").startswith("core.")]


def test_a_personal_column_without_a_retention_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Message, "retention", None)
    assert ids(checks.personal_columns_have_a_retention()) == {"core.E001"}


def test_a_retention_that_cannot_be_carried_out_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    promise = Retention(after="never", due=Trip.retention.due, how=How.ERASE, erase=("nowhere",))
    monkeypatch.setattr(Trip, "retention", promise)
    assert ids(checks.personal_columns_have_a_retention()) == {"core.E002"}


@pytest.mark.parametrize("path", ["core.dialogues.nowhere.Nobody", "core.turn.Reply"])
def test_a_dialogue_that_is_none_is_refused(settings: Settings, path: str) -> None:
    settings.DIALOGUES = [path]
    assert ids(checks.dialogues_can_be_imported()) == {"core.E003"}


def test_keys_that_are_none_are_named(settings: Settings) -> None:
    settings.FIELD_KEYS = ("short",)
    settings.INDEX_KEY = "short"
    named = [message.msg for message in checks.keys_are_keys()]
    assert any(text.startswith("FIELD_KEYS") for text in named)
    assert any(text.startswith("INDEX_KEY") for text in named)


def test_one_key_does_not_serve_two_ends(settings: Settings) -> None:
    key = base64.b64encode(b"k" * 32).decode()
    settings.FIELD_KEYS, settings.INDEX_KEY = (key,), key
    assert ids(checks.keys_are_keys()) == {"core.E004"}
