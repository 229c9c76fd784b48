"""One text in, one reply out: once, whatever happens."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count

import pytest
from django.db import connection
from pytest_django import DjangoAssertNumQueries
from time_machine import TimeMachineFixture

from core import conversation, people
from core.conversation import ANSWERS_AN_HOUR, REPLIES_AN_HOUR, receive
from core.models import ContactPoint, Conversation, Message, Person
from core.turn import Incoming, Reply
from telephony.messages import Channel
from telephony.numbers import synthetic
from tests import make
from tests.phone import Phone

_SIDS = count(1)


def incoming(text: str, *, index: int = 900, sid: str | None = None, now: datetime = make.NOW) -> Incoming:
    """A text of the synthetic phone of that index."""
    return Incoming(
        channel=Channel.SMS,
        sid=sid or f"SMc{next(_SIDS):031x}",
        number=synthetic(index),
        sender=make.SENDER,
        text=text,
        now=now,
    )


def together(*works: Callable[[], Reply]) -> list[Reply]:
    """Do these at the same instant, each on a connection of its own."""
    gate = threading.Barrier(len(works))
    replies: list[Reply] = []

    def work(one: Callable[[], Reply]) -> None:
        try:
            gate.wait()
            replies.append(one())
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(one,)) for one in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return replies


@pytest.mark.django_db
class TestOneText:
    """Both sides are stored, in the person's language."""

    def test_both_sides_are_kept(self) -> None:
        reply = receive(incoming("hello"))
        said = Message.objects.get(direction="out")
        assert (said.body, said.token) == (reply.text, reply.token)
        assert said.answers == Message.objects.get(direction="in")

    def test_choices_are_given_again_with_the_stored_reply(self) -> None:
        first = receive(incoming("REG LIBYA TRIPOLI 25/11 8/12", sid="SMsame"))
        again = receive(incoming("REG LIBYA TRIPOLI 25/11 8/12", sid="SMsame"))
        assert again.choices == first.choices
        assert (again.text, again.token) == (first.text, first.token)

    def test_a_repeat_changes_nothing(self) -> None:
        receive(incoming("REG LIBYA TRIPOLI 25/11 8/12"))
        receive(incoming("1", sid="SMsame"))
        later = make.NOW + timedelta(hours=1)
        before = list(ContactPoint.objects.values()), list(Conversation.objects.values())
        assert receive(incoming("1", sid="SMsame", now=later)).text.startswith("Registered")
        assert (list(ContactPoint.objects.values()), list(Conversation.objects.values())) == before
        assert Person.objects.count() == 1

    def test_another_phones_sid_tells_nothing(self) -> None:
        receive(incoming("MY DATA", index=901, sid="SMsame"))
        assert receive(incoming("MY DATA", index=902, sid="SMsame")).text == ""

    def test_a_registered_persons_text_costs_at_most_nine_queries(
        self, django_assert_max_num_queries: DjangoAssertNumQueries
    ) -> None:
        make.traveller(phone=synthetic(900))
        receive(incoming("hello"))
        # The ninth asks whether a check-in waits to be put again.
        with django_assert_max_num_queries(9 + 2):  # and the savepoint that stands for the transaction
            receive(incoming("UPDATE until 20/12"))

    def test_a_text_nobody_claims_fails_loudly_and_keeps_nothing(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(conversation, "_dialogues", tuple)
        with pytest.raises(StopIteration):
            receive(incoming("hello"))
        assert not Message.objects.exists()
        assert not ContactPoint.objects.exists()


@pytest.mark.django_db(transaction=True)
class TestTheSameInstant:
    """Two deliveries at once."""

    def test_the_same_text_twice_at_once_is_one_text(self) -> None:
        work = incoming("REG LIBYA TRIPOLI 25/11 8/12", sid="SMsame")
        first, second = together(lambda: receive(work), lambda: receive(work))
        assert (first.text, first.token) == (second.text, second.token)
        assert first.text
        assert Message.objects.count() == 2
        assert ContactPoint.objects.count() == 1

    def test_two_texts_of_one_phone_wait_for_each_other(self) -> None:
        receive(incoming("REG LIBYA TRIPOLI 25/11 8/12"))
        together(lambda: receive(incoming("1")), lambda: receive(incoming("1")))
        assert Person.objects.count() == 1
        assert Conversation.objects.count() == 1

    def test_a_repeated_delete_is_answered_once_and_leaves_nothing(self) -> None:
        make.traveller(phone=synthetic(900))
        work = incoming("DELETE", sid="SMsame")
        replies = together(lambda: receive(work), lambda: receive(work))
        assert {reply.text for reply in replies} == {
            "Alongside has deleted everything it held about you. You can register again at any time."
        }
        assert not ContactPoint.objects.exists()
        assert not Message.objects.exists()


@pytest.mark.django_db
class TestLanguage:
    """Which language answers."""

    def test_the_language_of_the_text_answers(self) -> None:
        assert "paese" in receive(incoming("ISCRIVI")).text

    def test_the_numbers_country_answers_where_the_text_has_no_language(self) -> None:
        contact = make.contact(phone=synthetic(900), language="fr")
        assert receive(incoming("?")).text.startswith("Alongside: pour")
        contact.refresh_from_db()
        assert contact.language == "fr"

    def test_a_carrier_word_changes_no_language(self) -> None:
        contact = make.contact(phone=synthetic(900), language="it")
        assert "non riceverai" in receive(incoming("STOP")).text
        contact.refresh_from_db()
        assert contact.language == "it"

    def test_a_chosen_language_stays_whatever_is_texted(self) -> None:
        receive(incoming("LANGUAGE italiano"))
        assert receive(incoming("REGISTRAR LIBIA TRIPOLI 25/11 8/12")).text.startswith(
            "Tripoli, Libia, 25 nov"
        )
        assert ContactPoint.objects.get().language == "it"


@pytest.mark.django_db
class TestTheCap:
    """Two answering machines must not talk for ever; a person in danger is always answered."""

    def chatter(self, times: int, *, now: datetime = make.NOW) -> list[str]:
        return [receive(incoming("?", now=now)).text for _ in range(times)]

    def test_automatic_replies_end_with_a_word_about_it(self) -> None:
        said = self.chatter(REPLIES_AN_HOUR + 2)
        assert all(said[: REPLIES_AN_HOUR - 1])
        assert "pause for an hour" in said[REPLIES_AN_HOUR - 1]
        assert said[REPLIES_AN_HOUR:] == ["", ""]
        assert Message.objects.filter(direction="in").count() == REPLIES_AN_HOUR + 2

    def test_a_call_for_help_is_always_answered(self) -> None:
        self.chatter(REPLIES_AN_HOUR + 1)
        assert "call for help" in receive(incoming("SOS")).text
        assert "no more messages" in receive(incoming("STOP")).text

    def test_a_machine_that_answers_what_it_cannot_read_hears_nothing_after_two_answers(self) -> None:
        said = [receive(incoming("Automatic reply qwrtp zxcvb")).text for _ in range(4)]
        assert [bool(words) for words in said] == [True, True, False, False]
        assert Message.objects.filter(unclear=True).count() == 3

    def test_a_day_later_the_machine_speaks_again(self) -> None:
        for _ in range(3):
            receive(incoming("qwrtp"))
        assert receive(incoming("qwrtp", now=make.NOW + timedelta(days=1))).text

    @pytest.mark.parametrize("words", ["I am fine, thanks", "help, this is an emergency", "?", "SOS"])
    def test_two_machines_that_answer_each_other_end_in_silence(self, words: str) -> None:
        make.asked(make.traveller(phone=synthetic(900)))
        said = [receive(incoming(words)).text for _ in range(ANSWERS_AN_HOUR + 2)]
        assert said[0]
        assert said[-1] == ""

    def test_the_next_hour_is_a_new_one(self) -> None:
        self.chatter(REPLIES_AN_HOUR + 1)
        assert all(self.chatter(1, now=make.NOW + timedelta(hours=1)))

    def test_one_phone_does_not_silence_another(self) -> None:
        self.chatter(REPLIES_AN_HOUR + 1)
        assert receive(incoming("hello", index=901)).text


@pytest.mark.django_db
class TestToday:
    """Whose midnight it is."""

    def test_while_a_trip_runs_it_is_the_destinations(self) -> None:
        traveller = make.traveller(phone=synthetic(900), country="JP")
        receive(incoming("UPDATE until tomorrow", now=make.NOW.replace(hour=16)))
        # 16:00 in London is the next day in Tokyo.
        assert traveller.person is not None
        assert traveller.person.trips.get().end.isoformat() == "2026-11-24"

    def test_before_it_is_the_numbers_country(self) -> None:
        receive(incoming("REG JAPAN OSAKA today 8/12", now=make.NOW.replace(hour=16)))
        assert "22 Nov - 8 Dec" in Message.objects.get(direction="out").body


def test_the_forgotten_are_not_remembered_by_a_late_repeat(
    phone: Phone, now: datetime, time_machine: TimeMachineFixture
) -> None:
    form = phone.form("REG LIBYA TRIPOLI 25/11 8/12")
    phone.posts(form)
    phone.texts("DELETE")
    phone.texts("hello again")
    assert b"<Message" not in phone.posts(form).content
    assert Message.objects.filter(direction="in").count() == 1


def test_silence_is_stored_as_silence(phone: Phone, now: datetime) -> None:
    phone.texts("STOP")
    assert phone.texts("STOP") == ""
    assert Message.objects.filter(direction="out").count() == 1
    assert people.is_opted_out(ContactPoint.objects.get())
