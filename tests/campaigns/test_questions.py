"""The check-ins that a text may answer: read by a fixed statement, and in few trips."""

from collections.abc import Sequence
from datetime import timedelta

import psycopg
import pytest
from django.db import models

from campaigns import questions
from campaigns.models import Campaign, Recipient
from core.intents.reading import Intent, Reading
from core.models import ContactPoint, Conversation, Message
from core.turn import Turn
from tests import make
from tests.phone import Phone

pytestmark = pytest.mark.django_db

BEFORE = make.NOW - timedelta(minutes=5)


def columns(row: models.Model) -> dict[str, object]:
    """Every column of a row, by name."""
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def turn_of(point: ContactPoint) -> Turn:
    """What somebody says on that phone now."""
    return Turn(point, Conversation(contact=point), Message(body="1"), Reading(Intent.UNKNOWN), make.NOW)


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> Sequence[str]:
    """What the database is asked from now on, in order."""
    seen: list[str] = []
    execute = psycopg.Cursor.execute

    def noted(
        self: "psycopg.Cursor[tuple[object, ...]]",
        query: str,
        params: Sequence[object] | None = None,
        *,
        prepare: bool | None = None,
    ) -> "psycopg.Cursor[tuple[object, ...]]":
        seen.append(str(query))
        return execute(self, query, params, prepare=prepare)

    monkeypatch.setattr(psycopg.Cursor, "execute", noted)
    return seen


def test_an_open_question_is_read_as_the_models_have_it() -> None:
    point = make.traveller()
    make.asked(point, now=BEFORE)
    known = Recipient.objects.select_related("campaign").get()

    (read,) = questions.put_to(turn_of(point))

    assert columns(read) == columns(known)
    assert columns(read.campaign) == columns(known.campaign)


def test_the_latest_question_on_any_phone_of_the_person_comes_first() -> None:
    point = make.traveller()
    other = make.contact(person=point.person)
    first = make.asked(point, now=BEFORE)
    second = make.asked(other, now=BEFORE + timedelta(minutes=1))
    make.asked(make.traveller(), now=BEFORE)

    assert list(questions.put_to(turn_of(point))) == [second, first]


@pytest.mark.parametrize("ended_ago", [None, questions.OPEN_FOR - timedelta(minutes=1)])
def test_a_question_takes_answers_until_some_days_after_its_end(ended_ago: timedelta | None) -> None:
    recipient = make.asked(point := make.traveller(), now=BEFORE)
    Campaign.objects.update(ended_at=ended_ago and make.NOW - ended_ago)

    assert list(questions.put_to(turn_of(point))) == [recipient]
    assert list(questions.open_questions(make.NOW)) == [recipient]


def test_a_question_that_ended_long_ago_is_open_no_more() -> None:
    make.asked(point := make.traveller(), now=BEFORE)
    Campaign.objects.update(ended_at=make.NOW - questions.OPEN_FOR)

    assert not questions.put_to(turn_of(point))
    assert not questions.open_questions(make.NOW)


def test_an_alert_is_no_question() -> None:
    make.asked(point := make.traveller(), now=BEFORE)
    Campaign.objects.update(kind=Campaign.Kind.ALERT)

    assert not questions.put_to(turn_of(point))


@pytest.mark.parametrize("text", ["1", "I am safe", "3"])
def test_an_answer_takes_six_statements(phone: Phone, now: object, statements: list[str], text: str) -> None:
    make.asked(make.traveller(phone=phone.number), now=BEFORE)
    statements.clear()

    assert phone.texts(text)

    asked = [one for one in statements if "SAVEPOINT" not in one]
    assert len(asked) == 6, "\n\n".join(asked)
