"""Recipients and phones that come and go at the same moment: no row ever names a phone that is not there."""

from contextlib import ExitStack
from datetime import timedelta

import pytest
from django.db import connection, transaction

from campaigns import collecting, correction, freeze, launch
from campaigns.audience import Audience
from campaigns.models import Batch, Campaign, Recipient
from core import people
from core.models import ContactPoint
from core.officers import Role
from core.privacy import retention
from tests import make
from tests.elsewhere import elsewhere, until_somebody_waits

pytestmark = pytest.mark.django_db(transaction=True)

LATER = make.NOW + timedelta(seconds=5)


def launched(monkeypatch: pytest.MonkeyPatch) -> Campaign:
    """A check-in of whose audience two are written, and the rest is to come."""
    monkeypatch.setattr(collecting, "FIRST", 2)
    author = make.officer(Role.AUTHOR)
    draft = launch.Draft("Earthquake", Campaign.Kind.CHECK_IN, Audience(("LY",)), {"en": make.TEXT})
    campaign = launch.create(draft, by=author, now=make.NOW)
    launch.submit(campaign, by=author, now=make.NOW)
    launch.approve(campaign, by=make.officer(Role.APPROVER), now=make.NOW)
    launch.launch(campaign, by=make.officer(Role.APPROVER), now=make.NOW)
    return campaign


def forget(contact: ContactPoint) -> None:
    people.forget_phone(contact, LATER)


def orphans() -> int:
    rows = Recipient.objects.filter(contact__isnull=False)
    return rows.exclude(contact__in=ContactPoint.objects.values("pk")).count()


class TestDeletions:
    """A person goes while they are written down."""

    def test_whoever_went_after_they_were_chosen_is_no_recipient(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        there = [make.traveller() for _ in range(6)]
        campaign = launched(monkeypatch)
        insert = freeze._insert

        def gone_meanwhile(known: dict[str, int | list[str] | list[int]]) -> int:
            with elsewhere(lambda: forget(there[0])):
                pass
            return insert(known)

        monkeypatch.setattr(freeze, "_insert", gone_meanwhile)
        collecting.go_on(campaign.pk, LATER)
        phones = set(campaign.recipients.values_list("contact", flat=True))
        assert phones == {contact.pk for contact in there[1:]}

    def test_a_deletion_under_way_is_waited_for(self, monkeypatch: pytest.MonkeyPatch) -> None:
        there = [make.traveller() for _ in range(6)]
        campaign = launched(monkeypatch)
        with ExitStack() as ends, transaction.atomic():
            forget(there[0])
            writing = ends.enter_context(elsewhere(lambda: collecting.go_on(campaign.pk, LATER)))
            until_somebody_waits(writing)
        phones = set(campaign.recipients.values_list("contact", flat=True))
        assert phones == {contact.pk for contact in there[1:]}

    def test_a_deletion_that_comes_last_empties_what_was_just_written(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        there = [make.traveller() for _ in range(6)]
        campaign = launched(monkeypatch)
        with ExitStack() as ends, transaction.atomic():
            collecting.go_on(campaign.pk, LATER)
            deleting = ends.enter_context(elsewhere(lambda: forget(there[0])))
            until_somebody_waits(deleting)
        assert orphans() == 0
        phones = list(campaign.recipients.filter(contact__isnull=False).values_list("contact", flat=True))
        assert sorted(phones) == [contact.pk for contact in there[1:]]
        assert campaign.recipients.count() == 6

    def test_a_correction_names_nobody_who_went_meanwhile(self, monkeypatch: pytest.MonkeyPatch) -> None:
        there = [make.traveller() for _ in range(2)]
        campaign = launched(monkeypatch)
        campaign.recipients.update(delivery="delivered", progress=13, asked_at=make.NOW, step=1)
        insert = freeze._insert

        def gone_meanwhile(known: dict[str, int | list[str] | list[int]]) -> int:
            with elsewhere(lambda: forget(there[0])):
                pass
            return insert(known)

        monkeypatch.setattr(freeze, "_insert", gone_meanwhile)
        withdrawn = correction.correct(campaign, by=make.officer(Role.APPROVER), now=LATER)
        assert list(withdrawn.recipients.values_list("contact", flat=True)) == [there[1].pk]

    def test_a_phone_deleted_by_any_statement_leaves_its_row_without_it(self) -> None:
        contact = make.traveller()
        row = make.asked(contact)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("DELETE FROM core_trip WHERE person_id = %s", [contact.person_id])
            cursor.execute("DELETE FROM core_contactpoint WHERE id = %s", [contact.pk])
        row.refresh_from_db()
        assert row.contact_id is None

    def test_deletions_do_not_wait_for_each_other(self) -> None:
        first, second = make.traveller(), make.traveller()
        with transaction.atomic():
            forget(first)
            with elsewhere(lambda: forget(second)):
                pass
            assert not ContactPoint.objects.filter(pk=second.pk).exists()

    def test_a_purge_beside_the_writing_leaves_no_orphan(self, monkeypatch: pytest.MonkeyPatch) -> None:
        there = [make.traveller() for _ in range(6)]
        campaign = launched(monkeypatch)
        insert = freeze._insert

        def purged_meanwhile(known: dict[str, int | list[str] | list[int]]) -> int:
            with elsewhere(lambda: retention.purge(make.NOW + timedelta(days=60))):
                pass
            return insert(known)

        monkeypatch.setattr(freeze, "_insert", purged_meanwhile)
        collecting.go_on(campaign.pk, LATER)
        assert orphans() == 0
        assert campaign.recipients.count() == 2  # those of the click, for the count
        assert not ContactPoint.objects.filter(pk__in=[contact.pk for contact in there]).exists()


def test_who_became_a_recipient_by_a_call_while_the_part_was_written_stays_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    there = [make.traveller() for _ in range(6)]
    campaign = launched(monkeypatch)
    called = Batch.objects.create(campaign=campaign, sender=make.SENDER, state=Batch.State.DONE)

    def call() -> None:
        Recipient.objects.create(
            campaign=campaign, batch=called, contact=there[0], language="en", answer=Recipient.Answer.SAFE
        )

    insert = freeze._insert

    def called_meanwhile(known: dict[str, int | list[str] | list[int]]) -> int:
        with elsewhere(call):
            pass
        return insert(known)

    monkeypatch.setattr(freeze, "_insert", called_meanwhile)
    collecting.go_on(campaign.pk, LATER)
    phones = sorted(campaign.recipients.values_list("contact", flat=True))
    assert phones == [contact.pk for contact in there]
    assert campaign.recipients.get(contact=there[0]).answer == Recipient.Answer.SAFE
