"""Watched feeds: new alerts of an Atom or RSS index are kept, clear ones become drafts. Nothing is sent."""

import hashlib
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import urljoin

from django.conf import settings
from django.contrib.auth.hashers import make_password
from lxml import etree

from campaigns.cap import intake, reading
from campaigns.cap.alert import NAMESPACE
from campaigns.cap.fetching import Fetched, Problem, Unfetched, Version
from campaigns.models import AlertFeed
from campaigns.states import Refusal
from core.models import Officer
from core.officers import Permission, Role

logger = logging.getLogger(__name__)

LARGEST_INDEX: Final = 4_000_000
"""Bytes of an index: a country's feed with some thousand entries."""

ACCOUNT: Final = "cap-feed"
"""Who writes the drafts: an account nobody can log in to. Switched off, alerts wait for an officer."""

_AT_ONCE: Final = 20
"""Alerts that one look takes from a feed: the rest follows at the next."""

_MISSES: Final = 3
"""Alerts that cannot be reached, each after its time is up, before a look at a feed ends."""

_ENTRIES: Final = 2_000
_ALERT_TYPE: Final = "application/cap+xml"
_FOR_GOOD: Final = frozenset({Problem.ADDRESS, Problem.GONE, Problem.TOO_LARGE})

Fetch = Callable[[str, int, Version], Fetched]
"""Gets an address of at most so many bytes, unless it is still that version. Raises Unfetched."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of an index. `key` changes when the entry does."""

    key: str
    link: str


def poll(fetch: Fetch, *, now: datetime) -> None:
    """Look at every watched feed once. A feed that cannot be read is counted and tried again next time."""
    for url in settings.CAP_FEEDS:
        feed, _ = AlertFeed.objects.get_or_create(url=url)
        try:
            _look(feed, fetch, now)
        except Unfetched as failed:
            feed.failures += 1
            feed.problem = failed.problem
            logger.warning("feed not read", extra={"feed": feed.pk, "code": failed.problem.value})
        else:
            feed.failures, feed.problem, feed.read_at = 0, "", now
        feed.save()


def watched() -> Sequence[AlertFeed]:
    """The feeds of the setting, in its order, with how their reading goes; one not read yet has no row."""
    known = {feed.url: feed for feed in AlertFeed.objects.filter(url__in=settings.CAP_FEEDS)}
    return [known.get(url) or AlertFeed(url=url) for url in settings.CAP_FEEDS]


def entries(index: bytes, base: str) -> Sequence[Entry]:
    """The entries of an Atom or RSS index that lead somewhere, the first first. Raises Unusable."""
    root = reading.parse(index, LARGEST_INDEX)
    if root.tag == f"{{{NAMESPACE}}}alert":
        return [Entry(hashlib.sha256(index).hexdigest()[:32], base)]  # the feed is one alert that changes
    found = [
        element for element in root.iter(etree.Element) if etree.QName(element).localname in {"entry", "item"}
    ]
    return [entry for element in found[:_ENTRIES] for entry in _entry(element, base)]


def _look(feed: AlertFeed, fetch: Fetch, now: datetime) -> None:
    fetched = fetch(feed.url, LARGEST_INDEX, Version(feed.etag, feed.modified))
    if fetched.body is None:
        return
    try:
        listed = entries(fetched.body, feed.url)
    except reading.Unusable:
        raise Unfetched(Problem.UNREADABLE) from None
    known = set(feed.seen)
    feed.seen = [entry.key for entry in listed if entry.key in known]
    feed.unusable = feed.unusable if feed.seen else 0
    new = [entry for entry in listed if entry.key not in known]
    missed = {entry.key for entry in new if _missed(entry) in known}
    # What could not be reached the last time comes behind what nobody has asked for yet.
    new.sort(key=lambda entry: entry.key in missed)
    missed |= set(_take_in(feed, new[:_AT_ONCE], fetch, now))
    left = [entry for entry in new if entry.key not in set(feed.seen)]
    feed.seen = [*feed.seen, *(_missed(entry) for entry in left if entry.key in missed)]
    # The index is asked for whole again until every entry was looked at.
    version = Version() if left else fetched.version
    feed.etag, feed.modified = version.etag, version.modified


def _take_in(feed: AlertFeed, new: Sequence[Entry], fetch: Fetch, now: datetime) -> Iterator[str]:
    """Keep these alerts; the keys of those that cannot be reached now: the other feeds wait for few."""
    misses = 0
    for entry in new:
        if not _take(feed, entry, fetch, now):
            misses += 1
            yield entry.key
        if misses == _MISSES:
            return


def _missed(entry: Entry) -> str:
    """How `AlertFeed.seen` notes an entry that could not be reached."""
    return f"?{entry.key}"


def _take(feed: AlertFeed, entry: Entry, fetch: Fetch, now: datetime) -> bool:
    """Keep one alert; whether the entry is done with. What cannot be reached now is tried again."""
    try:
        body = fetch(entry.link, reading.LARGEST, Version()).body or b""
        row = intake.keep(body, by=None, source=feed.url, now=now)
    except Unfetched as failed:
        if failed.problem not in _FOR_GOOD:
            return False
        row = None
    except reading.Unusable:
        row = None
    feed.seen = [*feed.seen, entry.key]
    feed.unusable += row is None
    feed.save()
    officer = _account()
    if row is not None and row.campaign_id is None and officer.may(Permission.WRITE_CAMPAIGN):
        try:
            intake.draft_if_clear(row, by=officer, now=now)
        except Refusal as refusal:  # it stays in the list, for an officer
            logger.warning("alert without a draft", extra={"alert": row.pk, "code": refusal.code})
    return True


def _account() -> Officer:
    defaults = {"role": Role.AUTHOR.value, "password": make_password(None)}
    officer, _ = Officer.objects.get_or_create(username=ACCOUNT, defaults=defaults)
    return officer


def _entry(element: etree._Element, base: str) -> Iterator[Entry]:
    link = next(_links(element), "")
    parts = {
        etree.QName(child).localname: (child.text or "").strip()
        for child in element.iterchildren(etree.Element)
    }
    if link and (address := _joined(base, link)):
        name = "\n".join((link, *(parts.get(part, "") for part in ("id", "guid", "updated", "pubDate"))))
        yield Entry(hashlib.sha256(name.encode()).hexdigest()[:32], address)


def _joined(base: str, link: str) -> str:
    """The address that a link means; '' where it is none."""
    try:
        return urljoin(base, link)
    except ValueError:
        return ""


def _links(element: etree._Element) -> Iterator[str]:
    """Where the entry leads, the alert itself before a page about it."""
    links = [child for child in element.iterchildren(etree.Element) if etree.QName(child).localname == "link"]
    links += [
        child for child in element.iterchildren(etree.Element) if etree.QName(child).localname == "enclosure"
    ]
    links.sort(key=lambda link: link.get("type") != _ALERT_TYPE)
    for link in links:
        address = link.get("href") or link.get("url") or link.text or ""
        if address.strip():
            yield address.strip()
