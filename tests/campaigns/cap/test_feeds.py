"""Watched feeds: what is new is kept, what is clear becomes a draft, and nothing is ever sent."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest
from pytest_django.fixtures import Settings

from campaigns.cap import feeds
from campaigns.cap.fetching import Fetched, Problem, Unfetched, Version
from campaigns.models import AlertFeed, Campaign, OfficialAlert, Recipient
from core.models import Officer
from tests import make
from tests.campaigns.cap.sample import LIBYA, alert, info, refers

pytestmark = pytest.mark.django_db

HERE = alert([info(area=LIBYA)])
"""Where the travellers of tests.make are."""

FEED = "https://alerts.example.org/atom.xml"


def atom(*numbers: int, updated: str = "1") -> bytes:
    lines = "".join(
        f"<entry><id>{n}</id><updated>{updated}</updated><link href='https://alerts.example.org/page/{n}'/>"
        f"<link type='application/cap+xml' href='/alerts/{n}'/></entry>"
        for n in numbers
    )
    return f"<feed xmlns='http://www.w3.org/2005/Atom'>{lines}</feed>".encode()


@dataclass
class Server:
    """The open internet, for a test: files by address, and what was asked for."""

    files: dict[str, bytes | Problem] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def __call__(self, url: str, largest: int, known: Version) -> Fetched:
        assert largest >= 500_000
        self.asked.append(url)
        found = self.files.get(url, Problem.GONE)
        if isinstance(found, Problem):
            raise Unfetched(found)
        version = Version(etag=str(hash(found)))
        return Fetched(None if known == version else found, version)

    def publishes(self, alerts: Mapping[int, bytes | Problem], **more: str) -> None:
        self.files[FEED] = atom(*alerts, **more)
        self.files |= {f"https://alerts.example.org/alerts/{n}": raw for n, raw in alerts.items()}


@pytest.fixture
def server(settings: Settings) -> Server:
    settings.CAP_FEEDS = (FEED,)
    return Server()


def test_a_clear_alert_where_somebody_is_becomes_a_draft_and_nothing_is_sent(server: Server) -> None:
    make.traveller()
    server.publishes({1: HERE})
    feeds.poll(server, now=make.NOW)
    campaign = Campaign.objects.get()
    assert (campaign.state, campaign.author.username) == (Campaign.State.DRAFT, feeds.ACCOUNT)
    assert OfficialAlert.objects.get().source == FEED
    assert not Recipient.objects.exists()


def test_nobody_can_log_in_as_the_account_that_writes_them(server: Server) -> None:
    server.publishes({1: alert()})
    feeds.poll(server, now=make.NOW)
    assert not Officer.objects.get(username=feeds.ACCOUNT).has_usable_password()


@pytest.mark.parametrize(
    "raw",
    [
        alert([info(area=LIBYA)], status="Exercise"),
        alert([info(area=LIBYA)], scope="Private"),
        alert([info(area=LIBYA, expires="2026-11-22T11:00:00+02:00")]),
        alert([info(area="<area><areaDesc>Sample valley</areaDesc></area>")]),
        alert([info("is", area=LIBYA)]),
        alert(),  # around Derna, where nobody of ours is
    ],
)
def test_what_is_not_clear_or_concerns_nobody_waits_for_an_officer(raw: bytes, server: Server) -> None:
    make.traveller()
    server.publishes({1: raw})
    feeds.poll(server, now=make.NOW)
    assert OfficialAlert.objects.count() == 1
    assert not Campaign.objects.exists()


def test_an_account_that_was_switched_off_writes_nothing(server: Server) -> None:
    make.traveller()
    Officer.objects.create(username=feeds.ACCOUNT, role="author", is_active=False)
    server.publishes({1: HERE})
    feeds.poll(server, now=make.NOW)
    assert OfficialAlert.objects.count() == 1
    assert not Campaign.objects.exists()


def test_what_was_read_is_not_fetched_again_until_it_changes(server: Server) -> None:
    server.publishes({1: alert()})
    feeds.poll(server, now=make.NOW)
    server.asked.clear()
    feeds.poll(server, now=make.NOW)
    assert server.asked == [FEED]
    server.publishes({1: alert(number=1), 2: alert(number=2)})
    feeds.poll(server, now=make.NOW)
    assert OfficialAlert.objects.count() == 2
    assert server.asked.count("https://alerts.example.org/alerts/1") == 0


def test_an_alert_that_cannot_be_used_is_counted_and_hides_no_other(server: Server) -> None:
    server.publishes({1: b"<html/>", 2: alert(number=2), 3: Problem.GONE})
    feeds.poll(server, now=make.NOW)
    feed = AlertFeed.objects.get()
    assert (feed.unusable, feed.failures, OfficialAlert.objects.count()) == (2, 0, 1)


def test_an_alert_that_cannot_be_reached_now_is_fetched_the_next_time(server: Server) -> None:
    server.publishes({1: Problem.UNREACHABLE})
    feeds.poll(server, now=make.NOW)
    server.publishes({1: alert()})
    feeds.poll(server, now=make.NOW)
    assert OfficialAlert.objects.count() == 1


def test_a_long_feed_is_taken_in_pieces_and_wholly(server: Server) -> None:
    server.publishes({n: alert(number=n) for n in range(1, 46)})
    for _ in range(3):
        feeds.poll(server, now=make.NOW)
    assert OfficialAlert.objects.count() == 45


def test_failures_are_counted_until_the_feed_can_be_read(server: Server) -> None:
    server.files[FEED] = Problem.UNREACHABLE
    feeds.poll(server, now=make.NOW)
    server.files[FEED] = b"no xml"
    feeds.poll(server, now=make.NOW)
    feed = AlertFeed.objects.get()
    assert (feed.failures, feed.problem, feed.read_at) == (2, Problem.UNREADABLE, None)
    server.publishes({})
    feeds.poll(server, now=make.NOW)
    feed.refresh_from_db()
    assert (feed.failures, feed.problem, feed.read_at) == (0, "", make.NOW)


def test_a_feed_that_fails_keeps_no_other_from_being_read(server: Server, settings: Settings) -> None:
    settings.CAP_FEEDS = ("https://down.example.org/", FEED)
    server.publishes({1: alert()})
    feeds.poll(server, now=make.NOW)
    assert OfficialAlert.objects.count() == 1


def test_rss_is_read_too_and_the_alert_itself_is_preferred_to_a_page() -> None:
    rss = (
        b"<rss><channel><item><link>https://a.example.org/1</link></item>"
        b"<item><link>https://a.example.org/page</link>"
        b"<enclosure url='https://a.example.org/2' type='application/cap+xml'/></item><item/></channel></rss>"
    )
    assert [entry.link for entry in feeds.entries(rss, FEED)] == [
        "https://a.example.org/1",
        "https://a.example.org/2",
    ]


def test_a_feed_that_is_a_single_alert_is_read(server: Server) -> None:
    server.files[FEED] = alert()
    feeds.poll(server, now=make.NOW)
    assert OfficialAlert.objects.count() == 1


@pytest.mark.parametrize("msg_type", ["Cancel", "Update"])
def test_what_a_feed_has_taken_back_becomes_no_draft_whichever_it_lists_first(
    msg_type: str, server: Server
) -> None:
    make.traveller()
    later = alert([info(area=LIBYA)], number=2, msgType=msg_type, more=refers(1))
    server.publishes({2: later, 1: HERE})  # the newest first, as feeds are written
    feeds.poll(server, now=make.NOW)
    drafts = Campaign.objects.values_list("official_alert__identifier", flat=True)
    assert list(drafts) == (["SAMPLE-2"] if msg_type == "Update" else [])
    assert OfficialAlert.objects.count() == 2


def test_braces_in_an_authoritys_words_keep_it_from_no_draft(server: Server) -> None:
    make.traveller()
    server.publishes({1: alert([info(area=LIBYA, headline="SAMPLE flood {level 3} 50%(rain)")])})
    feeds.poll(server, now=make.NOW)
    assert "SAMPLE flood (level 3) 50% (rain)" in Campaign.objects.get().texts.get().text


def test_a_link_that_is_no_address_hides_no_other(server: Server) -> None:
    server.publishes({1: alert()})
    broken = b"<entry><link href='https://[alerts'/></entry></feed>"
    server.files[FEED] = atom(1).replace(b"</feed>", broken)
    feeds.poll(server, now=make.NOW)
    assert OfficialAlert.objects.count() == 1


def test_alerts_that_cannot_be_reached_let_the_others_in_and_are_not_waited_for_one_by_one(
    server: Server,
) -> None:
    down = dict.fromkeys(range(1, 31), Problem.UNREACHABLE)
    server.publishes({**down, 31: alert(number=31)})
    feeds.poll(server, now=make.NOW)
    assert len(server.asked) < 10
    for _ in range(12):
        feeds.poll(server, now=make.NOW)
    assert OfficialAlert.objects.count() == 1
    server.publishes({n: alert(number=n) for n in range(1, 32)})
    for _ in range(2):
        feeds.poll(server, now=make.NOW)
    assert OfficialAlert.objects.count() == 31
