"""A correction of what was said by call: who was only called hears that it was an error, and nothing else."""

from collections.abc import Iterator

import pytest
import time_machine
from django.test import TestCase
from django.urls import reverse

from campaigns.models import Campaign
from core.officers import Role
from tests.caller import Caller
from tests.climbing import Story, climbing
from tests.console.desk import at_the_desk

pytestmark = pytest.mark.django_db

LANDLINE = 30006
CORRECTION = "This is a correction. Our earlier call was an error."


@pytest.fixture
def story(redis_db: object) -> Iterator[Story]:
    with climbing() as story:
        yield story


def corrects(story: Story) -> Campaign:
    """An officer presses the button, and a worker comes."""
    address = reverse("console:campaign-correct", args=[story.campaign.pk])
    with time_machine.travel(story.now, tick=False), TestCase.captureOnCommitCallbacks(execute=True):
        assert at_the_desk(Role.APPROVER).post(address).status_code == 302
    story.minute()
    return story.campaign.corrections.get()


def called(story: Story, caller: Caller, *, drill: bool = False) -> None:
    """Somebody whose telephone takes no texts hears the question by call, and hangs up."""
    story.provider.no_texts[caller.number] = LANDLINE
    story.asks(caller, drill=drill)
    for _ in range(2):
        story.passes(30)
    caller.rings().answers().hears("are you safe?").hangs_up()


def test_who_was_only_called_is_called_and_hears_the_correction_and_nothing_else(story: Story) -> None:
    caller, texted = story.line.caller(0), story.line.caller(1)
    called(story, caller)
    before = story.rung(caller)
    story.line.advance(60)
    corrects(story)
    assert (story.rung(caller), story.inbox(caller)) == (before + 1, 0)
    call = caller.rings().answers().hears("This is an automatic call from Alongside.")
    said = " ".join(line.text for line in call.transcript if line.verb == "Say")
    assert CORRECTION in said
    assert "are you safe" not in said, "the question that was withdrawn is not asked again"
    call.listens()
    assert call.status == "completed"
    story.passes(60)
    assert story.rung(caller) == before + 1, "once is enough"
    assert story.rung(texted) == 0


def test_who_was_texted_is_texted_and_not_called(story: Story) -> None:
    texted = story.line.caller(0)
    story.asks(texted)
    corrects(story)
    assert (story.inbox(texted), story.rung(texted)) == (2, 0)
    assert "was an error" in story.provider.sent[-1].body


def test_the_correction_of_a_drill_says_on_the_line_that_it_is_one(story: Story) -> None:
    caller = story.line.caller(0)
    called(story, caller, drill=True)
    story.line.advance(60)
    assert corrects(story).drill
    caller.rings().answers().hears(f"DRILL. {CORRECTION}")
