"""People, how to reach them, where they are, and every word exchanged. Personal columns are encrypted."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import ClassVar

from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.indexes import BrinIndex
from django.db import connection, models
from django.db.models import Q
from django.utils.translation import pgettext_lazy

from core.officers import PERMISSIONS, Permission, Role
from core.privacy.fields import EncryptedJson, EncryptedText
from core.privacy.retention import How, Retention
from telephony.messages import Channel, DeliveryStatus
from telephony.numbers import PhoneNumber

UNREGISTERED_HOURS = 48
"""How long anything is kept of somebody who has not agreed to be registered (hours)."""

_UNREGISTERED = timedelta(hours=UNREGISTERED_HOURS)


class Officer(AbstractUser):
    """A console account with exactly one role."""

    role = models.CharField(max_length=16, choices=[(role.value, role.value) for role in Role])
    language = models.CharField(max_length=8, blank=True, default="")
    must_change_password = models.BooleanField(default=True)

    def may(self, permission: Permission) -> bool:
        """Whether this officer's role holds that permission. Django's superuser flag changes nothing here."""
        return self.is_active and permission in PERMISSIONS[Role(self.role)]


class OfficerPhone(models.Model):
    """The telephone on which an officer is rung to be connected with a person; only once it is confirmed."""

    officer = models.OneToOneField(Officer, models.CASCADE, related_name="telephone")
    number = EncryptedText()
    confirmed_at = models.DateTimeField(null=True, blank=True)
    # Until then callers who ask for an officer are put through to it; NULL: they never were.
    on_duty_until = models.DateTimeField(null=True, blank=True)

    retention: ClassVar = Retention(
        after="until the officer takes it away or the account is switched off",
        due=lambda _now: Q(officer__is_active=False),
    )

    @property
    def phone(self) -> PhoneNumber:
        """The number, decrypted."""
        return PhoneNumber(self.number)


class Person(models.Model):
    """Somebody who agreed to be reachable. Holds as little as the purpose needs (P-1).

    What points to people, phones and messages is kept true by triggers, not by a constraint (docs/adr/0035):
    to look for each deleted row in each of those tables took three quarters of a purge.
    """

    name = EncryptedText(blank=True, default="")  # only if told to an officer; never asked for
    created_at = models.DateTimeField()

    retention: ClassVar = Retention(
        after="the last trip's deletion date, or at once on DELETE",
        due=lambda now: ~Q(trips__delete_at__gt=now),
        guard="contacts",
    )


class ContactPoint(models.Model):
    """One phone. Known from its first text; it belongs to a Person once consent is given."""

    person = models.ForeignKey(
        Person, models.CASCADE, null=True, blank=True, related_name="contacts", db_constraint=False
    )
    number_index = models.BinaryField(max_length=32, unique=True)
    number = EncryptedText()
    region = models.CharField(max_length=2, blank=True, default="")  # country of the number, picks the sender
    language = models.CharField(max_length=8)
    language_chosen = models.BooleanField(default=False)  # asked for by the person, so never guessed again
    last_seen_at = models.DateTimeField()
    # A permanent refusal on one channel: the next channel is tried, this one is not tried again.
    sms_refused = models.PositiveIntegerField(null=True, blank=True)
    voice_refused = models.PositiveIntegerField(null=True, blank=True)
    # An officer's list, whose numbers agreed to be contacted, keeps the phone until then.
    kept_until = models.DateTimeField(null=True, blank=True)

    retention: ClassVar = Retention(
        after=(
            f"{UNREGISTERED_HOURS} hours after the last message while unregistered and on no officer's list, "
            "else with the person or the list"
        ),
        due=lambda now: (
            Q(person__isnull=True, last_seen_at__lte=now - _UNREGISTERED)
            & (Q(kept_until__isnull=True) | Q(kept_until__lte=now))
        ),
    )

    class Meta:
        indexes = [
            models.Index(
                fields=["last_seen_at"], name="contact_unregistered", condition=Q(person__isnull=True)
            )
        ]

    @property
    def phone(self) -> PhoneNumber:
        """The number, decrypted."""
        return PhoneNumber(self.number)


class OptOut(models.Model):
    """A number that said STOP: a keyed hash and nothing else, so it outlives every deletion (P-8, P-9)."""

    number_index = models.BinaryField(max_length=32, primary_key=True)
    since = models.DateTimeField()
    # "person": by a word of ours; "provider": discovered by the provider's refusal
    source = models.CharField(max_length=8, choices=[("person", "person"), ("provider", "provider")])


class Consent(models.Model):
    """What a person agreed to, in which words, when and how (P-3)."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="consents", db_constraint=False)
    text_version = models.CharField(max_length=16)
    language = models.CharField(max_length=8)
    channel = models.CharField(max_length=8, choices=[(c.value, c.value) for c in Channel])
    given_at = models.DateTimeField()
    how = models.CharField(max_length=16)  # the key or word: "1"

    retention: ClassVar = Retention(after="with the person", due=lambda _now: Q(pk__isnull=True))


class Trip(models.Model):
    """Where a person is and until when. Deleted two days after its end, in the destination's time zone.

    The table has columns more, which triggers keep and nothing else may write (core.reach): what the person's
    phone is to a campaign.
    """

    person = models.ForeignKey(Person, models.CASCADE, related_name="trips", db_constraint=False)
    country = models.CharField(max_length=2)
    city = models.CharField(max_length=80, blank=True, default="")  # the gazetteer's English name
    start = models.DateField()
    end = models.DateField()
    party = models.PositiveSmallIntegerField(default=1)  # travellers, the person included
    # The person does not know when the stay ends: `end` is then the day to which it is kept.
    open_ended = models.BooleanField(default=False)
    # The `end` about which the person was last asked; they are asked once for each.
    noticed_for = models.DateField(null=True, blank=True)
    created_at = models.DateTimeField()
    delete_at = models.DateTimeField()

    retention: ClassVar = Retention(
        after="TRIP_GRACE_DAYS after its end, midnight at the destination",
        due=lambda now: Q(delete_at__lte=now),
    )

    class Meta:
        indexes = [
            models.Index(fields=["country", "start", "end"], name="trip_audience"),
            models.Index(fields=["delete_at"], name="trip_deletion"),
            models.Index(fields=["end"], name="trip_notice"),
        ]


class EmergencyContact(models.Model):
    """The one number a person named for an emergency. Not used before it was told, gone when it refuses."""

    person = models.OneToOneField(
        Person, models.CASCADE, related_name="emergency_contact", db_constraint=False
    )
    number_index = models.BinaryField(max_length=32, db_index=True)
    number = EncryptedText(blank=True, default="")
    asked_as = EncryptedText(
        blank=True, default=""
    )  # the name the person agreed to be introduced by, and nothing else of them
    language = models.CharField(max_length=8)
    created_at = models.DateTimeField()
    notice = models.ForeignKey(
        "Message", models.SET_NULL, null=True, blank=True, related_name="+", db_constraint=False
    )
    noticed_at = models.DateTimeField(null=True, blank=True)  # when that text was written
    told_at = models.DateTimeField(null=True, blank=True)  # when it is known to have arrived
    # The number said no: it is emptied at once, and the row stays until the person was told.
    refused_at = models.DateTimeField(null=True, blank=True)

    retention: ClassVar = Retention(
        after="with the person, or at once when the number refuses", due=lambda _now: Q(pk__isnull=True)
    )


class ContactRefusal(models.Model):
    """A number that does not want to be anybody's emergency contact: a keyed hash and nothing else."""

    number_index = models.BinaryField(max_length=32, primary_key=True)
    since = models.DateTimeField()


class ContactNaming(models.Model):
    """That a number was named, for a day: so that nobody can have strangers texted at will."""

    number_index = models.BinaryField(max_length=32)
    day = models.DateField()
    person = models.ForeignKey(
        Person, models.SET_NULL, null=True, related_name="namings", db_constraint=False
    )

    retention: ClassVar = Retention(
        after="the day after", due=lambda now: Q(day__lt=now.date() - timedelta(days=1))
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["number_index", "day"], name="named_once_a_day"),
        ]


class PhoneCode(models.Model):
    """A code that makes the phone it is texted from another phone of a person. One is open at a time."""

    person = models.OneToOneField(Person, models.CASCADE, related_name="phone_code", db_constraint=False)
    asked_from = models.ForeignKey(ContactPoint, models.CASCADE, related_name="+", db_constraint=False)
    code_index = models.BinaryField(max_length=32, unique=True)  # a keyed hash: the code is shown once
    expires_at = models.DateTimeField()
    # The phone that sent it; the row stays until the first phone was told.
    joined = models.ForeignKey(
        ContactPoint, models.CASCADE, null=True, blank=True, related_name="+", db_constraint=False
    )

    retention: ClassVar = Retention(
        after="when it expires, an hour after it was made",
        due=lambda now: Q(expires_at__lte=now),
    )


class SharedPhone(models.Model):
    """The mark of a phone that other people use too: nothing private is said there before its PIN."""

    contact = models.OneToOneField(ContactPoint, models.CASCADE, related_name="shared", db_constraint=False)
    pin = models.CharField(max_length=160)  # slow, salted and keyed (core.pins): the PIN itself is nowhere
    opened_on = models.CharField(max_length=64, blank=True, default="")  # the line on which it was given
    # Wrong guesses: on the latest line, and since a moment within the hour.
    guessed_on = models.CharField(max_length=64, blank=True, default="")
    line_guesses = models.PositiveSmallIntegerField(default=0)
    guesses_counted_from = models.DateTimeField(null=True, blank=True)
    hour_guesses = models.PositiveSmallIntegerField(default=0)

    retention: ClassVar = Retention(
        after="with the person, or at once when the person or an officer takes the mark away",
        due=lambda _now: Q(contact__person__isnull=True),
    )


class Conversation(models.Model):
    """Where a phone stands in its exchange with us: which dialogue, which step, what was said so far."""

    contact = models.OneToOneField(
        ContactPoint, models.CASCADE, related_name="conversation", db_constraint=False
    )
    dialogue = models.CharField(max_length=32, blank=True, default="")
    step = models.CharField(max_length=32, blank=True, default="")
    data = EncryptedJson(default=dict, blank=True)
    misses = models.PositiveSmallIntegerField(default=0)  # answers in a row that were not understood
    asked_at = models.DateTimeField(null=True, blank=True)  # when the open question was put
    expires_at = models.DateTimeField(null=True, blank=True)
    replies_counted_from = models.DateTimeField(null=True, blank=True)
    replies_in_hour = models.PositiveSmallIntegerField(default=0)

    retention: ClassVar = Retention(
        after="when it expires; an unfinished registration within 48 hours",
        due=lambda now: Q(expires_at__lte=now),
        how=How.ERASE,
        erase=("dialogue", "step", "data"),
    )


class Message(models.Model):
    """One thing said by either side. The provider's sid is unique, so nothing is taken in twice."""

    class Direction(models.TextChoices):
        """Who spoke."""

        IN = "in", pgettext_lazy("console", "from the person")
        OUT = "out", pgettext_lazy("console", "from us")

    # Found by `message_thread`, whose first column it is.
    contact = models.ForeignKey(ContactPoint, models.CASCADE, related_name="messages", db_index=False)
    direction = models.CharField(max_length=3, choices=Direction.choices)
    channel = models.CharField(max_length=8, choices=[(c.value, c.value) for c in Channel])
    sender = models.CharField(max_length=32)  # our number or id, on either direction
    # Empty for campaign messages: their words are the campaign's text, not personal.
    body = EncryptedText(blank=True, default="")
    created_at = models.DateTimeField()
    # Unique by a constraint of its own: a unique column brings a second index, for prefixes nobody asks for,
    # to which each of a million messages is added twice.
    provider_sid = models.CharField(max_length=64, null=True, blank=True)
    token = models.UUIDField(null=True, blank=True, unique=True)  # names the message in its callback URL
    answers = models.OneToOneField(
        "self", models.CASCADE, null=True, blank=True, related_name="reply"
    )  # the inbound text this reply was given to
    status = models.CharField(
        max_length=12, choices=[(s.value, s.value) for s in DeliveryStatus], blank=True, default=""
    )
    rank = models.PositiveSmallIntegerField(default=0)  # DeliveryStatus.rank, so one UPDATE can compare
    error_code = models.PositiveIntegerField(null=True, blank=True)
    segments = models.PositiveSmallIntegerField(default=0)
    status_at = models.DateTimeField(null=True, blank=True)
    # The numbered answers a reply offered, {"1": "label"}: a repeated text gets the same reply again.
    choices = EncryptedJson(default=dict, blank=True)
    # Nobody could read it; waits in the officers' inbox until somebody has.
    unclear = models.BooleanField(default=False)

    retention: ClassVar = Retention(
        after=f"{UNREGISTERED_HOURS} hours while unregistered, else with the person",
        due=lambda now: Q(contact__person__isnull=True, created_at__lte=now - _UNREGISTERED),
        leaves=lambda ids, now: _leave_provider_copies(ids, now),  # noqa: PLW0108 - defined below
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["provider_sid"], name="one_message_a_sid")]
        indexes = [
            models.Index(fields=["contact", "created_at"], name="message_thread"),
            models.Index(fields=["created_at"], name="message_inbox", condition=Q(unclear=True)),
            models.Index(
                fields=["status_at"],
                name="message_unsettled",
                condition=Q(status__in=["queued", "sending", "sent"]),
            ),
            # What was sent in the last minutes, without a tree that every one of a million inserts pays for.
            BrinIndex(fields=["created_at"], name="message_age", pages_per_range=32, autosummarize=True),
        ]


class InboxClaim(models.Model):
    """An officer who answers what a phone wrote and nobody could read: one at a time."""

    contact = models.OneToOneField(
        ContactPoint, models.CASCADE, related_name="inbox_claim", db_constraint=False
    )
    officer = models.ForeignKey(Officer, models.CASCADE, related_name="+")
    at = models.DateTimeField()


class ProviderCopy(models.Model):
    """A deleted message that the provider still holds: ids only, so that its copy can be deleted too (P-23).

    Kept for a while after that, so that a redelivered text of somebody deleted is known for a repeat.
    """

    provider_sid = models.CharField(max_length=64, null=True, unique=True)  # NULL until a callback tells it
    token = models.UUIDField(null=True, unique=True)  # ours, of a reply whose sid we have not learnt
    since = models.DateTimeField()
    reply = models.CharField(max_length=500, blank=True, default="")  # the words that confirmed a DELETE
    erased_at = models.DateTimeField(null=True)
    refusals = models.PositiveSmallIntegerField(default=0)
    error_code = models.PositiveIntegerField(null=True)

    retention: ClassVar = Retention(
        after=f"{UNREGISTERED_HOURS} hours after the provider deleted its copy, or never told its id",
        due=lambda now: (
            Q(erased_at__lte=now - _UNREGISTERED)
            | Q(provider_sid__isnull=True, since__lte=now - _UNREGISTERED)
        ),
    )

    class Meta:
        indexes = [
            models.Index(
                fields=["since"],
                name="provider_copy_pending",
                condition=Q(erased_at__isnull=True, provider_sid__isnull=False),
            )
        ]


def _leave_provider_copies(messages: Sequence[int], now: datetime) -> None:
    """Before messages are deleted: keep the ids under which the provider has them, all in one statement."""
    # A reply's own sid is unknown until its callback; once it is there the token is of no more use.
    statement = (
        "INSERT INTO core_providercopy (provider_sid, token, since, reply, refusals) "
        "SELECT provider_sid, CASE WHEN provider_sid IS NULL THEN token END, %s, '', 0 FROM core_message "
        # What was said on a call has no copy of its own there: the call itself has (channels_voice.models).
        "WHERE id = ANY(%s) AND channel = 'sms' AND (provider_sid IS NOT NULL OR token IS NOT NULL) "
        "ON CONFLICT DO NOTHING"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [now, list(messages)])


class Breaker(models.Model):
    """Open once the provider refuses our account: nothing is sent. One row, named "account"."""

    name = models.CharField(max_length=8, primary_key=True)
    code = models.PositiveIntegerField()  # what the provider said
    opened_at = models.DateTimeField(null=True, blank=True)  # NULL: closed, all is well
    closed_at = models.DateTimeField(null=True, blank=True)
    probe_at = models.DateTimeField()  # when the provider is asked next; taken by compare-and-set
    tries = models.PositiveSmallIntegerField(default=0)  # in vain, or openings in a row: each waits longer


class SenderHealth(models.Model):
    """How a sender of ours fares with phones of one country: counts of the last minutes and what follows.

    Everything in here can be made anew from the messages; telephony.health has the rules.
    """

    sender = models.CharField(max_length=32)
    channel = models.CharField(max_length=8, choices=[(c.value, c.value) for c in Channel])
    region = models.CharField(max_length=2, blank=True)  # as ContactPoint.region
    step = models.PositiveSmallIntegerField()  # telephony.health.WEIGHTS: 0 spared, the last one healthy
    since = models.DateTimeField()  # of that step; what was sent before says nothing about it
    relapses = models.PositiveSmallIntegerField(default=0)
    judged = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    slow = models.PositiveIntegerField(default=0)
    codes = models.JSONField(default=dict, blank=True)  # {"30007": 12}: what the provider said, how often
    counted_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["sender", "channel", "region"], name="one_health_a_way")
        ]


class AuditEvent(models.Model):
    """Who did what to which row, and why: ids and counts, never contents."""

    at = models.DateTimeField()
    officer = models.ForeignKey(Officer, models.PROTECT, null=True, blank=True, related_name="+")
    verb = models.CharField(max_length=40)
    subject = models.CharField(max_length=40, blank=True, default="")  # "campaigns.campaign"
    subject_id = models.BigIntegerField(null=True, blank=True)
    purpose = models.CharField(max_length=200, blank=True, default="")
    figures = models.JSONField(default=dict, blank=True)

    class Meta:
        indexes = [models.Index(fields=["subject", "subject_id", "at"], name="audit_trail")]
