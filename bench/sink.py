"""A web server that accepts every message at once: what is left is the cost of the sender's side."""

import asyncio
import sys
from itertools import count

from aiohttp import web

_sids = count(1)


_open = asyncio.Event()


async def _hold(request: web.Request) -> web.Response:
    """Answer once somebody has opened: what is sent there waits at the sender until then."""
    await _open.wait()
    return await _accept(request)


async def _let_go(_request: web.Request) -> web.Response:
    _open.set()
    return web.Response()


async def _accept(request: web.Request) -> web.Response:
    await request.read()
    body = b'{"sid":"SM%032x","status":"queued","account_sid":"AC","error_code":null}' % next(_sids)
    return web.Response(body=body, status=201, content_type="application/json")


async def _serve() -> None:
    application = web.Application()
    application.router.add_get("/held", _hold)
    application.router.add_post("/open", _let_go)
    application.router.add_post("/{path:.*}", _accept)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, backlog=1024)
    await site.start()
    addresses = runner.addresses
    print(addresses[0][1], flush=True)
    # Ends with the benchmark that holds the other end of this pipe.
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(_serve())
