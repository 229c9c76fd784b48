"""The correction every campaign has ready: the approver sees it, either officer sends it by one click."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils.translation import pgettext

from campaigns import batches, live, recall, tally
from campaigns.freeze import freeze_again
from campaigns.models import Campaign, CampaignText, Recipient
from campaigns.states import Move, NobodyToTell, WrongState, check, move
from campaigns.texts import Wordings, as_drill
from core import audit, languages, queues
from core.models import Officer
from core.officers import Permission
from core.turn import Reply, Turn
from telephony.messages import Channel

TIME: Final = "{time}"
"""What stands in an officer's own words for when the message went out."""

_UNKNOWN_TIME: Final = "--:--"


def wordings(campaign: Campaign) -> Wordings:
    """The correction's texts as they leave; before the launch its time is not known."""
    return Wordings(campaign, texts(campaign))


def texts(campaign: Campaign) -> Mapping[str, str]:
    """The words in every language: the author's own where there are some, else the service's."""
    at = campaign.launched_at
    time = f"{at.astimezone(UTC):%H:%M}" if at else _UNKNOWN_TIME
    return {
        language.tag: _own(campaign, language.tag, time) or standard(language.tag, time)
        for language in languages.languages()
    }


def standard(tag: str, time: str = TIME) -> str:
    """The service's own words in a language; `time` is UTC."""
    with languages.speaking(tag):
        # Translators: withdraws a message that went out in error. At most 160 characters of the GSM
        # alphabet, 134 of any other script, with a 12-letter service name.
        text = pgettext(
            "sms",
            "Correction from %(service)s: our message sent at %(time)s UTC was an error. "
            "Please ignore it. You do not need to reply.",
        )
    return text % {"service": settings.SERVICE_NAME, "time": time}


def reached(campaign: Campaign) -> QuerySet[Recipient]:
    """Who got the campaign, or may have: not those for whom every try certainly failed, nor the forgotten."""
    asked = Recipient.objects.filter(campaign=campaign, contact__isnull=False, asked_at__isnull=False)
    return asked.exclude(delivery__in=tally.NOT_GOT)


def correct(campaign: Campaign, *, by: Officer, now: datetime) -> Campaign:
    """Withdraw a campaign at once: stop it, and tell everybody who got it, or may have, to ignore it.

    The words were approved with the campaign, so no second approval is needed. Who was only called is called.
    Returns the running correction. Raises NotAllowed, NobodyToTell (it is stopped all the same), WrongState
    (never launched, or already corrected). Call it outside any transaction: every worker sees the stop while
    the list of half a million is still being written.
    """
    check(by, Permission.STOP_CAMPAIGN)
    _stop(campaign, by, now)
    with transaction.atomic():
        _alone_with(campaign)
        if campaign.corrections.exists():
            raise WrongState(campaign.state)
        correction = _to_all_reached(campaign, by, now)
    campaign.refresh_from_db()
    if correction is None:
        raise NobodyToTell
    live.publish(correction.pk, now)
    live.publish(campaign.pk, now)  # nobody can withdraw it again: open pages no longer offer to
    return correction


def told(turn: Turn) -> Reply | None:
    """What a correction's call says, the moment it is picked up; None for every other call.

    In the service's own words: those of an officer have no clip in the languages that are spoken by clips.
    """
    if not turn.begins or turn.message.channel != Channel.VOICE:
        return None
    campaign = Campaign.objects.filter(
        corrects__isnull=False, recipients__attempts__message__token=UUID(turn.line)
    ).first()
    if campaign is None:
        return None
    # Translators: spoken, by a call that withdraws an earlier call made in error. At most 12 seconds.
    text = pgettext(
        "voice",
        "This is a correction. Our earlier call was an error. Please ignore it. You need not do anything.",
    )
    return Reply(as_drill(text) if campaign.drill else text, ends=True, always=True)


@transaction.atomic
def _stop(campaign: Campaign, by: Officer, now: datetime) -> None:
    """End the sending, if it goes on. From the commit on nobody else is asked, so `reached` is known."""
    locked = Campaign.objects.select_for_update().get(pk=campaign.pk)
    if locked.launched_at is None or locked.corrects_id or locked.corrections.exists():
        raise WrongState(locked.state)
    if locked.ended_at is None:
        move(locked, Move.STOP, by=by, now=now, ended_at=now)
    transaction.on_commit(lambda: queues.put(queues.URGENT, recall.JOB, locked.pk))


def _alone_with(campaign: Campaign) -> None:
    """Of two officers who withdraw it at once the second waits, and finds it withdrawn.

    Not by its row: who gives back what a stop has held looks at that.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"correction:{campaign.pk}"])


def _to_all_reached(campaign: Campaign, by: Officer, now: datetime) -> Campaign | None:
    """The correction, on its way to everybody who got the campaign, or may have; None when nobody did."""
    correction = _correction_of(campaign, by, now)
    if not freeze_again(correction, reached(campaign)):
        correction.delete()
        return None
    audit.record("campaign.corrected", by=by, subject=campaign, now=now)
    batches.wake_after_commit(now)
    return correction


def _own(campaign: Campaign, tag: str, time: str) -> str:
    written: str = campaign.correction.get(tag, "")
    return written.replace(TIME, time)


def _correction_of(campaign: Campaign, by: Officer, now: datetime) -> Campaign:
    correction = Campaign.objects.create(
        title=campaign.title,
        kind=Campaign.Kind.ALERT,
        state=Campaign.State.RUNNING,
        drill=campaign.drill,
        urgency=Campaign.Urgency.LIFE_SAVING,  # an error out there frightens people until it is withdrawn
        audience=campaign.audience,
        author=by,
        created_at=now,
        submitter=by,
        submitted_at=now,
        launched_at=now,
        corrects=campaign,
    )
    CampaignText.objects.bulk_create(
        CampaignText(campaign=correction, language=tag, text=text) for tag, text in texts(campaign).items()
    )
    return correction
