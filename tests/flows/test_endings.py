"""The last day of a trip, and the day a stay without an end is kept to: asked about once, by day."""

from datetime import UTC, date, datetime, timedelta

import pytest
from time_machine import TimeMachineFixture

from campaigns import jobs, replies
from channels_sms import outbound
from core import endings, trips
from core.models import ContactPoint, Conversation, Message, Person, Trip
from core.privacy import retention
from tests import make
from tests.phone import Phone

TODAY = make.NOW.date()
NOON = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)  # noon in Tripoli


def stay(phone: Phone, *, end: date = TODAY, open_ended: bool = False) -> Trip:
    """Somebody in Tripoli until that day."""
    person = make.person(phone=phone.number)
    trip = make.trip(of=person, dates=(TODAY - timedelta(days=9), end))
    trip.delete_at = trips.deletion_moment("LY", "Tripoli", end)
    trip.open_ended = open_ended
    trip.save()
    return trip


def ask(now: datetime = NOON) -> int:
    """One run of the job."""
    return endings.ask(outbound.say, replies.unanswered(now), now)


def asked() -> list[str]:
    """What was texted by the job, in all."""
    return list(
        Message.objects.filter(direction="out", answers=None).order_by("pk").values_list("body", flat=True)
    )


@pytest.mark.usefixtures("now")
class TestAsking:
    """Who is asked, and when."""

    def test_the_last_day_is_asked_about_once(self, phone: Phone) -> None:
        stay(phone)
        assert [ask(), ask(), ask(NOON + timedelta(hours=2))] == [1, 0, 0]
        (told,) = asked()
        assert told == (
            "Alongside: your trip to Tripoli, Libya ends on 22 Nov and is deleted on 24 Nov, unless you "
            "reply with a new last day, for example 8/12.\n1 I am home"
        )

    def test_it_is_asked_once_also_when_the_question_was_left(self, phone: Phone) -> None:
        stay(phone)
        ask()
        phone.texts("start over")
        assert Conversation.objects.get().dialogue == ""
        assert ask() == 0

    @pytest.mark.parametrize(
        ("hour", "texts"), [(6, 0), (7, 1), (17, 1), (18, 0)], ids=["8:00", "9:00", "19:00", "20:00"]
    )
    def test_it_is_asked_by_day_where_the_person_is(self, phone: Phone, hour: int, texts: int) -> None:
        stay(phone)
        assert ask(NOON.replace(hour=hour)) == texts

    def test_the_day_is_that_of_the_destination(self, phone: Phone) -> None:
        person = make.person(phone=phone.number)
        make.trip(of=person, country="JP", city="Osaka", dates=(TODAY - timedelta(days=3), TODAY))
        assert ask(datetime(2026, 11, 21, 23, 30, tzinfo=UTC)) == 0, "half past eight"
        assert ask(datetime(2026, 11, 22, 0, 30, tzinfo=UTC)) == 1, "half past nine"

    def test_the_day_before_nobody_is_asked(self, phone: Phone) -> None:
        stay(phone)
        assert ask(NOON - timedelta(days=1)) == 0

    def test_whoever_could_not_be_asked_is_asked_the_day_after_and_no_later(self, phone: Phone) -> None:
        stay(phone)
        assert ask(NOON + timedelta(days=2)) == 0
        assert ask(NOON + timedelta(days=1)) == 1

    def test_somebody_who_said_stop_is_left_in_peace(self, phone: Phone) -> None:
        stay(phone)
        make.opted_out(ContactPoint.objects.get())
        assert ask() == 0

    def test_somebody_with_an_open_check_in_is_asked_when_it_is_answered(self, phone: Phone) -> None:
        stay(phone)
        recipient = make.asked(ContactPoint.objects.get())
        assert ask() == 0
        recipient.answer = "safe"
        recipient.save()
        assert ask() == 1

    def test_somebody_in_the_middle_of_another_question_is_asked_later(self, phone: Phone) -> None:
        stay(phone)
        phone.texts("UPDATE")
        assert ask() == 0
        phone.texts("25/11")
        assert ask() == 0, "the trip does not end today any more"

    def test_a_journey_that_goes_on_is_not_asked_about(self, phone: Phone) -> None:
        trip = stay(phone)
        make.trip(of=trip.person, country="EG", city="Cairo", dates=(TODAY, TODAY + timedelta(days=5)))
        assert ask() == 0

    def test_a_new_end_is_asked_about_anew(self, phone: Phone) -> None:
        stay(phone)
        ask()
        phone.texts("30/11")
        assert ask(NOON + timedelta(days=8)) == 1

    def test_a_run_that_dies_has_asked_or_has_not(self, phone: Phone) -> None:
        stay(phone)

        def dies(*_: object) -> Message:
            raise SystemExit

        with pytest.raises(SystemExit):
            endings.ask(dies, replies.unanswered(NOON), NOON)
        assert Trip.objects.get().noticed_for is None
        assert not Conversation.objects.exists()
        assert ask() == 1

    def test_the_job_runs_as_it_is_scheduled(self, phone: Phone, time_machine: TimeMachineFixture) -> None:
        time_machine.move_to(NOON)
        stay(phone)
        jobs.ask_about_endings()
        assert len(asked()) == 1


@pytest.mark.usefixtures("now")
class TestAnswers:
    """What comes of the answer."""

    @pytest.mark.parametrize("answer", ["8/12", "until 8/12", "8 dec", "٨/١٢"])
    def test_a_date_is_the_new_last_day(self, phone: Phone, answer: str) -> None:
        stay(phone)
        ask()
        assert phone.texts(answer).startswith("Changed: Tripoli, Libya, 13 Nov - 8 Dec")
        assert Trip.objects.get().end == date(2026, 12, 8)

    @pytest.mark.parametrize("answer", ["1", "I am home", "home"])
    def test_home_ends_the_trip(self, phone: Phone, answer: str) -> None:
        stay(phone)
        ask()
        assert phone.texts(answer).startswith("Welcome back.")
        assert not Trip.objects.exists()

    def test_a_date_that_is_over_is_asked_again(self, phone: Phone) -> None:
        stay(phone)
        ask()
        assert "is in the past" in phone.texts("1/11/2026")
        assert Trip.objects.get().end == TODAY

    def test_the_answer_may_come_the_day_after(self, phone: Phone, time_machine: TimeMachineFixture) -> None:
        stay(phone)
        ask()
        time_machine.move_to("2026-11-23T18:00:00+00:00")
        assert phone.texts("8/12").startswith("Changed:")

    def test_silence_deletes_at_the_promised_midnight(self, phone: Phone) -> None:
        stay(phone)
        ask()
        midnight = datetime(2026, 11, 23, 22, 0, tzinfo=UTC)
        retention.purge(midnight - timedelta(minutes=1))
        assert Trip.objects.exists()
        retention.purge(midnight)
        assert not Person.objects.exists()

    def test_a_call_for_help_is_a_call_for_help(self, phone: Phone) -> None:
        stay(phone)
        ask()
        assert "call for help" in phone.texts("no we are trapped")
        assert Trip.objects.exists()

    def test_a_check_in_that_comes_after_takes_the_digit(self, phone: Phone) -> None:
        stay(phone)
        ask()
        recipient = make.asked(ContactPoint.objects.get(), now=NOON + timedelta(hours=5))
        phone.texts("1")
        recipient.refresh_from_db()
        assert recipient.answer == "safe"
        assert Trip.objects.exists()


@pytest.mark.usefixtures("now")
class TestOpenEnded:
    """A stay whose end nobody knows."""

    def test_it_is_open_as_long_as_it_says_whatever_is_asked_in_between(
        self, phone: Phone, time_machine: TimeMachineFixture
    ) -> None:
        stay(phone, end=TODAY + timedelta(days=7), open_ended=True)
        ask()
        for text in ["LANGUAGE", "English"]:
            phone.texts(text)
        time_machine.move_to(NOON + timedelta(days=3))
        assert phone.texts("1").startswith("Changed: Tripoli, Libya")
        assert Trip.objects.get().end == TODAY + timedelta(days=3) + trips.OPEN_ENDED

    def test_it_is_asked_about_a_week_before_the_cap(self, phone: Phone) -> None:
        stay(phone, end=TODAY + timedelta(days=7), open_ended=True)
        assert ask(NOON - timedelta(days=1)) == 0
        assert ask() == 1
        assert asked()[0].startswith("Alongside: are you still in Tripoli, Libya?")
        assert asked()[0].endswith("1 Yes, still there\n0 I am home")

    @pytest.mark.parametrize("answer", ["1", "yes", "ok"])
    def test_yes_keeps_it_for_ninety_days_more(self, phone: Phone, answer: str) -> None:
        stay(phone, end=TODAY + timedelta(days=7), open_ended=True)
        ask()
        assert phone.texts(answer).startswith("Changed: Tripoli, Libya, from 13 Nov, no end date")
        trip = Trip.objects.get()
        assert (trip.open_ended, trip.end) == (True, TODAY + trips.OPEN_ENDED)

    def test_a_date_ends_it(self, phone: Phone) -> None:
        stay(phone, end=TODAY + timedelta(days=7), open_ended=True)
        ask()
        phone.texts("8/12")
        trip = Trip.objects.get()
        assert (trip.open_ended, trip.end) == (False, date(2026, 12, 8))

    def test_zero_is_home(self, phone: Phone) -> None:
        stay(phone, end=TODAY + timedelta(days=7), open_ended=True)
        ask()
        assert phone.texts("0").startswith("Welcome back.")

    def test_silence_deletes_at_the_cap_and_its_grace(self, phone: Phone) -> None:
        stay(phone, end=TODAY + timedelta(days=7), open_ended=True)
        ask()
        retention.purge(datetime(2026, 11, 30, 21, 59, tzinfo=UTC))
        assert Trip.objects.exists()
        retention.purge(datetime(2026, 11, 30, 22, 0, tzinfo=UTC))
        assert not Person.objects.exists()
