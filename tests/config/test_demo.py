from datetime import datetime
from pathlib import Path

import pytest
from django.conf import settings

from campaigns import launch, tally
from campaigns.models import Campaign
from campaigns.preview import preview
from config import demo
from core import places
from core.models import Consent, Officer, Person, Trip
from core.officers import Role
from telephony.numbers import PhoneNumber

pytestmark = pytest.mark.django_db


@pytest.fixture
def seeded(now: datetime, tmp_path: Path) -> datetime:
    """The sample, made once."""
    assert demo.seed(now, demo.logins(tmp_path), settings.SENDERS[0])
    return now


def test_everyone_in_the_sample_agreed_and_is_somewhere_today(seeded: datetime) -> None:
    assert Person.objects.count() == Consent.objects.count() == demo.PEOPLE
    today = seeded.date()
    assert Trip.objects.filter(start__lte=today, end__gte=today).count() == demo.PEOPLE


def test_a_second_start_adds_nothing_and_shows_the_same_log_ins(seeded: datetime, tmp_path: Path) -> None:
    logins = demo.logins(tmp_path)
    assert not demo.seed(seeded, logins, settings.SENDERS[0])
    assert Person.objects.count() == demo.PEOPLE
    assert Officer.objects.get(username="author").check_password(logins["author"])


def test_the_log_ins_are_readable_by_their_owner_alone(tmp_path: Path) -> None:
    demo.logins(tmp_path)
    assert (tmp_path / demo.LOGINS_FILE).stat().st_mode & 0o077 == 0


def test_there_is_an_officer_of_each_role(seeded: datetime) -> None:
    assert set(Officer.objects.values_list("role", flat=True)) == {role.value for role in Role}


def test_the_draft_can_be_submitted_and_speaks_to_everyone_in_their_language(seeded: datetime) -> None:
    draft = Campaign.objects.get(state=Campaign.State.DRAFT)
    launch.submit(draft, by=draft.author, now=seeded)
    shown = preview(draft, seeded)
    assert shown.total > 100
    assert len(shown.texts) == 5
    assert not any(text.is_fallback or text.segments > 2 for text in shown.texts)


def test_the_finished_check_in_has_answers_of_every_kind(seeded: datetime) -> None:
    counts = tally.of(Campaign.objects.get(state=Campaign.State.DONE))
    assert min(counts.safe, counts.needs_help, counts.not_there, counts.silent, counts.unreachable) > 0


def test_no_number_in_the_sample_can_belong_to_anybody() -> None:
    numbers = {sample.number for sample in demo.samples()}
    assert len(numbers) == demo.PEOPLE
    assert all(PhoneNumber(number).is_synthetic for number in numbers)


def test_every_place_in_the_sample_is_known() -> None:
    for country, city in {(sample.country, sample.city) for sample in demo.samples()}:
        assert country in places.countries()
        assert places.name_of_city(country, city, "ar") != city, city
