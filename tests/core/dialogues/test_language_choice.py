"""Choosing a language: from the list, or by its name in any language."""

from datetime import datetime

import pytest

from core.dialogues import language_choice
from core.models import ContactPoint, Conversation
from tests.phone import Phone


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("LANGUAGE italiano", "it"),
        ("LANGUAGE Italian", "it"),
        ("LINGUA inglese", "en"),
        ("IDIOMA frances", "fr"),
        ("LANGUE arabe", "ar"),
        ("اللغة الإسبانية", "es"),
        ("LANGUAGE FR", "fr"),
        ("language العربية", "ar"),
    ],
)
def test_a_language_named_is_taken_at_once(phone: Phone, now: datetime, text: str, tag: str) -> None:
    phone.texts(text)
    contact = ContactPoint.objects.get()
    assert (contact.language, contact.language_chosen) == (tag, True)
    assert Conversation.objects.get().dialogue == ""


@pytest.mark.parametrize("answer", ["Français", "francais", "French"])
def test_the_list_is_answered_by_name(phone: Phone, now: datetime, answer: str) -> None:
    shown = phone.texts("LANGUAGE")
    assert "Français" in shown
    assert phone.texts(answer).startswith("Désormais")


def test_the_list_is_answered_by_number(phone: Phone, now: datetime) -> None:
    shown = phone.texts("LANGUAGE").splitlines()
    key = next(line.split()[0] for line in shown if "العربية" in line)
    assert phone.texts(key).startswith("من الآن نكتب إليك بالعربية")


def test_a_language_that_is_not_on_the_list_is_taken_by_its_name(phone: Phone, now: datetime) -> None:
    assert "Italiano" in phone.texts("LANGUAGE")  # the languages of the home country are always there
    assert phone.texts("Francese").startswith("Désormais")


def test_the_list_has_a_few_languages_however_many_we_speak(
    phone: Phone, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(language_choice, "_MOST", 2)
    assert len(phone.texts("LANGUAGE").splitlines()) == 3
    phone.texts("Arabic")
    assert ContactPoint.objects.get().language == "ar"


def test_something_else_than_an_answer_is_no_answer(phone: Phone, now: datetime) -> None:
    phone.texts("LANGUAGE")
    assert phone.texts("REG").startswith("Which country")
