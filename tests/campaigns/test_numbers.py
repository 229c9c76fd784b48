"""An officer's list of numbers: kept whole or not at all, and only who said yes."""

from datetime import timedelta

import pytest
from django.db import connection

from campaigns import launch, numbers
from campaigns.audience import Audience
from campaigns.models import LIST_DAYS, NumberList
from campaigns.numbers import BadLine, Wrong
from campaigns.preview import preview
from core.models import ContactPoint
from core.officers import Role
from core.privacy import retention
from telephony.numbers import synthetic
from tests import make

pytestmark = pytest.mark.django_db


def sheet(*lines: str) -> bytes:
    return "\n".join(["number,consent,language", *lines]).encode()


def line(index: int, consent: str = "yes", language: str = "") -> str:
    return f"{synthetic(700 + index).e164},{consent},{language}"


def kept(*lines: str) -> NumberList:
    return numbers.keep("Tour", sheet(*lines), by=make.officer(Role.AUTHOR), now=make.NOW)


def listed(numbers_list: NumberList) -> Audience:
    return Audience(("LY",), here=False, numbers=numbers_list.pk)


def test_only_numbers_whose_people_said_yes_are_kept() -> None:
    made = kept(line(0, "yes", "ar"), line(1, "no"), line(2, ""), line(3, "TRUE"))
    assert (made.entries.count(), made.refused, made.unconfirmed) == (2, 1, 1)
    assert set(ContactPoint.objects.values_list("number", flat=True)) == {
        synthetic(700).e164,
        synthetic(703).e164,
    }
    assert ContactPoint.objects.get(language="ar").number == synthetic(700).e164


@pytest.mark.parametrize(
    ("lines", "bad"),
    [
        (["12,yes,"], [BadLine(2, Wrong.NUMBER)]),
        ([line(0), line(1, "maybe")], [BadLine(3, Wrong.CONSENT)]),
        ([line(0), "", line(0, "no")], [BadLine(4, Wrong.TWICE)]),
        ([line(0, "yes", "tlh")], [BadLine(2, Wrong.LANGUAGE)]),
    ],
)
def test_a_bad_line_is_named_and_nothing_of_the_file_is_kept(lines: list[str], bad: list[BadLine]) -> None:
    with pytest.raises(numbers.Unusable) as unusable:
        kept(*lines)
    assert list(unusable.value.bad) == bad
    assert not NumberList.objects.exists()
    assert not ContactPoint.objects.exists()


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"telephone;ok\n1;2", b'number,consent\n"open'])
def test_what_is_no_table_is_said_to_be_none(content: bytes) -> None:
    assert numbers.read(content).bad == [BadLine(1, Wrong.NOT_A_TABLE)]


def test_a_file_of_a_spreadsheet_is_read_with_its_separator_and_mark() -> None:
    content = "\ufeffNumber;Consent\r\n00" + synthetic(700).e164[1:] + ";Yes\r\n"
    assert [entry.number for entry in numbers.read(content.encode()).entries] == [synthetic(700)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_file_is_read_in_every_encoding_of_a_spreadsheet(encoding: str) -> None:
    content = f"number;name;consent\r\n{synthetic(700).e164};José Müller;yes\r\n".encode(encoding)
    assert [entry.number for entry in numbers.read(content).entries] == [synthetic(700)]


def test_marks_of_writing_direction_around_a_copied_number_are_not_of_it() -> None:
    written = [f"\u202a{synthetic(700).e164}\u202c", f"\u200e00{synthetic(701).e164[1:]}\u200f"]
    found = numbers.read(sheet(*(f"{one},\u200fyes,\u200e" for one in written)))
    assert [entry.number for entry in found.entries] == [synthetic(700), synthetic(701)]


def test_a_line_with_more_cells_than_columns_is_no_consent() -> None:
    content = f"number,remark,consent\n{synthetic(700).e164},no,yes,no\n{synthetic(701).e164},,yes,,\n"
    assert numbers.read(content.encode()).bad == [BadLine(2, Wrong.NOT_A_TABLE)]


def test_two_columns_of_consent_are_no_table() -> None:
    content = f"number,consent,consent\n{synthetic(700).e164},no,yes\n".encode()
    assert numbers.read(content).bad == [BadLine(1, Wrong.NOT_A_TABLE)]


@pytest.mark.parametrize(
    "began", [b"PK\x03\x04\x14\x00\x06\x00", b"%PDF-1.7\n\xe2\xe3", b"\xd0\xcf\x11\xe0\x00"]
)
def test_a_workbook_or_document_brought_by_mistake_is_no_table(began: bytes) -> None:
    content = began + bytes(range(256)) * 40
    assert numbers.read(content).bad == [BadLine(1, Wrong.NOT_A_TABLE)]


def test_a_file_that_is_too_long_is_refused() -> None:
    long = sheet(*["x"] * (numbers.MOST + 1))
    assert [bad.reason for bad in numbers.read(long).bad] == [Wrong.TOO_LONG]


def test_a_list_is_an_audience_and_says_who_never_agreed() -> None:
    made = kept(line(0), line(1), line(2, "no"), line(3, ""))
    make.opted_out(ContactPoint.objects.order_by("pk")[0])
    campaign = make.campaign()
    campaign.audience = dict(listed(made).as_json())
    shown = preview(campaign, make.NOW)
    assert shown.total == 1
    assert shown.left_out == {"opted_out": 1, "said_no": 1, "unconfirmed": 1}


def test_somebody_both_there_and_on_the_list_is_asked_once() -> None:
    made = kept(line(0), line(1))
    make.traveller(phone=synthetic(702))
    known = ContactPoint.objects.order_by("pk")[0]
    known.person = make.person(phone=synthetic(705))
    known.save()
    make.trip(of=known.person)
    campaign = make.campaign()
    campaign.audience = dict(Audience(("LY",), numbers=made.pk).as_json())
    assert preview(campaign, make.NOW).total == 3


def test_a_list_and_its_phones_go_when_their_time_is_over() -> None:
    kept(line(0))
    later = make.NOW + timedelta(days=LIST_DAYS)
    retention.purge(later - timedelta(hours=1))
    assert ContactPoint.objects.count() == 1
    retention.purge(later)
    assert (NumberList.objects.count(), ContactPoint.objects.count()) == (0, 0)


def test_the_number_stands_nowhere_readable() -> None:
    kept(line(0))
    with connection.cursor() as cursor:
        cursor.execute("SELECT l::text || c::text FROM campaigns_listednumber l, core_contactpoint c")
        stored = "".join(row[0] for row in cursor.fetchall())
    assert synthetic(700).e164[1:] not in stored


def test_who_may_not_write_campaigns_brings_no_list() -> None:
    with pytest.raises(launch.NotAllowed):
        numbers.keep("Tour", sheet(line(0)), by=make.officer(Role.CASE_OFFICER), now=make.NOW)
