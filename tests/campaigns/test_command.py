"""`manage.py campaign`: the console's rules from the command line."""

import json
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from campaigns import batches
from campaigns.models import Attempt, Batch, Campaign, Recipient
from core.models import Message, Officer
from core.officers import Role
from tests import make
from tests.campaigns.cap.sample import alert, info

pytestmark = pytest.mark.django_db


@pytest.fixture
def author() -> Officer:
    return make.officer(Role.AUTHOR)


@pytest.fixture
def approver() -> Officer:
    return make.officer(Role.APPROVER)


def run(*words: str, by: Officer | None = None) -> dict[str, object]:
    out = StringIO()
    call_command("campaign", *words, *(("--as", by.username) if by else ()), "--json", stdout=out)
    printed: dict[str, object] = json.loads(out.getvalue())
    return printed


def created(author: Officer, *more: str) -> str:
    words = ("create", "--title", "Quake", "--country", "LY", "--text", f"en={make.TEXT}", *more)
    return str(run(*words, by=author)["id"])


def test_a_campaign_goes_all_the_way(author: Officer, approver: Officer, redis_db: object) -> None:
    make.traveller()
    ident = created(author, "--country", "EG", "--kind", "check-in")
    run("submit", ident, by=author)
    run("approve", ident, by=approver)
    assert run("launch", ident, by=author)["tally"]["total"] == 1  # type: ignore[index]
    assert run("pause", ident, by=author)["state"] == "paused"
    assert run("resume", ident, by=author)["state"] == "running"
    assert run("stop", ident, by=author)["state"] == "stopped"
    shown = run("show", ident)
    assert shown["audience"]["countries"] == ["LY", "EG"]  # type: ignore[index]


def test_before_the_launch_it_shows_who_would_get_it(author: Officer) -> None:
    make.traveller(language="ar")
    assert run("show", created(author))["preview"]["by_language"] == {"ar": 1}  # type: ignore[index]


def test_before_the_launch_it_shows_whether_its_time_is_long_enough(author: Officer) -> None:
    make.traveller()
    soon = (timezone.now() + timedelta(minutes=20)).isoformat()
    shown = run("show", created(author, "--not-after", soon))["preview"]
    assert shown["ends_too_early"]  # type: ignore[index]
    assert shown["seconds_it_lasts"] < 1201 < shown["seconds_of_all_steps"]  # type: ignore[index]


@pytest.mark.parametrize("more", [(), ("--acknowledge",)])
def test_an_alert_calls_nobody_unless_it_asks_for_a_sign(author: Officer, more: tuple[str, ...]) -> None:
    words = ("--kind", "alert", "--ladder", "call 30, list 15", *more)
    if more:
        assert len(run("show", created(author, *words))["ladder"]) == 3  # type: ignore[arg-type]
        return
    with pytest.raises(CommandError, match="say --acknowledge, or leave out --ladder"):
        created(author, *words)


def test_a_drill_is_marked(author: Officer) -> None:
    ident = created(author, "--drill")
    assert Campaign.objects.get(pk=int(ident)).drill


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("approve",), "cannot approve it"),
        (("launch",), "the campaign is submitted"),
    ],
)
def test_a_refusal_says_why(words: tuple[str, ...], says: str) -> None:
    author = make.officer(Role.APPROVER)
    ident = created(author)
    run("submit", ident, by=author)
    with pytest.raises(CommandError, match=says):
        run(*words, ident, by=author)


def test_nobody_to_reach_is_a_refusal(author: Officer, approver: Officer) -> None:
    ident = created(author)
    run("submit", ident, by=author)
    run("approve", ident, by=approver)
    with pytest.raises(CommandError, match="nobody would get it"):
        run("launch", ident, by=author)


def test_a_role_without_the_permission_is_refused() -> None:
    with pytest.raises(CommandError, match="role may not"):
        created(make.officer(Role.ANALYST))


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("show", "99"), "no campaign 99"),
        (("stop", "99", "--as", "nobody"), "no campaign 99"),
        (("create", "--title", "x", "--country", "LY", "--text", "hello", "--as", "nobody"), "LANG=TEXT"),
        (
            ("create", "--title", "x", "--country", "LY", "--text", "en=x", "--as", "nobody"),
            "no active officer",
        ),
    ],
)
def test_a_wrong_word_says_what_is_expected(words: tuple[str, ...], says: str) -> None:
    with pytest.raises(CommandError, match=says):
        run(*words)


def test_an_unknown_country_names_the_field(author: Officer) -> None:
    with pytest.raises(CommandError, match="countries"):
        run("create", "--title", "x", "--country", "XX", "--text", "en=x", by=author)


def test_without_json_it_prints_lines(author: Officer) -> None:
    ident = created(author)
    out = StringIO()
    call_command("campaign", "show", ident, stdout=out)
    assert "state:      draft" in out.getvalue()


def test_an_audience_is_told_in_full(author: Officer) -> None:
    ident = created(author, "--near", "بنغازي:50", "--arriving", "72", "--language", "ar", "--reach", "sms")
    assert run("show", ident)["audience_in_words"] == (
        "everyone staying in Libya now; everyone arriving in Libya in the next 72 h; "
        "only within 50 km of Benghazi or where the city is not known; only people who use: Arabic; "
        "only whom a text reaches"
    )


def test_an_audience_may_be_an_area_of_a_country(author: Officer) -> None:
    ident = created(author, "--area", "ly:69", "--area", "LY:70", "--placed-only")
    assert run("show", ident)["audience_in_words"] == (
        "everyone staying in Libya now; in Libya only: Banghazi (Benghazi, Qaryat Sulūq), Darnah (Al Qubbah)"
    )


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--near", "Atlantis:50"), "CITY:KM"),
        (("--asked", "safe"), "ID:ANSWERS"),
        (("--area", "LY:999"), "LY:69 Banghazi"),
    ],
)
def test_a_part_of_an_audience_that_cannot_be_read_says_how_it_is_written(
    author: Officer, words: tuple[str, ...], says: str
) -> None:
    with pytest.raises(CommandError, match=says):
        created(author, *words)


def test_an_audience_that_has_trebled_is_launched_with_its_number_only(
    author: Officer, approver: Officer
) -> None:
    make.traveller()
    ident = created(author)
    run("submit", ident, by=author)
    run("approve", ident, by=approver)
    for _ in range(3):
        make.traveller()
    with pytest.raises(CommandError, match="--count 4"):
        run("launch", ident, by=author)
    assert run("launch", ident, "--count", "4", by=author)["state"] == "running"


def sending() -> tuple[Campaign, Message]:
    campaign = make.running_campaign(recipients=2)
    assert batches.claim(Batch.objects.filter(campaign=campaign), make.NOW)
    return campaign, Message.objects.filter(attempt__recipient__campaign=campaign).earliest("pk")


def test_a_recount_lets_rise_what_was_left_behind_and_proves_the_tally() -> None:
    campaign, message = sending()
    Message.objects.filter(pk=message.pk).update(status="delivered", rank=3, provider_sid="SM1")
    again = run("recount", str(campaign.pk))
    assert again["risen"] == 1
    assert again["tally"] == again["counted"]
    assert again["tally"]["delivered"] == 1  # type: ignore[index]
    assert run("recount", str(campaign.pk))["risen"] == 0


def test_a_recount_says_when_a_row_claims_more_than_its_messages() -> None:
    campaign, message = sending()
    Recipient.objects.filter(attempts__message=message).update(delivery="delivered", progress=13)
    with pytest.raises(CommandError, match="not what its messages say"):
        run("recount", str(campaign.pk))


def test_a_recount_takes_a_later_text_over_one_that_failed_and_what_was_put_back_for_unsent() -> None:
    campaign, message = sending()
    recipient = Recipient.objects.get(attempts__message=message)
    contact = recipient.contact
    assert contact is not None
    Message.objects.filter(pk=message.pk).update(status="undelivered", rank=3)
    later = make.sent_call(contact)
    Message.objects.filter(pk=later.pk).update(status="sent", rank=2)
    Attempt.objects.create(recipient=recipient, step=2, channel="voice", message=later)
    Recipient.objects.filter(pk=recipient.pk).update(delivery="undelivered", progress=13)
    other = Message.objects.filter(attempt__recipient__campaign=campaign).exclude(pk=message.pk)
    other.filter(attempt__step=1).update(status="queued", rank=0)
    rest = Recipient.objects.filter(campaign=campaign).exclude(pk=recipient.pk)
    rest.update(delivery="planned", progress=0)
    counted = run("recount", str(campaign.pk))["counted"]
    assert isinstance(counted, dict)
    assert (counted["sent"], counted["planned"], counted["total"]) == (1, 1, 2)


@pytest.mark.usefixtures("now")
def test_an_official_alert_becomes_a_draft_and_comes_out_as_one(author: Officer, tmp_path: Path) -> None:
    file = tmp_path / "alert.cap"
    file.write_bytes(alert([info("en"), info("is")], scope="Private"))
    with pytest.raises(CommandError, match="no draft yet: scope"):
        run("import", str(file), by=author)
    made = run("import", str(file), "--permitted", by=author)
    assert made["official_alert"]["languages_not_spoken"] == ["is"]  # type: ignore[index]
    out = StringIO()
    call_command("campaign", "export", str(made["id"]), stdout=out)
    assert "<language>en</language>" in out.getvalue()


def test_a_file_that_is_no_alert_is_refused_with_its_lines(author: Officer, tmp_path: Path) -> None:
    file = tmp_path / "alert.cap"
    file.write_bytes(alert(scope=""))
    with pytest.raises(CommandError, match="nothing was kept: line 2: scope missing"):
        run("import", str(file), by=author)
    with pytest.raises(CommandError, match="No such file"):
        run("import", str(tmp_path / "none.cap"), by=author)
