"""Is the service ready for a crisis? Looks at everything that has to work when it is needed."""

import socket
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit

import django_rq
from django.conf import settings
from django.core.checks import run_checks
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from redis.exceptions import RedisError

from campaigns import prices
from campaigns.cap import feeds
from campaigns.models import AlertFeed, Campaign
from channels_voice import voices
from channels_voice.clips import inventory, render, store
from channels_voice.clips.espeak import CannotSpeak
from channels_voice.clips.store import Coverage
from channels_voice.models import Clip
from config import health
from config.catalogs import Texts
from core import breaker, duty, languages, sender_health
from core.models import Breaker, Officer, SenderHealth
from core.officers import PERMISSIONS, Permission, Role
from telephony.errors import CODES, rule_for
from telephony.health import Standing
from telephony.numbers import NotAPhoneNumber, PhoneNumber

_CONNECT_SECONDS: Final = 5
_FAILED_OFTEN: Final = 3
"""Failures in a row from which on a feed is worth a look: six minutes."""

_SHOWN: Final = 3


class State(StrEnum):
    """How a part stands."""

    READY = "ready"
    LOOK = "look"  # works, and somebody should know
    NOT_READY = "not ready"


@dataclass(frozen=True, slots=True)
class Finding:
    """One part and how it stands. `note` is one line; nothing personal, no number of ours in full."""

    part: str
    state: State
    note: str


def examine(now: datetime) -> list[Finding]:
    """Look at every part. Never raises for a part that is down: that is a finding."""
    ready = health.readiness(now)
    found = [_settings(), *_servers(ready)]
    if ready.database:
        found += [_migrations(), _officers(), _duty(now), *_clips(now), *_feeds(), *_account(), *_ways()]
    if ready.redis:
        found.append(_failed_jobs())
    return [*found, _provider(), _public_address(), *_senders(), _prices(), *_translations()]


def _settings() -> Finding:
    wrong = [check for check in run_checks() if check.is_serious()]
    if wrong:
        return Finding("settings", State.NOT_READY, f"{wrong[0].id}: {wrong[0].msg}")
    if settings.DEBUG:
        return Finding("settings", State.NOT_READY, "DEBUG is on: errors show what they hold")
    if settings.DEMO:
        return Finding("settings", State.LOOK, "demo: keys made under VAR_DIR, no TWILIO_ACCOUNT_SID")
    return Finding("settings", State.READY, "complete")


def _servers(ready: health.Readiness) -> Iterator[Finding]:
    def finding(part: str, *, works: bool, note: str) -> Finding:
        return Finding(part, State.READY if works else State.NOT_READY, "answers" if works else note)

    yield finding("database", works=ready.database, note="does not answer")
    yield finding(
        "redis", works=ready.redis, note="does not answer: nothing is sent, texts are still answered"
    )
    idle = [queue for queue in health.QUEUES if not ready.workers.get(queue)]
    yield finding("workers", works=not idle, note=f"none for {', '.join(idle)}")


def _migrations() -> Finding:
    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if waiting:
        return Finding("migrations", State.NOT_READY, f"{len(waiting)} wait; run manage.py migrate")
    return Finding("migrations", State.READY, "all applied")


def _officers() -> Finding:
    active = Officer.objects.filter(is_active=True).exclude(username=feeds.ACCOUNT)
    roles = [Role(role) for role in active.values_list("role", flat=True)]
    writers = sum(Permission.WRITE_CAMPAIGN in PERMISSIONS[role] for role in roles)
    approvers = sum(Permission.APPROVE_CAMPAIGN in PERMISSIONS[role] for role in roles)
    if not approvers or writers < 2:
        return Finding("officers", State.NOT_READY, "nobody can approve what another wrote: two are needed")
    if not any(Permission.WORK_CASES in PERMISSIONS[role] for role in roles):
        return Finding("officers", State.NOT_READY, "nobody may work on cases")
    return Finding("officers", State.READY, f"{writers} may write, {approvers} of them may approve")


def _duty(now: datetime) -> Finding:
    rota = len(duty.on_duty(now))
    if rota:
        return Finding("duty", State.READY, f"{rota} on duty with a confirmed phone")
    note = "nobody is on duty: callers who press 0 wait in the inbox"
    out = Campaign.objects.filter(state__in=[Campaign.State.RUNNING, Campaign.State.PAUSED], drill=False)
    if out.exists():
        return Finding("duty", State.NOT_READY, f"a campaign runs and {note}")
    return Finding("duty", State.LOOK, note)


def _failed_jobs() -> Finding:
    try:
        failed = sum(django_rq.get_queue(name).failed_job_registry.count for name in health.QUEUES)
    except RedisError:
        return Finding("jobs", State.NOT_READY, "Redis went away while looking")
    note = f"{failed} failed in the last week; the workers' log says why" if failed else "none failed"
    return Finding("jobs", State.LOOK if failed else State.READY, note)


def _prices() -> Finding:
    table = prices.table()
    if table is None:
        return Finding("prices", State.READY, "none: campaigns show no cost; PRICES names a table")
    if table.bad:
        shown = "; ".join(f"line {bad.line}: {bad.reason}" for bad in table.bad[:_SHOWN])
        return Finding("prices", State.LOOK, f"{len(table.bad)} lines cannot be used, so none is: {shown}")
    return Finding("prices", State.READY, f"{len(table.prices)} countries, in {table.currency}")


def _provider() -> Finding:
    address = urlsplit(settings.TWILIO_API_BASE_URL)
    port = address.port or (443 if address.scheme == "https" else 80)
    try:
        socket.create_connection((address.hostname or "", port), timeout=_CONNECT_SECONDS).close()
    except OSError as error:
        return Finding("provider", State.NOT_READY, f"{address.netloc} cannot be reached: {error.strerror}")
    if settings.DEMO:
        return Finding("provider", State.LOOK, "the twin: no text reaches a real phone")
    return Finding("provider", State.READY, f"{address.netloc} can be reached")


def _account() -> Iterator[Finding]:
    if Breaker._meta.db_table not in connection.introspection.table_names():
        return  # said above: migrations wait
    opened = breaker.opened()
    if opened is None or opened.opened_at is None:
        yield Finding("account", State.READY, "let in by the provider")
        return
    rule = rule_for(opened.code)
    since = f"{opened.opened_at:%Y-%m-%d %H:%M} UTC"
    note = f"refused since {since}, code {opened.code}: {rule.meaning} Nothing is sent. It goes on by itself"
    yield Finding("account", State.NOT_READY, f"{note} once let in, or by manage.py provider --go-on")


def _ways() -> Iterator[Finding]:
    if SenderHealth._meta.db_table not in connection.introspection.table_names():
        return
    for route in sender_health.routes():
        if route.standing is not Standing.WELL:
            bad = f"{route.failed} failed and {route.slow} late of {route.judged}"
            where = f"{_ends_in(route.sender)} to {route.region or '?'} ({route.channel})"
            note = f"{where} is {route.standing}: {bad}"
            yield Finding("senders", State.LOOK, note)
    strange = sorted(
        {int(code) for route in sender_health.routes() for code in route.codes if int(code) not in CODES}
    )
    if strange:
        codes = ", ".join(map(str, strange))
        yield Finding("senders", State.LOOK, f"the provider gives codes nobody has listed: {codes}")


def _ends_in(sender: str) -> str:
    return f"…{sender[-2:]}" if sender.startswith("+") else sender


def _public_address() -> Finding:
    address = urlsplit(settings.PUBLIC_BASE_URL)
    if address.scheme != "https":
        state = State.LOOK if settings.DEMO else State.NOT_READY
        return Finding("public address", state, "PUBLIC_BASE_URL is not https: the provider must reach it")
    return Finding("public address", State.READY, address.netloc)


def _feeds() -> Iterator[Finding]:
    """The watched feeds; an address may hold a key, so they are named by their servers."""
    if AlertFeed._meta.db_table not in connection.introspection.table_names():
        return  # said above: migrations wait
    for feed in feeds.watched():
        server = urlsplit(feed.url).hostname or ""
        if feed.failures >= _FAILED_OFTEN:
            note = f"{server}: {feed.failures} failures in a row ({feed.problem})"
            yield Finding("alert feeds", State.LOOK, note)
        else:
            yield Finding(
                "alert feeds", State.READY, f"{server}: {'read' if feed.read_at else 'not read yet'}"
            )


def _senders() -> Iterator[Finding]:
    senders = settings.SENDERS
    two_way = [sender for sender in senders if sender.sms and sender.two_way]
    if not two_way:
        yield Finding("senders", State.NOT_READY, "none can send a text and be answered")
        return
    rate = sum(sender.segments_per_second for sender in two_way)
    yield Finding("senders", State.READY, f"{len(senders)} senders, {rate:g} segments a second")
    if not any("*" in sender.countries for sender in two_way):
        yield Finding("senders", State.LOOK, "no two-way sender reaches every country")
    if not any(sender.voice for sender in senders):
        yield Finding("senders", State.LOOK, "none can call")
    if any(_is_synthetic(sender.id) for sender in senders):
        state = State.LOOK if settings.DEMO else State.NOT_READY
        yield Finding("senders", state, "a demo number is among them: it is never in service")


def _is_synthetic(sender: str) -> bool:
    try:
        return PhoneNumber.parse(sender).is_synthetic
    except NotAPhoneNumber:
        return False  # an alphanumeric id


def _translations() -> Iterator[Finding]:
    problems = list(Texts().problems())
    for problem in problems[:_SHOWN]:
        yield Finding("translations", State.NOT_READY, problem)
    if len(problems) > _SHOWN:
        yield Finding("translations", State.NOT_READY, f"and {len(problems) - _SHOWN} more of these")
    unreviewed = [language.tag for language in languages.languages() if not language.reviewed]
    if unreviewed:
        note = f"not reviewed by a native speaker: {', '.join(unreviewed)}"
        yield Finding("translations", State.LOOK, note)
    if not problems and not unreviewed:
        yield Finding("translations", State.READY, "complete and reviewed")


def _clips(now: datetime) -> Iterator[Finding]:
    """How much of each language without a voice can be heard, and which are not spoken on the telephone."""
    if Clip._meta.db_table not in connection.introspection.table_names():
        return  # said above: migrations wait
    for tag in inventory.unspoken():
        yield _coverage(tag, store.coverage(tag, now))
    tags = [language.tag for language in languages.languages()]
    silent = [tag for tag in tags if not voices.voice_of(tag) and not store.speaks(tag)]
    if silent:
        instead = ", ".join(f"{tag} hears {voices.stand_in(tag)}" for tag in silent)
        yield Finding("voices", State.LOOK, f"no voice for some languages: {instead}")
    else:
        yield Finding("voices", State.READY, f"all {len(tags)} languages are spoken on the telephone")


def _coverage(tag: str, found: Coverage) -> Finding:
    note = f"{tag}: {found.heard} of {found.wanted} clips, {found.recorded} recorded by people"
    if not found.ready:
        return Finding("clips", State.LOOK, f"{note}; calls need more: {_how_to_speak(tag)}")
    return Finding("clips", State.READY if found.heard >= found.wanted else State.LOOK, note)


def _how_to_speak(tag: str) -> str:
    try:
        if not render.can_speak(tag):
            return "no synthesiser speaks it, so record it in the console"
    except CannotSpeak as why:
        return f"the synthesiser does not work ({why})"
    return f"manage.py voices render {tag}"
