"""The parts put together: one account, its clock, its phones, and the web application in front of them."""

import random
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from telephony.senders import Sender
from twin import call_resources, pages, resources, state
from twin.account import (
    DEMO_CREDENTIALS,
    DEMO_SENDERS,
    USUAL_LANGUAGES,
    Account,
    Credentials,
    Language,
)
from twin.call_control import CallControl
from twin.callbacks import Callbacks
from twin.calls import Calls
from twin.clock import Clock
from twin.control import Control
from twin.faults import Faults
from twin.lifecycle import USUAL_PACE, Lifecycle, Pace
from twin.lines import Exchange
from twin.live import Live
from twin.phones import Phones, Service
from twin.rest import Door
from twin.webhooks import Courier, Webhooks

_LARGEST_REQUEST = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Setup:
    """How a twin is set up. `state_file` None means everything is forgotten at the end."""

    service: Service
    credentials: Credentials = DEMO_CREDENTIALS
    senders: tuple[Sender, ...] = DEMO_SENDERS
    pace: Pace = USUAL_PACE
    state_file: Path | None = None
    languages: tuple[Language, ...] = USUAL_LANGUAGES


class Twin:
    """A stand-in for the provider. It lives on one event loop; open it there, close it there.

    A test's own `courier` carries what calls and callbacks ask of the service, without a network. `base_url`
    is where the twin can be reached, without a slash at the end.
    """

    def __init__(
        self, setup: Setup, clock: Clock, rng: random.Random, *, courier: Courier | None = None
    ) -> None:
        self.base_url = "http://twin.invalid"
        self.setup = setup
        self.clock = clock
        self.account = Account(setup.credentials, setup.senders, rng)
        self.faults = Faults(rng)
        self._webhooks = Webhooks(setup.credentials.auth_token)
        self._courier = courier or self._webhooks
        self._callbacks = Callbacks(self.account, clock, self.faults, self._courier)
        self.lifecycle = Lifecycle(self.account, clock, self.faults, self._callbacks)
        self.lifecycle.pace = setup.pace
        self.phones = Phones(self.account, clock, self.lifecycle, self._webhooks)
        self.phones.service = setup.service
        exchange = Exchange(
            account=self.account,
            clock=clock,
            faults=self.faults,
            courier=self._courier,
            callbacks=self._callbacks,
            base_url=lambda: self.base_url,
        )
        self.calls = Calls(exchange, setup.service)
        self._opened = False
        self._live = Live(self.account, self.calls)

    def app(self) -> web.Application:
        """The web application; it opens the twin when it starts and closes it when it stops."""
        app = web.Application(client_max_size=_LARGEST_REQUEST)
        door = Door(self.account, self.clock, self.faults)
        app.add_routes(resources.routes(door, self.lifecycle))
        app.add_routes(call_resources.routes(door, self.calls))
        control = Control(self.account, self.clock, self.faults, self.phones, self.setup.languages)
        app.add_routes(control.routes())
        app.add_routes(CallControl(self.account, self.calls).routes())
        app.add_routes(pages.routes())
        app.add_routes([web.get("/twin/live", self._live.connect)])
        app.on_startup.append(self._open)
        app.on_shutdown.append(self._close_pages)
        app.on_cleanup.append(self._close)
        return app

    async def settled(self) -> None:
        """Return once every callback and every text that was begun has been answered."""
        await self.phones.errands.settled()
        await self._courier.settled()

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
        await self._courier.abandon()
        await self._webhooks.close()
        # A twin that never opened knows nothing: saving it would wipe a file that it could not read.
        if self._opened and self.setup.state_file is not None:
            state.save(self.account, self.setup.state_file)
