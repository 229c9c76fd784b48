"""The operator's price table, and what a campaign costs by it. All prices here are samples, nobody's."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext

from campaigns import costs, ladder, prices
from campaigns.counting import Phones
from campaigns.preview import preview
from campaigns.prices import Wrong
from telephony.messages import Channel
from tests import make

HEAD = "country,sms,call,currency\n"
SAMPLE = f"{HEAD}IT,0.10,0.02,EUR\nLY,0.50,0.40,EUR\n"


@pytest.mark.parametrize(
    ("lines", "bad"),
    [
        ("XX,1,1,EUR\n", [(2, Wrong.COUNTRY)]),
        ("IT,1,1,EUR\nit,2,2,EUR\n", [(3, Wrong.TWICE)]),
        ("IT,1,1,EUR\nFR,cheap,1,EUR\nDE,-1,1,EUR\nES,NaN,1,EUR\n", [(n, Wrong.PRICE) for n in (3, 4, 5)]),
        ("IT,1,1,EUR\nFR,1,1,USD\n", [(3, Wrong.CURRENCY)]),
        ("IT,1,1,euro\n", [(2, Wrong.CURRENCY)]),
        ("IT,1\n", [(2, Wrong.PRICE)]),
        ("", [(1, Wrong.NOT_A_TABLE)]),
    ],
)
def test_bad_lines_are_listed_and_nothing_is_half_taken(lines: str, bad: list[tuple[int, Wrong]]) -> None:
    table = prices.read((HEAD + lines).encode())
    assert [(one.line, one.reason) for one in table.bad] == bad
    assert not table.prices


@pytest.mark.parametrize("content", [b"\xff\xfe", b"number,consent\n1,yes\n", b"x" * (prices.LARGEST + 1)])
def test_what_is_no_such_table_is_refused_whole(content: bytes) -> None:
    assert [one.reason for one in prices.read(content).bad] == [Wrong.NOT_A_TABLE]


@override_settings(PRICES=None)
def test_without_the_setting_there_is_no_table() -> None:
    assert prices.table() is None


def test_a_file_that_has_gone_since_the_start_is_a_bad_table(tmp_path: Path) -> None:
    with override_settings(PRICES=tmp_path / "gone.csv"):
        table = prices.table()
    assert table is not None
    assert table.bad


@pytest.mark.django_db
def test_the_first_message_and_the_whole_ladder_are_reckoned_by_the_country_of_the_phone() -> None:
    campaign = make.campaign()
    texted = make.traveller()
    called = make.traveller()
    called.sms_refused = 30006
    called.save()
    table = prices.read(f"{HEAD}{texted.region},0.10,0.02,EUR\n".encode())
    rungs = [rung.channel for rung in ladder.of(campaign).rungs]
    texts, calls = rungs.count(Channel.SMS), rungs.count(Channel.VOICE)
    found = costs.costs(campaign, table, preview(campaign, make.NOW))
    assert found.first == Decimal("0.10") + 2 * Decimal("0.02")
    assert found.most == texts * Decimal("0.10") + 2 * calls * 2 * Decimal("0.02")
    assert (found.currency, found.countries[0].people) == ("EUR", 2)


@pytest.mark.django_db
def test_who_has_a_phone_of_a_country_without_a_price_is_counted_apart() -> None:
    point = make.traveller()
    other = "LY" if point.region != "LY" else "IT"
    campaign = make.campaign()
    table = prices.read(f"{HEAD}{other},1,1,EUR\n".encode())
    found = costs.costs(campaign, table, preview(campaign, make.NOW))
    assert found.unpriced == {point.region: 1}
    assert (found.first, found.most) == (Decimal(), Decimal())


@pytest.mark.django_db
def test_what_the_ladder_does_at_most_is_counted_with_the_time_our_lines_need() -> None:
    campaign = make.campaign()
    for _ in range(3):
        make.traveller()
    at_most = costs.ahead(campaign, preview(campaign, make.NOW))
    assert (at_most.texts, at_most.calls) == (6, 6)
    assert timedelta(seconds=1) <= timedelta(seconds=at_most.seconds) < timedelta(minutes=1)


@pytest.mark.django_db
def test_people_and_costs_are_counted_in_one_pass() -> None:
    campaign = make.campaign()
    point = make.traveller()
    table = prices.read(f"{HEAD}{point.region},0.10,0.02,EUR\n".encode())
    with CaptureQueriesContext(connection) as asked:
        shown = preview(campaign, make.NOW)
        costs.costs(campaign, table, shown)
        costs.ahead(campaign, shown)
    assert sum('"core_trip"' in query["sql"] and "share" in query["sql"] for query in asked) == 1
    assert shown.phones == [Phones(point.language, Channel.SMS, point.region, 1)]


def test_the_sample_can_be_read() -> None:
    table = prices.read(SAMPLE.encode("utf-8-sig"))
    assert table.prices["LY"].call == Decimal("0.40")
