"""Whoever calls from a country with a check-in out is asked before anything else, recipient or not."""

from datetime import datetime, timedelta

import pytest

from campaigns import tally
from campaigns.models import Campaign, Case, Recipient
from core.models import Message
from tests import make
from tests.handset import Handset
from tests.phone import Phone

ASKED = "The crisis unit asks everyone in the area: are you safe?"


def check_in(*, countries: tuple[str, ...] = ("LY",), now: datetime) -> Campaign:
    """A check-in that is out there, with one recipient."""
    campaign = make.asked(make.traveller(country=countries[0], now=now), now=now).campaign
    audience = {**campaign.audience, "countries": list(countries)}
    launched = {"state": Campaign.State.RUNNING, "launched_at": now}
    Campaign.objects.filter(pk=campaign.pk).update(audience=audience, **launched)
    return campaign


def test_who_arrived_after_the_launch_is_asked_and_counted(handset: Handset, now: datetime) -> None:
    campaign = check_in(now=now)
    contact = make.traveller(phone=handset.number)
    assert ASKED in handset.dials()
    assert not Recipient.objects.filter(contact=contact).exists()
    heard = handset.presses("1")
    assert heard.startswith("Thank you, we have noted that you are safe.")
    assert "What can we do for you?" in heard
    assert Recipient.objects.get(contact=contact).answer == Recipient.Answer.SAFE
    assert tally.of(campaign).safe == 1
    assert ASKED not in handset.dials()


def test_the_country_of_the_number_counts_too(handset: Handset, now: datetime) -> None:
    campaign = check_in(now=now)
    contact = make.contact(phone=handset.number, now=now)
    contact.region = "LY"
    contact.save()
    assert ASKED in handset.dials()
    assert handset.presses("2").startswith("Your call for help is with the crisis unit.")
    case = Case.objects.get()
    assert (case.contact, case.campaign) == (contact, campaign)
    assert Recipient.objects.get(contact=contact).answer == Recipient.Answer.NEEDS_HELP


def test_an_answer_by_text_after_the_line_dropped_counts(
    handset: Handset, phone: Phone, now: datetime
) -> None:
    check_in(now=now)
    contact = make.traveller(phone=handset.number)
    handset.dials()
    assert phone.texts("3").startswith("Thank you, we have noted that you are not there.")
    assert Recipient.objects.get(contact=contact).answer == Recipient.Answer.NOT_THERE


def test_who_waits_for_the_campaigns_text_is_asked_on_the_row_there_is(
    handset: Handset, now: datetime
) -> None:
    campaign = check_in(now=now)
    contact = make.traveller(phone=handset.number)
    batch = campaign.batches.get()
    row = Recipient.objects.create(campaign=campaign, batch=batch, contact=contact, language="en")
    handset.dials()
    handset.presses("1")
    assert Recipient.objects.get(contact=contact).pk == row.pk
    assert Recipient.objects.get(contact=contact).answer == Recipient.Answer.SAFE


@pytest.mark.parametrize("why", ["elsewhere", "drill", "stopped", "over", "alert", "not begun"])
def test_nobody_is_asked_where_no_check_in_is_out(handset: Handset, now: datetime, why: str) -> None:
    campaign = check_in(countries=("EG",) if why == "elsewhere" else ("LY",), now=now)
    changed: dict[str, dict[str, object]] = {
        "elsewhere": {},
        "drill": {"drill": True},
        "stopped": {"state": "stopped", "ended_at": now},
        "over": {"state": "done", "ended_at": now - timedelta(hours=73)},
        "alert": {"kind": "alert"},
        "not begun": {"state": "approved", "launched_at": None},
    }
    Campaign.objects.filter(pk=campaign.pk).update(**changed[why] or {"title": "elsewhere"})
    make.traveller(phone=handset.number)
    assert ASKED not in handset.dials()


def test_nothing_is_sent_to_who_was_asked_on_their_own_call(handset: Handset, now: datetime) -> None:
    check_in(now=now)
    contact = make.traveller(phone=handset.number)
    handset.dials()
    handset.presses("1")
    row = Recipient.objects.get(contact=contact)
    assert (row.due_at, row.batch.state) == (None, "done")
    assert not Message.objects.filter(contact=contact, channel="sms", direction="out").exists()
