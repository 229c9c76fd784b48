"""The provider refuses our account in the middle of a crisis: nobody is lost, nobody is asked twice."""

from collections.abc import Iterator

import pytest
import time_machine
from django.urls import reverse

from campaigns import jobs
from core import breaker
from core.officers import Role
from tests.climbing import Story, climbing
from tests.console.desk import at_the_desk

pytestmark = pytest.mark.django_db

SUSPENDED = 20003


@pytest.fixture
def story(redis_db: object) -> Iterator[Story]:
    with climbing() as story:
        yield story


def page(story: Story) -> str:
    with time_machine.travel(story.now, tick=False):
        return at_the_desk(Role.AUTHOR).get(reverse("console:campaigns")).content.decode()


def test_everybody_waits_while_we_are_refused_and_is_asked_once_when_we_are_let_in(story: Story) -> None:
    people = [story.line.caller(place) for place in range(3)]
    story.provider.account_code = SUSPENDED
    story.asks(*people)
    assert breaker.is_open()
    assert [story.inbox(one) for one in people] == [0, 0, 0]
    assert str(SUSPENDED) in page(story), "officers are told on every page"
    story.passes(2)
    with time_machine.travel(story.now, tick=False):
        jobs.probe()
    assert breaker.is_open(), "still refused"
    story.provider.account_code = None
    story.passes(5)
    with time_machine.travel(story.now, tick=False):
        jobs.probe()
    assert not breaker.is_open()
    story.minute()
    story.minute()
    assert [story.inbox(one) for one in people] == [1, 1, 1]
    assert str(SUSPENDED) not in page(story)
    story.texts(people[0], "1")
    assert story.answer(people[0]) == "safe"
