"""From an alert to its one draft, and what an officer decides on the way."""

from datetime import datetime, timedelta

import pytest

from campaigns.audience import Answered, Audience, Near
from campaigns.cap import intake
from campaigns.cap.intake import Decision, Undecided
from campaigns.cap.reading import Unusable
from campaigns.launch import NotAllowed
from campaigns.models import ALERT_DAYS, Campaign, OfficialAlert, Recipient
from core.models import AuditEvent, Officer
from core.officers import Role
from core.privacy import retention
from tests import make
from tests.campaigns.cap.sample import LIBYA, NOWHERE, alert, info, refers

pytestmark = pytest.mark.django_db


@pytest.fixture
def author() -> Officer:
    return make.officer(Role.AUTHOR)


def kept(raw: bytes, by: Officer) -> OfficialAlert:
    return intake.keep(raw, by=by, source="", now=make.NOW)


def drafted(raw: bytes, by: Officer, decision: Decision = Decision()) -> Campaign:  # noqa: B008 - frozen
    return intake.draft(kept(raw, by), decision, by=by, now=make.NOW)


def launched(raw: bytes, by: Officer) -> Campaign:
    """The campaign of that alert, as if it had been sent."""
    made = drafted(raw, by)
    Campaign.objects.filter(pk=made.pk).update(state=Campaign.State.RUNNING, launched_at=make.NOW)
    made.refresh_from_db()
    return made


def test_an_alert_becomes_a_draft_with_its_texts_and_its_circle(author: Officer) -> None:
    made = drafted(alert([info("en"), info("ar")]), author)
    assert made.state == Campaign.State.DRAFT
    assert (made.kind, made.drill, made.urgency) == ("alert", False, Campaign.Urgency.NORMAL)
    assert set(made.texts.values_list("language", flat=True)) == {"en", "ar"}
    assert Audience.from_json(made.audience) == Audience(("LY",), arriving=44, near=Near("LY", "Darnah", 52))
    assert not Recipient.objects.exists()


def test_the_file_is_kept_as_it_came_and_deleted_after_its_time(author: Officer) -> None:
    row = kept(alert(), author)
    assert bytes(row.raw) == alert()
    assert AuditEvent.objects.filter(verb="alert.received", subject_id=row.pk, officer=author).exists()
    retention.purge(make.NOW + timedelta(days=ALERT_DAYS, seconds=1))
    assert not OfficialAlert.objects.exists()


def test_the_same_alert_brought_twice_is_one_draft(author: Officer) -> None:
    assert drafted(alert(), author) == drafted(alert(), make.officer(Role.AUTHOR))
    assert (OfficialAlert.objects.count(), Campaign.objects.count()) == (1, 1)


def test_other_content_under_the_same_name_is_refused(author: Officer) -> None:
    drafted(alert(), author)
    with pytest.raises(Unusable):
        kept(alert([info(headline="SAMPLE all is well")]), author)
    assert OfficialAlert.objects.count() == 1


def test_a_file_that_cannot_be_used_leaves_nothing_behind(author: Officer) -> None:
    with pytest.raises(Unusable):
        kept(alert(scope=""), author)
    assert not OfficialAlert.objects.exists()


def test_who_may_not_write_campaigns_brings_no_alert() -> None:
    with pytest.raises(NotAllowed):
        kept(alert(), make.officer(Role.ANALYST))


@pytest.mark.parametrize(
    ("raw", "open_still", "decision"),
    [
        (alert([info(area=NOWHERE)]), "area", Decision(countries=("LY",))),
        (alert([info(area=LIBYA), info("ar", area=NOWHERE)]), "area", Decision(countries=("LY", "TN"))),
        (
            alert(scope="Restricted", more="<restriction>SAMPLE partners</restriction>"),
            "scope",
            Decision(permitted=True),
        ),
        (alert(scope="Private"), "scope", Decision(permitted=True)),
    ],
)
def test_what_is_open_is_an_officers_to_decide(
    raw: bytes, open_still: str, decision: Decision, author: Officer
) -> None:
    with pytest.raises(Undecided) as undecided:
        drafted(raw, author)
    assert undecided.value.detail == open_still
    assert not Campaign.objects.exists()
    made = drafted(raw, author, decision)
    if decision.countries:
        assert Audience.from_json(made.audience).countries == decision.countries


def test_a_country_that_an_officer_adds_is_not_narrowed_by_the_circle(author: Officer) -> None:
    made = drafted(alert(), author, Decision(countries=("LY", "TN")))
    assert Audience.from_json(made.audience).near is None


@pytest.mark.parametrize("status", ["Exercise", "Test"])
def test_an_exercise_is_a_drill(status: str, author: Officer) -> None:
    assert drafted(alert(status=status), author).drill


def test_an_update_is_also_for_everybody_who_got_the_first(author: Officer) -> None:
    first = launched(alert(number=1), author)
    made = drafted(alert([info()], number=2, msgType="Update", more=refers(1)), author)
    everybody = Answered(first.pk, ("", *Recipient.Answer.values))
    assert Audience.from_json(made.audience).asked == everybody
    assert (made.follows, made.follow_up) == (first, Campaign.FollowUp.UPDATE)


def test_an_update_of_an_alert_that_we_do_not_know_is_a_draft_of_its_own(author: Officer) -> None:
    made = drafted(alert(number=2, msgType="Update", more=refers(1)), author)
    assert (made.follows, made.follow_up) == (None, "")


def test_only_the_whole_name_is_a_reference(author: Officer) -> None:
    launched(alert(number=1), author)
    almost = refers(1).replace(":01+", ":09+")
    row = kept(alert(number=2, msgType="Update", more=almost), author)
    assert intake.understand(row, make.NOW).earlier is None


def test_a_reference_in_another_time_zone_is_the_same_moment(author: Officer) -> None:
    launched(alert(number=1), author)
    elsewhere = refers(1).replace("T10:00:01+02:00", "T08:00:01-00:00")
    row = kept(alert(number=2, msgType="Update", more=elsewhere), author)
    assert intake.understand(row, make.NOW).earlier is not None


def test_a_cancel_is_the_all_clear_for_those_who_got_it_and_for_nobody_else(author: Officer) -> None:
    first = launched(alert(number=1), author)
    made = drafted(alert([info(area="")], number=2, msgType="Cancel", more=refers(1)), author)
    audience = Audience.from_json(made.audience)
    assert (audience.countries, audience.here, audience.arriving, audience.near) == (("LY",), False, 0, None)
    assert audience.asked is not None
    assert audience.asked.campaign == first.pk
    assert (made.follows, made.follow_up) == (first, Campaign.FollowUp.ALL_CLEAR)


def test_an_exercise_withdraws_nothing_real(author: Officer) -> None:
    launched(alert(number=1), author)
    with pytest.raises(Undecided):
        drafted(alert(number=2, status="Exercise", msgType="Cancel", more=refers(1)), author)
    update = alert(number=3, status="Exercise", msgType="Update", more=refers(1))
    assert drafted(update, author).follows is None


def test_a_cancel_of_a_drill_is_a_drill(author: Officer) -> None:
    launched(alert(number=1, status="Exercise"), author)
    assert drafted(alert(number=2, msgType="Cancel", more=refers(1)), author).drill


def test_a_cancel_of_what_was_never_sent_makes_no_draft(author: Officer) -> None:
    drafted(alert(number=1), author)
    for number, name in ((2, refers(1)), (3, refers(9))):
        with pytest.raises(Undecided) as undecided:
            drafted(alert(number=number, msgType="Cancel", more=name), author)
        assert undecided.value.detail == "nothing_earlier"
    assert Campaign.objects.count() == 1


EARLY, LATE, GONE = (f"2026-11-{day}T10:00:00+02:00" for day in ("23", "24", "21"))


@pytest.mark.parametrize(
    ("infos", "until", "texts"),
    [
        ([info("en", expires=LATE), info("ar", expires=EARLY)], EARLY, {"en", "ar"}),
        ([info("en", expires=LATE), info("is", expires=EARLY)], LATE, {"en"}),
        ([info("en", expires=LATE), info("ar", expires=GONE)], LATE, {"en"}),
        ([info("en", expires=""), info("ar", expires=EARLY)], EARLY, {"en", "ar"}),
        ([info("en", expires="")], None, {"en"}),
    ],
)
def test_a_draft_ends_when_the_first_of_the_words_it_uses_ceases_to_hold(
    infos: list[str], until: str | None, texts: set[str], author: Officer
) -> None:
    made = drafted(alert(infos), author)
    assert made.not_after == (datetime.fromisoformat(until) if until else None)
    assert set(made.texts.values_list("language", flat=True)) == texts


def test_an_expired_alert_is_kept_and_becomes_no_draft(author: Officer) -> None:
    row = kept(alert([info(expires=GONE)]), author)
    with pytest.raises(intake.Expired):
        intake.draft(row, Decision(), by=author, now=make.NOW)
    assert not Campaign.objects.exists()


def test_an_alert_that_is_withdrawn_late_is_an_all_clear_all_the_same(author: Officer) -> None:
    first = launched(alert([info()]), author)
    made = drafted(alert([info(expires=GONE)], number=2, msgType="Cancel", more=refers(1)), author)
    assert (made.follows, made.not_after) == (first, None)


def test_an_alert_is_superseded_by_its_whole_name_alone_and_by_no_exercise(author: Officer) -> None:
    row = kept(alert(number=1), author)
    for number, parts in (
        (2, {"msgType": "Update", "more": refers(1).replace(":01+", ":09+")}),
        (3, {"msgType": "Cancel", "more": refers(1), "status": "Exercise"}),
        (4, {"msgType": "Alert", "more": refers(1)}),
    ):
        kept(alert(number=number, **parts), author)
        assert intake.superseded_by(row) is None
    withdrawn = kept(alert(number=5, msgType="Cancel", more=refers(1)), author)
    assert intake.superseded_by(row) == withdrawn
