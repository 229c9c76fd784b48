"""Mass outbound: a campaign, its words, whom it reaches, how each attempt fared, who needs a human."""

from datetime import timedelta
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import pgettext_lazy

from core.models import ContactPoint, Message, Officer, Person
from core.privacy.fields import EncryptedJson, EncryptedText
from core.privacy.retention import How, Retention
from telephony.messages import Channel

PLANNED = "planned"
"""A recipient whose turn has not come."""

SKIPPED = "skipped"
"""A recipient left out when the turn came: said STOP, deleted, or refused texts since the launch."""

OUT_OF_TIME = "out_of_time"
"""In Campaign.left_out: people who were to be recipients, and whose list was not made when its time ended."""

_LAST_MOMENT = timedelta(seconds=5)  # campaigns.expiry.SHORTEST: what is left then is not worth using

LIST_DAYS = 14
"""How long an officer's list of numbers is kept (days, as a crisis hold at most, P-7)."""

ALERT_DAYS = 90
"""How long an authority's alert is kept as it came (days): the longest that one is updated or withdrawn."""

CASE_DAYS = 30
"""How long distress texts are kept once their case is closed (days, P-16)."""


class Campaign(models.Model):
    """One question or piece of information for everyone whom an audience rule finds."""

    class Kind(models.TextChoices):
        """What the message wants."""

        CHECK_IN = "check-in", pgettext_lazy("console", "Check-in")
        ALERT = "alert", pgettext_lazy("console", "Alert")

    class Urgency(models.IntegerChoices):
        """Whose texts go first on a sender's line; the higher overtakes the lower within a second."""

        ROUTINE = 0, pgettext_lazy("console", "It can wait: everything else goes first")
        NORMAL = 1, pgettext_lazy("console", "Normal")
        LIFE_SAVING = 2, pgettext_lazy("console", "Lives depend on it: it overtakes every other campaign")

    class State(models.TextChoices):
        """Where the campaign stands; campaigns.launch holds the table of transitions."""

        DRAFT = "draft", pgettext_lazy("console", "Draft")
        SUBMITTED = "submitted", pgettext_lazy("console", "Waiting for approval")
        APPROVED = "approved", pgettext_lazy("console", "Approved")
        RUNNING = "running", pgettext_lazy("console", "Running")
        PAUSED = "paused", pgettext_lazy("console", "Paused")
        DONE = "done", pgettext_lazy("console", "Done")
        STOPPED = "stopped", pgettext_lazy("console", "Stopped")

    class FollowUp(models.TextChoices):
        """What a campaign made from an earlier one is to it."""

        UPDATE = "update", pgettext_lazy("console", "Update")
        ALL_CLEAR = "all-clear", pgettext_lazy("console", "All-clear")

    title = models.CharField(max_length=120)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    # An alert that asks for one digit in return: read. A check-in asks for an answer anyway.
    acknowledge = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    drill = models.BooleanField(default=False)
    urgency = models.PositiveSmallIntegerField(choices=Urgency.choices, default=Urgency.NORMAL)
    audience = models.JSONField()  # campaigns.audience.Audience.as_json()
    author = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    # Everyone who wrote or changed a word of it: none of them may approve it.
    writers = models.ManyToManyField(Officer, related_name="+")
    created_at = models.DateTimeField()
    submitter = models.ForeignKey(Officer, models.PROTECT, null=True, blank=True, related_name="+")
    submitted_at = models.DateTimeField(null=True, blank=True)
    approver = models.ForeignKey(Officer, models.PROTECT, null=True, blank=True, related_name="+")
    approved_at = models.DateTimeField(null=True, blank=True)
    returned_reason = models.CharField(max_length=500, blank=True, default="")
    launched_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    # Frozen at launch: why people the rule found are not recipients, {"opted_out": 3, ...}; the reasons
    # are campaigns.audience.LeftOut.
    left_out = models.JSONField(default=dict, blank=True)
    # campaigns.ladder.Ladder.as_json(): the author's own, if any; from the approval on the one to follow, and
    # none then means that nobody is asked twice.
    ladder = models.JSONField(default=list, blank=True)
    # campaigns.templates.Template that the texts began with; '' is none.
    template = models.CharField(max_length=16, blank=True, default="")
    # The author's own words for withdrawing it, {"en": "...", ...}; elsewhere the service's stand.
    correction = models.JSONField(default=dict, blank=True)
    # The campaign this one corrects, if it is a correction.
    corrects = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="corrections")
    # The campaign this one goes on from, and as what.
    follows = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="followers")
    follow_up = models.CharField(max_length=9, choices=FollowUp.choices, blank=True, default="")
    # An all-clear ended its question: it is put to nobody any more. An answer that is late still counts.
    closed_at = models.DateTimeField(null=True, blank=True)
    # How many it was for when an officer last agreed to a number: at the submission, then at the approval.
    counted = models.PositiveIntegerField(null=True, blank=True)
    # How many of our people there are in all, an officer's estimate, and where that figure is from.
    present = models.PositiveIntegerField(null=True, blank=True)
    present_source = models.CharField(max_length=200, blank=True, default="")
    # Nothing is sent or asked again after it: the author's choice, else set by the launch. NULL: no end.
    not_after = models.DateTimeField(null=True, blank=True)
    # When what the provider held of it had been called back, after a stop.
    recalled_at = models.DateTimeField(null=True, blank=True)

    @property
    def expired(self) -> bool:
        """Whether it was stopped by its time, not by somebody."""
        if self.state != self.State.STOPPED or self.ended_at is None or self.not_after is None:
            return False
        return self.ended_at > self.not_after - _LAST_MOMENT


class Collecting(models.Model):
    """A launched campaign whose recipients are still being written, newest registrations first.

    The row goes with the last of them. A campaign that is over is not collected for any more.
    """

    campaign = models.OneToOneField(Campaign, models.CASCADE, primary_key=True, related_name="collecting")
    # What is to come: people with an id below, then phones without a person (campaigns.selection.Part).
    below = models.BigIntegerField()
    # Recipients counted at the launch, and those written so far.
    expected = models.PositiveIntegerField()
    written = models.PositiveIntegerField()
    left_out = models.JSONField()  # as in Campaign, of those looked at so far


class CampaignText(models.Model):
    """The campaign's words in one language."""

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="texts")
    language = models.CharField(max_length=8)
    text = models.TextField(max_length=1600)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["campaign", "language"], name="one_text_a_language")]


class CampaignEdit(models.Model):
    """What one officer changed of a draft in one go, both as it was and as it became.

    `changes` is [{"field": "title", "before": ..., "after": ...}, ...], the fields those of
    campaigns.versions; words and rules that officers wrote, nothing of the people they are for.
    """

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="edits")
    officer = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    changes = models.JSONField()


class NumberList(models.Model):
    """Numbers that an officer brought, of people who agreed to be contacted. An audience names its key."""

    title = models.CharField(max_length=120)
    officer = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField()
    delete_at = models.DateTimeField()
    # Lines of the file whose people said no, or were not asked: counted, and not kept.
    refused = models.PositiveIntegerField(default=0)
    unconfirmed = models.PositiveIntegerField(default=0)

    retention: ClassVar = Retention(
        after=f"{LIST_DAYS} days after it was brought", due=lambda now: Q(delete_at__lte=now)
    )

    class Meta:
        indexes = [models.Index(fields=["delete_at"], name="number_list_deletion")]

    @property
    def left_aside(self) -> int:
        """Lines of the file that were not kept."""
        return self.refused + self.unconfirmed


class ListedNumber(models.Model):
    """A phone on a list: the number itself stands with the phone, encrypted."""

    numbers = models.ForeignKey(NumberList, models.CASCADE, related_name="entries", db_index=False)
    contact = models.ForeignKey(ContactPoint, models.CASCADE, related_name="listed", db_constraint=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["numbers", "contact"], name="listed_once")]


class Batch(models.Model):
    """A share of a campaign that one worker sends in one go through one sender, held by a lease.

    A claimed batch whose lease has run out holds rows nobody is sure of: who takes it over asks the provider
    about them before anything is sent again.
    """

    class State(models.TextChoices):
        """Who has it."""

        READY = "ready"
        CLAIMED = "claimed"
        DONE = "done"

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="batches")
    sender = models.CharField(max_length=32)
    # The campaign's, so that a line's next batch is found in one index.
    urgency = models.PositiveSmallIntegerField(default=Campaign.Urgency.NORMAL)
    # The rung of the campaign's ladder that this batch climbs, and how.
    step = models.PositiveSmallIntegerField(default=1)
    channel = models.CharField(
        max_length=8, choices=[(c.value, c.value) for c in Channel], default=Channel.SMS.value
    )
    # From 0 within campaign and sender: the order of sending. Among the most urgent the lowest goes first
    # whatever its campaign, so campaigns take turns. What is split off to wait keeps its number.
    number = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=8, choices=State.choices, default=State.READY)
    claim = models.UUIDField(null=True, blank=True)  # names the worker's claim; compared before each write
    leased_until = models.DateTimeField(null=True, blank=True)
    # A batch that was put back is not touched before this moment; NULL: at once.
    waits_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["sender", "channel", "-urgency", "number", "campaign"],
                name="batch_to_send",
                condition=Q(state="ready"),
            ),
            models.Index(fields=["leased_until"], name="batch_in_doubt", condition=Q(state="claimed")),
        ]


class Recipient(models.Model):
    """One phone in a launched campaign: a snapshot row with its delivery and its answer."""

    class Answer(models.TextChoices):
        """What the person said."""

        SAFE = "safe", pgettext_lazy("console", "Safe")
        NEEDS_HELP = "needs_help", pgettext_lazy("console", "Needs help")
        NOT_THERE = "not_there", pgettext_lazy("console", "Not there")
        UNCLEAR = "unclear", pgettext_lazy("console", "Unclear")
        # To an alert that asked for it; says nothing of how the person is.
        ACKNOWLEDGED = "acknowledged", pgettext_lazy("console", "Has read it")

    # Batch and campaign are written in the transaction of their recipients and never deleted alone: for the
    # database to look each of them up again would take longer than the writing of a million rows.
    campaign = models.ForeignKey(
        Campaign, models.CASCADE, related_name="recipients", db_index=False, db_constraint=False
    )
    batch = models.ForeignKey(Batch, models.CASCADE, related_name="recipients", db_constraint=False)
    # NULL once the person is forgotten: the row stays for the count. A trigger on the phones' table empties
    # it and the freeze looks again before it commits: together they are the foreign key (docs/adr/0030).
    contact = models.ForeignKey(
        ContactPoint,
        models.SET_NULL,
        null=True,
        related_name="recipients",
        db_index=False,
        db_constraint=False,
    )
    language = models.CharField(max_length=8)
    # "planned", then the DeliveryStatus of the attempt that got furthest; "skipped": no longer wanted or
    # reachable when the turn came (said STOP, deleted).
    delivery = models.CharField(max_length=12, default=PLANNED)
    # 10 x the step of that attempt + the rank of its status: one number that only rises, so that late news
    # never overwrites later news. 0 while planned.
    progress = models.PositiveSmallIntegerField(default=0)
    # The last rung that was taken or passed over: 0 before the first. Below its batch's step: waits in it.
    step = models.PositiveSmallIntegerField(default=0)
    # When the next rung is due; NULL: none is, or it waits in a batch already.
    due_at = models.DateTimeField(null=True, blank=True)
    asked_at = models.DateTimeField(null=True, blank=True)
    answer = models.CharField(max_length=12, choices=Answer.choices, blank=True, default="")
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        # The order of the unique columns lets a reply find its question by the phone.
        constraints = [models.UniqueConstraint(fields=["contact", "campaign"], name="one_recipient_a_phone")]
        indexes = [
            # No column that a message's news change is in an index: each of them would be written anew with
            # every piece of news. The tally is kept beside the rows (TallyPart).
            models.Index(fields=["campaign"], name="recipient_campaign"),
            models.Index(
                fields=["campaign", "due_at"], name="recipient_due", condition=Q(due_at__isnull=False)
            ),
            # What the board shows of the answers; nothing is written to it before somebody answers.
            models.Index(
                fields=["campaign", "answered_at"],
                include=["answer"],
                name="recipient_answered",
                condition=Q(answered_at__isnull=False),
            ),
        ]


class TallyPart(models.Model):
    """So many recipients alike, more (or fewer, below zero) than the campaign's other parts say: a summand.

    Triggers write a part with every statement that makes, changes or deletes recipients, so that the sum is
    exact in every transaction (docs/adr/0033); `campaigns.tally` sums parts up and folds them together.
    """

    # No constraint: a part comes with its recipients, in their transaction, and goes with the campaign.
    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="parts", db_constraint=False)
    language = models.CharField(max_length=8)
    delivery = models.CharField(max_length=12)
    answer = models.CharField(max_length=12)
    # Of those who got it, or may have, and whose phone we still hold: whom a correction can tell.
    asked = models.BooleanField()
    # Something is still to be sent to them: the message, or the next rung of the ladder.
    waits = models.BooleanField()
    people = models.IntegerField()


class Attempt(models.Model):
    """One try at one recipient: unique by step and channel, so nobody is sent the same step twice."""

    recipient = models.ForeignKey(Recipient, models.CASCADE, related_name="attempts", db_index=False)
    step = models.PositiveSmallIntegerField(default=1)
    channel = models.CharField(max_length=8, choices=[(c.value, c.value) for c in Channel])
    message = models.OneToOneField(Message, models.SET_NULL, null=True, related_name="attempt")
    refusals = models.PositiveSmallIntegerField(default=0)  # certain refusals that may be tried again

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["recipient", "step", "channel"], name="one_attempt_a_step")
        ]


class Case(models.Model):
    """A person for whom a human must act. Exists the moment help is asked for, whatever happens next."""

    class State(models.TextChoices):
        """Who has it."""

        OPEN = "open", pgettext_lazy("console", "Waiting")
        CLAIMED = "claimed", pgettext_lazy("console", "Being handled")
        CLOSED = "closed", pgettext_lazy("console", "Closed")

    class Reason(models.TextChoices):
        """Why it was opened."""

        NEEDS_HELP = "needs_help", pgettext_lazy("console", "Asked for help")
        UNCLEAR = "unclear", pgettext_lazy("console", "Answer nobody could read")
        SILENT = "silent", pgettext_lazy("console", "Silent")  # every rung of the ladder in vain
        # The person named somebody for an emergency, and that one wrote: it is never the person's own answer.
        CONTACT = "contact", pgettext_lazy("console", "Word from their emergency contact")

    campaign = models.ForeignKey(Campaign, models.SET_NULL, null=True, blank=True, related_name="cases")
    person = models.ForeignKey(
        Person, models.SET_NULL, null=True, blank=True, related_name="cases", db_constraint=False
    )
    contact = models.ForeignKey(
        ContactPoint, models.SET_NULL, null=True, blank=True, related_name="cases", db_constraint=False
    )
    reason = models.CharField(max_length=10, choices=Reason.choices)
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    words = EncryptedText(blank=True, default="")  # distress text: special category, this table only (P-16)
    # What somebody on the line was asked: {"kind": "injured"|"trapped"|"supplies"|"other", "people": 3}.
    details = EncryptedJson(default=dict, blank=True)
    opened_at = models.DateTimeField()
    claimed_by = models.ForeignKey(Officer, models.PROTECT, null=True, blank=True, related_name="+")
    claimed_at = models.DateTimeField(null=True, blank=True)
    # The person has since said SAFE; the case stays open until an officer has made sure.
    said_safe_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    outcome = EncryptedText(blank=True, default="")

    retention: ClassVar = Retention(
        after=f"{CASE_DAYS} days after it is closed: the words go, the count stays",
        due=lambda now: Q(closed_at__lte=now - timedelta(days=CASE_DAYS)),
        how=How.ERASE,
        erase=("words", "details", "outcome"),
    )

    class Meta:
        indexes = [
            models.Index(fields=["state", "opened_at"], name="case_queue"),
            # Help requests nobody has taken: every page counts them, by campaign.
            models.Index(
                fields=["campaign"], name="case_waiting", condition=Q(state="open") & ~Q(reason="silent")
            ),
            # Of closed cases the count stays for good: the list of the latest must not sort them all.
            models.Index(fields=["-closed_at", "-id"], name="case_closed", condition=Q(state="closed")),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["contact"], condition=~Q(state="closed"), name="one_open_case_a_phone"
            )
        ]


class OfficialAlert(models.Model):
    """An alert of an authority (CAP 1.2) as it came, and the draft that was made of it.

    Sender, identifier and moment are its one name: the same alert is kept once, whoever brings it.
    """

    sender = models.CharField(max_length=250)
    identifier = models.CharField(max_length=250)
    sent = models.DateTimeField()
    raw = models.BinaryField()
    signature = models.CharField(max_length=12)  # campaigns.cap.alert.Signature
    source = models.CharField(
        max_length=500, blank=True, default=""
    )  # a feed's address; '': an officer's file
    officer = models.ForeignKey(Officer, models.PROTECT, null=True, blank=True, related_name="+")
    received_at = models.DateTimeField()
    delete_at = models.DateTimeField()
    campaign = models.OneToOneField(
        Campaign, models.SET_NULL, null=True, blank=True, related_name="official_alert"
    )

    retention: ClassVar = Retention(
        after=f"{ALERT_DAYS} days after it came", due=lambda now: Q(delete_at__lte=now)
    )

    class Meta:
        indexes = [models.Index(fields=["delete_at"], name="official_alert_deletion")]
        constraints = [
            models.UniqueConstraint(fields=["sender", "identifier", "sent"], name="one_name_an_alert")
        ]


class AlertFeed(models.Model):
    """How the reading of a watched feed goes. Which are watched says the setting CAP_FEEDS."""

    url = models.CharField(max_length=500, unique=True)
    # What the server calls the version that we read last, for asking whether there is a newer one.
    etag = models.CharField(max_length=200, blank=True, default="")
    modified = models.CharField(max_length=100, blank=True, default="")
    read_at = models.DateTimeField(null=True, blank=True)  # the last time it could be read
    failures = models.PositiveIntegerField(default=0)  # in a row since then
    problem = models.CharField(max_length=20, blank=True, default="")  # campaigns.cap.fetching.Problem
    # Keys of the entries that stand in the feed now and were looked at, and how many were no use. Behind a
    # "?": of one that could not be reached the last time.
    seen = models.JSONField(default=list, blank=True)
    unusable = models.PositiveIntegerField(default=0)


class Inquiry(models.Model):
    """What somebody's emergency contact is asked about them: once for each person and campaign.

    It waits until `due_at`, so that nobody is woken; the text itself is a Message of the contact's phone.
    """

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="inquiries")
    person = models.ForeignKey(Person, models.CASCADE, related_name="inquiries", db_constraint=False)
    due_at = models.DateTimeField(null=True)  # NULL: asked, or not to be asked any more
    asked_at = models.DateTimeField(null=True)
    # The contact's phone, while we hold it, and the text that it got.
    contact = models.ForeignKey(
        ContactPoint, models.SET_NULL, null=True, related_name="inquiries", db_constraint=False
    )
    message = models.OneToOneField(
        Message, models.SET_NULL, null=True, related_name="inquiry", db_constraint=False
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["campaign", "person"], name="one_inquiry_a_person")]
        indexes = [
            models.Index(fields=["due_at"], name="inquiry_due", condition=Q(due_at__isnull=False)),
        ]
