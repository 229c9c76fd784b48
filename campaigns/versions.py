"""What was changed of a draft, by whom and when: each edit beside what stood there before."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import QuerySet

from campaigns.audience import Audience
from campaigns.models import Campaign, CampaignEdit
from campaigns.states import Move
from core.models import AuditEvent, Officer

Value = str | int | bool | None | Mapping[str, object] | Sequence[object]
Snapshot = Mapping[str, Value]

TEXT: Final = "text:"
"""How the field of a text begins; its language tag follows."""

CORRECTION: Final = "correction:"
"""How the field of a correction begins; its language tag follows."""

AUDIENCE: Final = "audience"
NOT_AFTER: Final = "not_after"

# Every column that an author writes. Whoever adds one adds it here, and to the words of the console.
FIELDS: Final = (
    "title",
    "kind",
    "acknowledge",
    "drill",
    "urgency",
    "template",
    AUDIENCE,
    "present",
    "present_source",
    NOT_AFTER,
    "ladder",
)


@dataclass(frozen=True, slots=True)
class Change:
    """One field as it was and as it became; an absent text is ''."""

    field: str
    before: Value
    after: Value


@dataclass(frozen=True, slots=True)
class Edit:
    """All that one officer changed in one go."""

    officer: str
    at: datetime
    changes: Sequence[Change]


def mark(campaign: Campaign) -> str:
    """Names the campaign as it stands: another one after every edit, submission and approval."""
    edits = CampaignEdit.objects.filter(campaign=campaign).count()
    moments = (campaign.submitted_at, campaign.approved_at)
    return "-".join([str(edits), *(f"{one.timestamp():.6f}" if one else "" for one in moments)])


def snapshot(campaign: Campaign) -> Snapshot:
    """The draft as it stands: every column that its author writes, each text as "text:<language>"."""
    columns: dict[str, Value] = {name: getattr(campaign, name) for name in FIELDS}
    # In one form, whichever version stored it: the same rule written otherwise is no change.
    columns[AUDIENCE] = dict(Audience.from_json(campaign.audience).as_json())
    columns[NOT_AFTER] = campaign.not_after.isoformat() if campaign.not_after else ""
    written = campaign.texts.order_by("language").values_list("language", "text")
    corrections = {f"{CORRECTION}{language}": text for language, text in campaign.correction.items()}
    return columns | {f"{TEXT}{language}": text for language, text in written} | corrections


def keep(campaign: Campaign, before: Snapshot, *, by: Officer, now: datetime) -> int:
    """Note how the draft differs from what it was; returns in how many fields, 0 noting nothing."""
    after = snapshot(campaign)
    changes = [
        {"field": name, "before": before.get(name, ""), "after": after.get(name, "")}
        for name in dict.fromkeys([*before, *after])
        if before.get(name, "") != after.get(name, "")
    ]
    if changes:
        CampaignEdit.objects.create(campaign=campaign, officer=by, at=now, changes=changes)
    return len(changes)


def history(campaign: Campaign) -> Sequence[Edit]:
    """Every edit, the latest first."""
    return [_edit(row) for row in _rows(campaign).order_by("-at", "-pk")]


def since_sent_back(campaign: Campaign) -> Sequence[Change]:
    """What differs from when an approver sent it back last; nothing when none did, or nothing does."""
    returned = AuditEvent.objects.filter(
        subject=Campaign._meta.label_lower, subject_id=campaign.pk, verb=Move.SEND_BACK
    )
    last = returned.order_by("-at", "-pk").values_list("at", flat=True).first()
    if last is None:
        return []
    return _together(_edit(row) for row in _rows(campaign).filter(at__gte=last).order_by("at", "pk"))


def _rows(campaign: Campaign) -> QuerySet[CampaignEdit]:
    return CampaignEdit.objects.filter(campaign=campaign).select_related("officer")


def _edit(row: CampaignEdit) -> Edit:
    changes = [Change(one["field"], one["before"], one["after"]) for one in row.changes]
    return Edit(row.officer.get_username(), row.at, changes)


def _together(edits: Iterable[Edit]) -> Sequence[Change]:
    """Several edits as one: the first state of each field beside its last."""
    first: dict[str, Value] = {}
    last: dict[str, Value] = {}
    for edit in edits:
        for change in edit.changes:
            first.setdefault(change.field, change.before)
            last[change.field] = change.after
    return [Change(name, first[name], last[name]) for name in first if first[name] != last[name]]
