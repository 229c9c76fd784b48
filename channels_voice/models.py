"""Calls: each line that was opened, what was said at each of its steps, and the voices that were recorded."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import ClassVar
from uuid import uuid4

from django.db import connection, models
from django.db.models import Q

from core.models import UNREGISTERED_HOURS, ContactPoint, Message, Officer
from core.privacy.fields import EncryptedJson, EncryptedText
from core.privacy.retention import Retention
from telephony.messages import AnsweredBy, CallStatus

_UNREGISTERED = timedelta(hours=UNREGISTERED_HOURS)


class Call(models.Model):
    """One line between a phone and us. `token` names it in every address, together with the step."""

    class Purpose(models.TextChoices):
        """Who rang whom, and why."""

        INBOUND = "inbound"  # the person rang and was answered
        MISSED = "missed"  # the person rang a number of ours that is never answered: they are rung back
        CALL_BACK = "call-back"  # we ring back
        CHECK_IN = "check-in"  # a campaign's question
        OFFICER = "officer"  # an officer's own telephone is rung first, then connected (Bridge)

    contact = models.ForeignKey(ContactPoint, models.CASCADE, related_name="calls", db_constraint=False)
    token = models.UUIDField(unique=True)
    # NULL while the provider has not told its name for a call of ours.
    provider_sid = models.CharField(max_length=64, null=True, unique=True)
    sender = models.CharField(max_length=32)  # our number, on either direction
    purpose = models.CharField(max_length=10, choices=Purpose.choices)
    step = models.PositiveSmallIntegerField(default=0)  # the last one that was said
    resumed_from = models.ForeignKey("self", models.SET_NULL, null=True, related_name="+")
    status = models.CharField(max_length=12, choices=[(s.value, s.value) for s in CallStatus])
    rank = models.PositiveSmallIntegerField(default=0)  # CallStatus.rank, so one UPDATE can compare
    answered_by = models.CharField(
        max_length=8, choices=[(a.value, a.value) for a in AnsweredBy], blank=True, default=""
    )
    # Somebody looked at the telephone and declined: the network says so beside "busy" or "no answer".
    declined = models.BooleanField(default=False)
    error_code = models.PositiveIntegerField(null=True)
    created_at = models.DateTimeField()
    status_at = models.DateTimeField()
    # A request to place it may have been made: it is never placed a second time.
    placed_at = models.DateTimeField(null=True)
    # A clip was missing: the rest of this call is in the language that stands in.
    without_clips = models.BooleanField(default=False, db_default=False)
    # The campaign's message that this call delivers; its status follows the call's.
    message = models.OneToOneField(
        Message, models.SET_NULL, null=True, related_name="call", db_constraint=False
    )

    retention: ClassVar = Retention(
        after=f"{UNREGISTERED_HOURS} hours while unregistered, else with the person",
        due=lambda now: Q(contact__person__isnull=True, created_at__lte=now - _UNREGISTERED),
        leaves=lambda ids, now: _leave_calls(ids, now),  # noqa: PLW0108 - defined below
    )

    class Meta:
        indexes = [
            models.Index(fields=["contact", "-created_at"], name="call_latest"),
            models.Index(
                fields=["sender", "status_at"],
                name="call_on_the_line",
                condition=Q(status__in=["queued", "ringing", "in-progress"]),
            ),
        ]


class Bridge(models.Model):
    """An officer's telephone, rung to be connected with a person; without one, to confirm that it is theirs.

    The `call` is the person's end of it, placed once the officer has pressed a key; `caller` is that of a
    person who called and asked for an officer on duty. The officer's keys decide: nobody is connected with a
    machine.
    """

    class Outcome(models.TextChoices):
        """What came of it; empty while it goes on."""

        CONNECTED = "connected"
        BUSY = "busy"  # this and the next two: the person's phone
        NO_ANSWER = "no-answer"
        FAILED = "failed"
        NOT_PICKED_UP = "not-picked-up"  # this and the next: the officer's
        NOT_PRESSED = "not-pressed"
        NOT_RUNG = "not-rung"  # the officer's telephone could not be rung
        NO_LINE = "no-line"  # every line of ours was taken
        CONFIRMED = "confirmed"

    officer = models.ForeignKey(Officer, models.CASCADE, related_name="bridges")
    call = models.OneToOneField(Call, models.CASCADE, null=True, related_name="bridge")
    caller = models.ForeignKey(Call, models.CASCADE, null=True, related_name="rung_for")
    token = models.UUIDField(unique=True)
    provider_sid = models.CharField(max_length=64, null=True, unique=True)  # of the officer's end
    sender = models.CharField(max_length=32)  # our number that the officer sees
    number_index = models.BinaryField(max_length=32)  # of the officer's telephone when this was asked for
    # Digits that the officer's page shows and the telephone must key; empty: 1 connects.
    code = models.CharField(max_length=4, blank=True, default="")
    status = models.CharField(max_length=12, choices=[(s.value, s.value) for s in CallStatus])
    rank = models.PositiveSmallIntegerField(default=0)
    outcome = models.CharField(max_length=16, choices=Outcome.choices, blank=True, default="")
    error_code = models.PositiveIntegerField(null=True)
    created_at = models.DateTimeField()
    placed_at = models.DateTimeField(null=True)  # as with a call: rung once at most
    pressed_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    retention: ClassVar = Retention(
        after=f"with the call; one that only confirmed a telephone {UNREGISTERED_HOURS} hours",
        due=lambda now: Q(call=None, caller=None, created_at__lte=now - _UNREGISTERED),
        leaves=lambda ids, now: _leave("channels_voice_bridge", ids, now),
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["officer"], condition=Q(ended_at=None), name="one_bridge_an_officer"
            )
        ]
        indexes = [models.Index(fields=["officer", "-created_at"], name="bridge_latest")]


class CallStep(models.Model):
    """What was said at one step of a call, so that whoever asks for it again hears the same."""

    call = models.ForeignKey(Call, models.CASCADE, related_name="steps", db_index=False)
    number = models.PositiveSmallIntegerField()
    twiml = EncryptedText()
    asked = EncryptedJson(default=dict)  # channels_voice.asked.Asked.as_json()
    created_at = models.DateTimeField()

    retention: ClassVar = Retention(
        after=f"{UNREGISTERED_HOURS} hours", due=lambda now: Q(created_at__lte=now - _UNREGISTERED)
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["call", "number"], name="one_answer_a_step")]
        indexes = [models.Index(fields=["created_at"], name="step_age")]


class Recording(models.Model):
    """A voice that an officer listens to: fetched by a worker, then deleted at the provider."""

    call = models.ForeignKey(Call, models.CASCADE, related_name="recordings")
    message = models.OneToOneField(Message, models.CASCADE, related_name="recording", db_constraint=False)
    provider_sid = models.CharField(max_length=64, unique=True)
    seconds = models.PositiveIntegerField()
    sound = EncryptedText(blank=True, default="")  # WAV in base64
    created_at = models.DateTimeField()
    fetched_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)

    retention: ClassVar = Retention(
        after=f"{UNREGISTERED_HOURS} hours while unregistered, else with the person",
        due=lambda now: Q(call__contact__person__isnull=True, created_at__lte=now - _UNREGISTERED),
        leaves=lambda ids, now: _leave_recordings(ids, now),  # noqa: PLW0108 - defined below
    )

    class Meta:
        indexes = [
            models.Index(
                fields=["created_at"], name="recording_to_fetch", condition=Q(fetched_at__isnull=True)
            )
        ]


class Clip(models.Model):
    """A text of ours as a sound, in a language in which the provider has no voice.

    Only texts of the service stand here: its sentences and their parts, names of places, numbers, dates. What
    a person said or is called never does. A recording goes before the synthesised clip of the same text.
    """

    language = models.CharField(max_length=8)
    text = models.TextField()
    text_key = models.CharField(max_length=32)  # names language and text; a changed text is another one
    name = models.CharField(max_length=32, unique=True)  # names language, text, voice and sound
    sound = models.BinaryField()  # WAV
    milliseconds = models.PositiveIntegerField()
    recorded = models.BooleanField()  # by a person, not synthesised
    officer = models.ForeignKey(Officer, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["text_key", "recorded"], name="one_clip_a_voice")]
        indexes = [models.Index(fields=["language"], name="clip_language")]


class ClipLanguage(models.Model):
    """How a language fares that is spoken by clips; its row is locked by whoever changes its clips."""

    tag = models.CharField(max_length=8, primary_key=True)
    edition = models.UUIDField(default=uuid4)  # another one after every change of its clips
    ready = models.BooleanField(default=False)  # every sentence can be said


def _leave_calls(calls: Sequence[int], now: datetime) -> None:
    """Before calls are deleted: keep the ids under which the provider has them."""
    _leave("channels_voice_call", calls, now)


def _leave_recordings(recordings: Sequence[int], now: datetime) -> None:
    _leave("channels_voice_recording", recordings, now)


def _leave(table: str, ids: Sequence[int], now: datetime) -> None:
    statement = f"""
        INSERT INTO core_providercopy (provider_sid, since, reply, refusals)
        SELECT provider_sid, %s, '', 0 FROM {table}
         WHERE id = ANY(%s) AND provider_sid IS NOT NULL ON CONFLICT DO NOTHING
    """  # noqa: S608 - names of our own
    with connection.cursor() as cursor:
        cursor.execute(statement, [now, list(ids)])
