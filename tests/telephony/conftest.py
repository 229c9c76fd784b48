"""The provider's side of the wire, and our client talking to it."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from telephony.twilio_api import Twilio
from tests.telephony.provider_api import Api, config


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    api = Api()
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", api.handle)
    server = TestServer(application)
    await server.start_server(access_log=None)
    api.address = f"http://127.0.0.1:{server.port}"
    yield api
    await server.close()


@pytest.fixture
async def twilio(api: Api) -> AsyncIterator[Twilio]:
    provider = Twilio(config(api.address))
    yield provider
    await provider.close()
