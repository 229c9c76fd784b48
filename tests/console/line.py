# mypy: disallow-untyped-calls=False
"""A live line as a browser has it, for tests: the channels library's own one needs its web server, Daphne."""

import json
from collections.abc import Mapping

from asgiref.testing import ApplicationCommunicator
from channels.routing import URLRouter
from django.contrib.auth.models import AnonymousUser

from console.routing import websocket_urlpatterns
from core.models import Officer


class Line(ApplicationCommunicator):
    """One websocket of an officer who has logged in."""

    def __init__(self, path: str, officer: Officer | AnonymousUser) -> None:
        scope = {"type": "websocket", "path": path, "query_string": b"", "headers": [], "subprotocols": []}
        super().__init__(URLRouter(websocket_urlpatterns), scope | {"user": officer})

    async def connect(self) -> None:
        """Dial, and see the line accepted."""
        await self.send_input({"type": "websocket.connect"})
        accepted = await self.receive_output(5)
        assert accepted["type"] == "websocket.accept"

    async def hear(self) -> Mapping[str, object]:
        """The next thing said on the line."""
        said = await self.receive_output(5)
        assert said["type"] == "websocket.send", said
        heard: Mapping[str, object] = json.loads(said["text"])
        return heard

    async def say(self, content: Mapping[str, object]) -> None:
        """Say something to the service."""
        await self.send_input({"type": "websocket.receive", "text": json.dumps(content)})

    async def closed_with(self) -> int:
        """The code the line is closed with."""
        said = await self.receive_output(5)
        assert said["type"] == "websocket.close", said
        return int(said["code"])

    async def hang_up(self) -> None:
        """Close the page."""
        await self.send_input({"type": "websocket.disconnect", "code": 1000})
        await self.wait(5)
