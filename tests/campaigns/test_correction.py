"""A correction: in whose words, to exactly whom, and on which channel."""

from unittest.mock import patch

import pytest
from django.db import connection
from django.db.models import QuerySet

from campaigns import correction, freeze, launch
from campaigns.audience import Audience
from campaigns.models import Attempt, Campaign, Recipient
from channels_voice.models import Call
from core.models import Message
from core.officers import Role
from telephony.messages import Channel, DeliveryStatus
from tests import make
from tests.elsewhere import elsewhere

pytestmark = pytest.mark.django_db

_STATE = "SELECT state FROM campaigns_campaign WHERE id = %s"


def corrected(campaign: Campaign) -> Campaign:
    return correction.correct(campaign, by=make.officer(Role.AUTHOR), now=make.NOW)


def tried(row: Recipient, channel: Channel, status: DeliveryStatus, step: int = 1) -> None:
    """One attempt at the recipient, which stands so now."""
    assert row.contact is not None
    message = Message.objects.create(
        contact=row.contact,
        direction=Message.Direction.OUT,
        channel=channel,
        sender=row.batch.sender,
        created_at=make.NOW,
        status=status,
        rank=status.rank,
    )
    Attempt.objects.create(recipient=row, step=step, channel=channel, message=message)


def test_the_authors_own_words_take_the_place_of_the_services_with_the_time_filled_in() -> None:
    campaign = make.running_campaign(recipients=0)
    campaign.correction = {"en": "No flood in Libya. Forget our text of {time}."}
    said = correction.texts(campaign)
    assert said["en"] == f"No flood in Libya. Forget our text of {make.NOW:%H:%M}."
    assert said["fr"] == correction.standard("fr", f"{make.NOW:%H:%M}")


def test_before_the_launch_the_time_is_not_known() -> None:
    assert "--:--" in correction.texts(make.campaign())["en"]


def test_the_correction_of_a_drill_says_that_it_is_one() -> None:
    campaign = make.campaign()
    campaign.drill = True
    assert correction.wordings(campaign).of("en").body.startswith("DRILL. Correction")


@pytest.mark.parametrize("left", ["{place}", "%(time)s"])
def test_own_words_hold_no_placeholder_but_the_time(left: str) -> None:
    draft = launch.Draft(
        "Flood", Campaign.Kind.ALERT, Audience(("LY",)), {"en": "Flood."}, correction={"en": f"Wrong: {left}"}
    )
    with pytest.raises(launch.WrongDraft):
        launch.create(draft, by=make.officer(Role.AUTHOR), now=make.NOW)


@pytest.mark.parametrize(
    ("tries", "channel"),
    [
        ([(Channel.SMS, DeliveryStatus.DELIVERED)], "sms"),
        ([(Channel.SMS, DeliveryStatus.SENDING)], "sms"),
        ([(Channel.VOICE, DeliveryStatus.DELIVERED)], "voice"),
        ([(Channel.SMS, DeliveryStatus.SENT), (Channel.VOICE, DeliveryStatus.DELIVERED)], "sms"),
        ([(Channel.SMS, DeliveryStatus.FAILED), (Channel.VOICE, DeliveryStatus.DELIVERED)], "voice"),
        ([(Channel.SMS, DeliveryStatus.UNDELIVERED), (Channel.VOICE, DeliveryStatus.SENT)], "voice"),
    ],
)
def test_each_hears_of_it_on_the_channel_that_reached_them(
    tries: list[tuple[Channel, DeliveryStatus]], channel: str
) -> None:
    row = make.asked(make.traveller())
    for step, (way, status) in enumerate(tries, start=1):
        tried(row, way, status, step)
    made = corrected(row.campaign)
    assert made.recipients.get().batch.channel == channel


@pytest.mark.parametrize("never", ["failed", "planned", "skipped"])
def test_who_certainly_got_nothing_is_told_nothing(never: str) -> None:
    row = make.asked(make.traveller())
    Recipient.objects.filter(pk=row.pk).update(delivery=never)
    with pytest.raises(launch.NobodyToReach):
        corrected(row.campaign)
    row.campaign.refresh_from_db()
    assert row.campaign.state == Campaign.State.STOPPED, "the page promised that the rest stops at once"
    assert not row.campaign.corrections.exists()
    assert not Call.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_sending_has_stopped_for_everybody_while_the_list_is_being_written() -> None:
    campaign = make.asked(make.traveller()).campaign
    seen, writing = list[str](), freeze.freeze_again

    def looks() -> None:
        # As a worker does that gives back what the stop has held: it waits for nobody.
        with connection.cursor() as cursor:
            cursor.execute(f"{_STATE} FOR SHARE NOWAIT", [campaign.pk])
            seen.append(cursor.fetchone()[0])

    def slowly(made: Campaign, recipients: QuerySet[Recipient]) -> int:
        with elsewhere(looks):
            pass
        return writing(made, recipients)

    with patch.object(correction, "freeze_again", slowly):
        corrected(campaign)
    assert seen == [Campaign.State.STOPPED]
    with pytest.raises(launch.WrongState):
        corrected(campaign)


def test_a_number_of_ours_that_is_gone_leaves_nobody_untold() -> None:
    row = make.asked(make.traveller())
    row.batch.sender = "gone"
    row.batch.save()
    assert corrected(row.campaign).recipients.get().batch.sender != "gone"
