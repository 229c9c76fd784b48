"""What was changed of a draft, by whom: kept, and shown to who approves it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from campaigns import launch, versions
from campaigns.audience import Audience
from campaigns.models import Campaign
from campaigns.versions import Change
from core.officers import Role
from tests import make

pytestmark = pytest.mark.django_db

DRAFT = launch.Draft(
    "Quake", Campaign.Kind.CHECK_IN, Audience(("LY",)), {"en": "Are you safe?", "it": "Bene?"}
)


@pytest.fixture
def campaign() -> Campaign:
    return launch.create(DRAFT, by=make.officer(Role.AUTHOR), now=make.NOW)


def changed(campaign: Campaign, draft: launch.Draft, minutes: int = 1) -> str:
    officer = make.officer(Role.AUTHOR)
    launch.edit(campaign, draft, by=officer, now=make.NOW + timedelta(minutes=minutes))
    return officer.get_username()


def test_each_edit_keeps_who_when_and_both_states(campaign: Campaign) -> None:
    name = changed(campaign, replace(DRAFT, title="Quake Derna", texts={"en": "Safe?", "fr": "Ça va ?"}))
    (edit,) = versions.history(campaign)
    assert (edit.officer, edit.at) == (name, make.NOW + timedelta(minutes=1))
    assert set(edit.changes) == {
        Change("title", "Quake", "Quake Derna"),
        Change("text:en", "Are you safe?", "Safe?"),
        Change("text:it", "Bene?", ""),
        Change("text:fr", "", "Ça va ?"),
    }


def test_a_changed_audience_is_kept_as_the_rule_it_was_and_became(campaign: Campaign) -> None:
    changed(campaign, replace(DRAFT, audience=Audience(("LY", "TN"))))
    (change,) = versions.history(campaign)[0].changes
    assert isinstance(change.before, dict)
    assert isinstance(change.after, dict)
    assert (change.field, change.before["countries"], change.after["countries"]) == (
        "audience",
        ["LY"],
        ["LY", "TN"],
    )


def test_an_edit_that_changes_nothing_is_no_version(campaign: Campaign) -> None:
    changed(campaign, DRAFT)
    assert versions.history(campaign) == []


def test_the_approver_sees_what_differs_from_what_was_sent_back(campaign: Campaign) -> None:
    author, approver = make.officer(Role.AUTHOR), make.officer(Role.APPROVER)
    changed(campaign, replace(DRAFT, title="Quake Derna"))
    assert versions.since_sent_back(campaign) == []
    launch.submit(campaign, by=author, now=make.NOW + timedelta(minutes=2))
    launch.send_back(campaign, by=approver, reason="Say where.", now=make.NOW + timedelta(minutes=3))
    changed(campaign, replace(DRAFT, title="A", texts={"en": "Safe?", "it": "Bene?"}), minutes=4)
    changed(
        campaign, replace(DRAFT, title="Quake Derna", texts={"en": "Safe now?", "it": "Bene?"}), minutes=5
    )
    assert versions.since_sent_back(campaign) == [Change("text:en", "Are you safe?", "Safe now?")]


def test_every_column_that_an_author_writes_is_versioned() -> None:
    """Whatever a draft can hold is in the list, so that no change of it goes unseen."""
    held = set(launch.Draft.__dataclass_fields__) - {"texts", "correction"}
    assert held - {"audience"} <= set(versions.FIELDS)
    assert versions.AUDIENCE in versions.FIELDS
