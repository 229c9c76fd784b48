"""An officer types in what a caller said after the tone: checked as a text is, kept once it is agreed to."""

from datetime import datetime, timedelta

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from campaigns import inbox
from channels_voice.models import Recording
from core import pins, trips
from core.dialogues import line
from core.models import AuditEvent, Consent, ContactPoint, Message, Person, Trip
from core.officers import Role
from telephony.memory import Memory
from tests import make
from tests.caller import Direct
from tests.console.desk import at_the_desk
from tests.handset import Handset
from tests.phone import Phone

pytestmark = pytest.mark.django_db

SID = "RE" + "2" * 32
TOLD = {"country": "LY", "city": "Tripoli", "start": "2026-11-25", "end": "2026-12-08", "party": "2"}


@pytest.fixture
def client() -> Client:
    return at_the_desk(Role.CASE_OFFICER)


def speaks(handset: Handset) -> ContactPoint:
    """Keys fail twice at the country, so the answer is spoken."""
    handset.dials()
    handset.presses("1")
    handset.presses("55555")
    assert "Say your answer after the tone" in handset.presses("55555")
    assert "send you a text" in handset.records(SID)
    return Recording.objects.get().message.contact


def at(contact: ContactPoint, name: str) -> str:
    return reverse(f"console:inbox-{name}", args=[contact.pk])


def typed(client: Client, contact: ContactPoint, **changed: str) -> HttpResponse:
    """The page that the form ends on, taken and filled in."""
    client.post(at(contact, "claim"))
    upto = inbox.unread().order_by("-pk").values_list("pk", flat=True)[0]
    form = {**TOLD, "upto": str(upto), **changed}
    return client.post(at(contact, "type-in"), form, follow=True)  # type: ignore[return-value] # the client's own class


def texted() -> str:
    return Message.objects.get(direction="out", channel="sms").body


def test_who_is_not_registered_reads_it_back_and_agrees_by_text(
    client: Client, handset: Handset, phone: Phone, now: datetime
) -> None:
    contact = speaks(handset)
    page = typed(client, contact).content.decode()
    assert "Your answer is on its way" in page
    asked = texted()
    assert asked.startswith("Tripoli, Libya, 25 Nov - 8 Dec, 2 people. Is this right?")
    assert asked.endswith("1 I agree\n2 Change\n0 I refuse")
    assert not Person.objects.exists()
    assert not inbox.unread().exists()
    assert AuditEvent.objects.filter(verb="inbox.typed-in", subject_id=contact.pk).count() == 1
    assert phone.texts("1").startswith("Registered: Tripoli")
    assert Consent.objects.get().channel == "sms"
    assert Trip.objects.get().party == 2


def test_who_cannot_read_agrees_on_the_next_call(client: Client, handset: Handset, now: datetime) -> None:
    typed(client, speaks(handset))
    assert "If this is right: the crisis unit" in handset.dials()
    assert handset.presses("1").startswith("You are registered: Tripoli, Libya")
    assert Consent.objects.get().channel == "voice"


def test_who_refuses_is_not_registered(client: Client, handset: Handset, phone: Phone, now: datetime) -> None:
    typed(client, speaks(handset))
    assert phone.texts("0").startswith("You are not registered.")
    assert not Trip.objects.exists()


def test_the_text_is_in_the_callers_language(client: Client, handset: Handset, now: datetime) -> None:
    contact = make.contact(phone=handset.number, language="it")
    message = make.inbound(contact, now=now)
    Message.objects.filter(pk=message.pk).update(unclear=True)
    typed(client, contact)
    assert texted().startswith("Tripoli, Libia, 25 nov - 8 dic, 2 persone.")


def test_who_is_registered_agreed_before(client: Client, handset: Handset, now: datetime) -> None:
    contact = make.traveller(phone=handset.number)
    Trip.objects.all().delete()
    speaks(handset)
    typed(client, contact)
    assert texted().startswith("Registered: Tripoli, Libya, 25 Nov - 8 Dec, 2 people.")
    assert Trip.objects.get().city == "Tripoli"


@pytest.mark.parametrize(
    ("changed", "mistake"),
    [
        ({"country": ""}, "Choose at least one country."),
        ({"country": "IT", "city": ""}, "This service is for stays outside Italy."),
        ({"city": "Qwertzgrad"}, "We know no city of that name there."),
        ({"start": "25/11"}, "Give the day as year-month-day"),
        ({"end": ""}, "Give the day as year-month-day"),
        ({"end": "2026-11-24"}, "24 Nov is before 25 Nov."),
        ({"start": "2026-10-01", "end": "2026-10-02"}, "is in the past"),
        ({"end": "2028-01-01"}, "more than a year"),
        ({"party": "100"}, "from 1 to 99"),
        ({"party": "many"}, "number"),
    ],
)
def test_what_cannot_be_right_is_shown_and_nothing_happens(
    client: Client, handset: Handset, now: datetime, changed: dict[str, str], mistake: str
) -> None:
    page = typed(client, speaks(handset), **changed)
    assert page.status_code == 422
    assert mistake in page.content.decode()
    assert inbox.unread().exists()
    assert not Message.objects.filter(direction="out", channel="sms").exists()


def test_a_city_is_known_in_the_officers_words(client: Client, handset: Handset, now: datetime) -> None:
    typed(client, speaks(handset), city="طرابلس")
    assert texted().startswith("Tripoli, Libya")


def test_only_who_took_it_types_it_in(client: Client, handset: Handset, now: datetime) -> None:
    contact = speaks(handset)
    at_the_desk(make.officer(Role.CASE_OFFICER)).post(at(contact, "claim"))
    assert "A colleague was faster" in typed(client, contact).content.decode()
    assert inbox.unread().exists()
    assert at_the_desk(Role.ANALYST).post(at(contact, "type-in"), TOLD).status_code == 403


def test_nobody_who_said_stop_is_texted(client: Client, handset: Handset, now: datetime) -> None:
    contact = speaks(handset)
    make.opted_out(contact)
    assert "said STOP" in typed(client, contact).content.decode()
    assert inbox.unread().exists()


def test_there_is_room_for_nine_trips(client: Client, handset: Handset, now: datetime) -> None:
    contact = make.traveller(phone=handset.number)
    for _ in range(trips.MOST_TRIPS - 1):
        make.trip(of=contact.person)
    message = make.inbound(contact, now=now)
    Message.objects.filter(pk=message.pk).update(unclear=True)
    assert "the most we keep" in typed(client, contact).content.decode()


def test_the_form_stands_open_beside_a_recording(client: Client, handset: Handset, now: datetime) -> None:
    contact = speaks(handset)
    client.post(at(contact, "claim"))
    page = client.get(at(contact, "texts")).content.decode()
    assert '<details class="thing" open>' in page
    assert "Voice, 7 seconds" in page


def test_zero_is_said_in_words(client: Client, handset: Handset, now: datetime) -> None:
    handset.dials()
    handset.presses("0")
    page = client.get(at(ContactPoint.objects.get(), "texts")).content.decode()
    assert page.count("The caller asked for an officer.") == 2  # as the text, and in the thread
    assert 'dir="auto">0<' not in page


def test_a_forgotten_pin_is_taken_away_by_who_has_the_phone(
    client: Client, handset: Handset, phone: Phone, now: datetime
) -> None:
    contact = make.traveller(phone=handset.number)
    pins.mark(contact, pins.stretched(contact, "4821"), "another line")
    phone.texts("MY DATA")
    phone.texts("0")
    client.post(at(contact, "claim"))
    assert "Take the PIN away" in client.get(at(contact, "texts")).content.decode()
    client.post(at(contact, "pin"))
    assert not pins.is_shared(contact)
    assert AuditEvent.objects.filter(verb="inbox.pin-removed").exists()
    assert phone.texts("MY DATA").startswith("We hold: your number")


def test_the_whole_way_on_the_twins_telephone(
    client: Client, telephone: Direct, provider: Memory, now: datetime
) -> None:
    caller = telephone.caller(0)
    make.contact(phone=caller.number, language="ar")
    call = caller.dials()
    for keys in ("1", "55555#", "55555#"):
        call.listens().presses(keys)
    call.listens().says("ليبيا", seconds=4).interrupts("#").listens()
    contact = Recording.objects.get().message.contact
    typed(client, contact)
    assert texted().startswith("طرابلس، ليبيا")
    caller.dials().listens().presses("1").listens().hangs_up()
    assert Trip.objects.get().country == "LY"


def test_what_was_keyed_before_the_recording_stands_in_the_form(
    client: Client, handset: Handset, now: datetime
) -> None:
    handset.dials()
    for keys in ["1", "218", "9999", "9999"]:
        handset.presses(keys)
    handset.records(SID)
    contact = Recording.objects.get().message.contact
    client.post(at(contact, "claim"))
    page = client.get(at(contact, "texts")).content.decode()
    assert '<option value="LY" selected>' in page
    assert 'name="start" value=' not in page


def test_what_was_keyed_is_forgotten_after_a_day(client: Client, handset: Handset, now: datetime) -> None:
    handset.dials()
    for keys in ["1", "218", "9999", "9999"]:
        handset.presses(keys)
    handset.records(SID)
    contact = Recording.objects.get().message.contact
    assert line.told_before(contact, now).country == "LY"
    assert line.told_before(contact, now + timedelta(days=2)).country is None
