"""The parts put together: one account, its clock, its phones, and the web application in front of them."""

import random
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from telephony.senders import Sender
from twin import pages, resources, state
from twin.account import DEMO_CREDENTIALS, DEMO_SENDERS, Account, Credentials
from twin.callbacks import Callbacks
from twin.calls import Calls
from twin.clock import Clock
from twin.control import Control
from twin.faults import Faults
from twin.lifecycle import USUAL_PACE, Lifecycle, Pace
from twin.live import Live
from twin.phones import Phones, Service
from twin.rest import Door
from twin.webhooks import Webhooks

_LARGEST_REQUEST = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Setup:
    """How a twin is set up. `state_file` None means everything is forgotten at the end."""

    service: Service
    credentials: Credentials = DEMO_CREDENTIALS
    senders: tuple[Sender, ...] = DEMO_SENDERS
    pace: Pace = USUAL_PACE
    state_file: Path | None = None


class Twin:
    """A stand-in for the provider. It lives on one event loop; open it there, close it there."""

    def __init__(self, setup: Setup, clock: Clock, rng: random.Random) -> None:
        self.setup = setup
        self.clock = clock
        self.account = Account(setup.credentials, setup.senders, rng)
        self.faults = Faults(rng)
        self._webhooks = Webhooks(setup.credentials.auth_token)
        self._callbacks = Callbacks(self.account, clock, self.faults, self._webhooks)
        self.lifecycle = Lifecycle(self.account, clock, self.faults, self._callbacks)
        self.lifecycle.pace = setup.pace
        self.phones = Phones(self.account, clock, self.lifecycle, self._webhooks)
        self.phones.service = setup.service
        self._opened = False
        self._live = Live(self.account)

    def app(self) -> web.Application:
        """The web application; it opens the twin when it starts and closes it when it stops."""
        app = web.Application(client_max_size=_LARGEST_REQUEST)
        door = Door(self.account, self.clock, self.faults)
        calls = Calls(self.account, self.clock, self._callbacks)
        app.add_routes(resources.routes(door, self.lifecycle, calls))
        app.add_routes(Control(self.account, self.clock, self.faults, self.phones).routes())
        app.add_routes(pages.routes())
        app.add_routes([web.get("/twin/live", self._live.connect)])
        app.on_startup.append(self._open)
        app.on_shutdown.append(self._close_pages)
        app.on_cleanup.append(self._close)
        return app

    async def settled(self) -> None:
        """Return once every callback and every text that was begun has been answered."""
        await self.phones.errands.settled()
        await self._callbacks.errands.settled()

    async def _open(self, _app: web.Application) -> None:
        file = self.setup.state_file
        under_way = state.load(self.account, file) if file is not None else []
        await self._webhooks.open()
        self._opened = True
        for message in under_way:
            self.lifecycle.resume(message)

    async def _close_pages(self, _app: web.Application) -> None:
        await self._live.close()

    async def _close(self, _app: web.Application) -> None:
        await self.phones.errands.abandon()
        await self._callbacks.errands.abandon()
        await self._webhooks.close()
        # A twin that never opened knows nothing: saving it would wipe a file that it could not read.
        if self._opened and self.setup.state_file is not None:
            state.save(self.account, self.setup.state_file)
