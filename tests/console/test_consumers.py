"""Open pages hear of changes, as long as their officer may."""

from collections.abc import AsyncIterator, Callable, Mapping
from datetime import timedelta

import pytest
import time_machine
from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer
from django.contrib.auth.models import AnonymousUser

from campaigns import live
from campaigns.models import Case, Recipient
from console.consumers import NOT_ALLOWED
from core.conversation import receive
from core.models import Officer
from core.officers import Role
from core.turn import Incoming
from telephony.messages import Channel
from tests import make
from tests.console.line import Line

pytestmark = pytest.mark.django_db(transaction=True)

Dial = Callable[[str, Officer | AnonymousUser], Line]


@pytest.fixture
async def dial() -> AsyncIterator[Dial]:
    """Opens a line as an officer; every line is hung up afterwards."""
    lines: list[Line] = []

    def opened(path: str, officer: Officer | AnonymousUser) -> Line:
        line = Line(path, officer)
        lines.append(line)
        return line

    yield opened
    for line in lines:
        await line.hang_up()
    layer = get_channel_layer()
    if layer is not None:
        await layer.flush()


def figures_of(heard: Mapping[str, object]) -> Mapping[str, int | None]:
    """The counts in what a board heard."""
    figures = heard["figures"]
    assert isinstance(figures, dict)
    return figures


async def board_of(campaign_id: int) -> None:
    """What campaigns.live says when something moved."""
    layer = get_channel_layer()
    assert layer is not None
    event = {"type": "campaign.changed", "campaign": campaign_id, "at": make.NOW.isoformat()}
    await layer.group_send(live.group(campaign_id), event)


async def test_a_board_gets_its_figures_at_once_and_again_when_something_moves(dial: Dial) -> None:
    campaign = await sync_to_async(make.running_campaign)(recipients=2)
    line = dial(f"/console/live/campaigns/{campaign.pk}/", await sync_to_async(make.officer)(Role.AUTHOR))
    await line.connect()
    first = await line.hear()
    assert figures_of(first)["planned"] == 2
    await Recipient.objects.filter(campaign=campaign).aupdate(delivery="delivered", answer="safe")
    await board_of(campaign.pk)
    assert figures_of(await line.hear())["safe"] == 2


async def test_an_analyst_hears_of_no_count_that_is_about_a_few(dial: Dial) -> None:
    campaign = await sync_to_async(make.running_campaign)(recipients=12)
    line = dial(f"/console/live/campaigns/{campaign.pk}/", await sync_to_async(make.officer)(Role.ANALYST))
    await line.connect()
    first = figures_of(await line.hear())
    assert (first["total"], first["planned"]) == (10, 10)
    assert first["needs_help"] is None
    one = await campaign.recipients.afirst()
    assert one is not None
    await Recipient.objects.filter(pk=one.pk).aupdate(delivery="delivered", answer="needs_help")
    await board_of(campaign.pk)
    assert figures_of(await line.hear())["needs_help"] is None


async def test_a_line_carries_counts_and_nothing_about_a_person(dial: Dial) -> None:
    campaign = await sync_to_async(make.running_campaign)(recipients=1)
    line = dial(f"/console/live/campaigns/{campaign.pk}/", await sync_to_async(make.officer)(Role.AUTHOR))
    await line.connect()
    heard = await line.hear()
    assert set(heard) == {"type", "at", "wall", "state", "figures"}
    assert all(isinstance(value, int) for value in figures_of(heard).values())


@pytest.mark.parametrize("role", [None, Role.ANALYST])
async def test_whoever_may_not_see_campaigns_hears_nothing(dial: Dial, role: Role | None) -> None:
    officer = await sync_to_async(make.officer)(role) if role else AnonymousUser()
    line = dial("/console/live/now/", officer)
    await line.connect()
    assert await line.closed_with() == NOT_ALLOWED


async def test_a_new_call_for_help_reaches_the_open_page(dial: Dial) -> None:
    officer = await sync_to_async(make.officer)(Role.CASE_OFFICER)
    line = dial("/console/live/now/", officer)
    await line.connect()
    assert (await line.hear())["waiting"] == 0
    contact = await sync_to_async(make.traveller)()
    await sync_to_async(make.case)(contact)
    assert await Case.objects.acount() == 1
    layer = get_channel_layer()
    assert layer is not None
    await layer.group_send(live.CASES, {"type": "cases.changed", "campaign": 0, "at": make.NOW.isoformat()})
    assert (await line.hear())["waiting"] == 1


async def test_an_officer_who_lost_the_account_is_hung_up(dial: Dial) -> None:
    campaign = await sync_to_async(make.running_campaign)(recipients=1)
    officer = await sync_to_async(make.officer)(Role.AUTHOR)
    with time_machine.travel(make.NOW, tick=False) as clock:
        line = dial(f"/console/live/campaigns/{campaign.pk}/", officer)
        await line.connect()
        await line.hear()
        await Officer.objects.filter(pk=officer.pk).aupdate(is_active=False)
        clock.shift(timedelta(minutes=1))
        await board_of(campaign.pk)
        assert await line.closed_with() == NOT_ALLOWED


async def test_a_page_can_ask_whether_the_line_is_alive(dial: Dial) -> None:
    line = dial("/console/live/now/", await sync_to_async(make.officer)(Role.ADMIN))
    await line.connect()
    await line.hear()
    await line.say({"type": "ping"})
    assert await line.hear() == {"type": "pong"}


async def test_a_text_nobody_could_read_reaches_the_open_page_by_itself(dial: Dial, redis_db: object) -> None:
    contact = await sync_to_async(make.traveller)()
    await sync_to_async(make.asked)(contact)
    line = dial("/console/live/now/", await sync_to_async(make.officer)(Role.CASE_OFFICER))
    await line.connect()
    assert (await line.hear())["inbox"] == 0
    text = Incoming(
        channel=Channel.SMS,
        sid="SMunread",
        number=contact.phone,
        sender=make.SENDER,
        text="qwrtp zxcvb",
        now=make.NOW,
    )
    await sync_to_async(receive)(text)
    assert (await line.hear())["inbox"] == 1
