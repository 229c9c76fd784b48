"""What open pages hear while they are open: that a campaign moved, that somebody asks for help.

A consumer sends counts and nothing else. The officer's right to hear them is checked at the door and again
while the line is open: a page left open by somebody who lost their role falls silent.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import ClassVar, Final

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer
from django.utils import timezone
from redis.exceptions import RedisError

from campaigns import live
from console import board, counted, moments, names
from core.models import Officer
from core.officers import Permission

NOT_ALLOWED: Final = 4403
NO_LAYER: Final = 4503
_CHECK_EVERY: Final = timedelta(seconds=30)

Figures = Mapping[str, object]


class _Line(AsyncJsonWebsocketConsumer, ABC):  # type: ignore[misc] # the library has no types
    """A line that only officers with the permission hear, for as long as they hold it."""

    permission: ClassVar[Permission]
    checked_at: datetime | None = None
    _permissions: frozenset[Permission] = frozenset()

    async def connect(self) -> None:
        """Open the line and say how things stand. Refused lines are closed with a code of their own."""
        await self.accept()
        if not await self._welcome():
            await self.close(NOT_ALLOWED)
            return
        try:
            for group in self.listened():
                await self.channel_layer.group_add(group, self.channel_name)
        except (RedisError, OSError):
            # The page keeps its last figures, says since when, and tries again.
            await self.close(NO_LAYER)
            return
        await self.tell()

    async def disconnect(self, _code: int) -> None:
        """Leave the groups, if the layer is still there to be left."""
        try:
            for group in self.listened():
                await self.channel_layer.group_discard(group, self.channel_name)
        except (RedisError, OSError):
            return

    async def receive_json(self, content: object, **_: object) -> None:
        """A page asks whether the line is alive; anything else is ignored."""
        if content == {"type": "ping"}:
            await self.send_json({"type": "pong"})

    async def tell(self) -> None:
        """Send the counts as they are now, unless the officer may no longer see them."""
        if not await self._welcome():
            await self.close(NOT_ALLOWED)
            return
        await self.send_json(await database_sync_to_async(self.counts)(counted.heard()))

    @abstractmethod
    def listened(self) -> tuple[str, ...]:
        """The groups this line hears."""

    @abstractmethod
    def counts(self, heard: int) -> Figures:
        """What the page is sent, counted after that turn of `console.counted`."""

    async def _welcome(self) -> bool:
        now = timezone.now()
        if self.checked_at is not None and now - self.checked_at < _CHECK_EVERY:
            return True
        officer = self.scope.get("user")
        if not await database_sync_to_async(self._may)((officer.pk if officer else None) or 0):
            return False
        self.checked_at = now
        return True

    def officer_may(self, permission: Permission) -> bool:
        """What the officer on the line might do when last looked."""
        return permission in self._permissions

    def _may(self, officer_id: int) -> bool:
        officer = Officer.objects.filter(pk=officer_id).first()
        if officer is None or officer.must_change_password:
            return False
        self._permissions = frozenset(one for one in Permission if officer.may(one))
        return self.officer_may(self.permission)


class BoardConsumer(_Line):
    """The board of one campaign."""

    permission = Permission.SEE_FIGURES

    def listened(self) -> tuple[str, ...]:
        """The campaign's own group."""
        return (live.group(self._campaign_id),)

    async def campaign_changed(self, _event: live.Event) -> None:
        """Something moved: count again."""
        await self.tell()

    def counts(self, heard: int) -> Figures:
        """Every figure of the board, and the moment it was true."""
        found = counted.since(heard, self._campaign_id)
        exactly = self.officer_may(Permission.SEE_CAMPAIGNS)
        return {
            "type": "figures",
            "at": found.at.isoformat(),
            "wall": moments.clock(found.at, names.home_zone(), "en"),
            "state": found.standing,
            "figures": board.as_told(found.campaign, found.counts, exactly=exactly),
        }

    @property
    def _campaign_id(self) -> int:
        return int(self.scope["url_route"]["kwargs"]["pk"])


class NowConsumer(_Line):
    """The frame around every page: how many wait for help, how many texts wait to be read."""

    permission = Permission.SEE_CAMPAIGNS

    def listened(self) -> tuple[str, ...]:
        """The list of cases."""
        return (live.CASES,)

    async def cases_changed(self, _event: live.Event) -> None:
        """A case was opened, taken or closed."""
        await self.tell()

    def counts(self, heard: int) -> Figures:
        """The two counts in the rail; drills keep theirs to themselves."""
        found = counted.waiting_since(heard)
        return {"type": "news", "waiting": found.cases, "inbox": found.texts}
