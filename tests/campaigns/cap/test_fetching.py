"""Fetching from the open internet and from nowhere else; a server of our own stands in for it here."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from campaigns.cap.fetching import Door, Problem, Unfetched, Version, fetch, is_public

OPEN = Door(schemes=frozenset({"http"}), lets=lambda _address: True, seconds=5)
BY_NAME = Door(schemes=frozenset({"http"}), seconds=5)

Answering = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def serving(answering: Answering) -> AsyncIterator[str]:
    application = web.Application()
    application.router.add_get("/{path:.*}", answering)
    async with TestServer(application) as server:
        yield str(server.make_url("/"))


async def refused(url: str, door: Door = OPEN, largest: int = 100) -> Problem:
    with pytest.raises(Unfetched) as unfetched:
        await fetch(url, largest=largest, door=door)
    return unfetched.value.problem


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0"),  # noqa: S104 - refused
        *("::1", "fe80::1", "fd00::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::1", "224.0.0.1"),
    ],
)
def test_addresses_inside_a_network_are_not_public(address: str) -> None:
    assert not is_public(address)


def test_addresses_of_the_open_internet_are_public() -> None:
    assert is_public("1.1.1.1")
    assert is_public("2606:4700:4700::1111")


async def test_a_file_is_fetched_with_what_the_server_calls_its_version() -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(text="alert", headers={"ETag": '"7"'})

    async with serving(answer) as url:
        found = await fetch(url, largest=100, door=OPEN)
    assert (found.body, found.version.etag) == (b"alert", '"7"')


async def test_a_version_that_we_know_is_not_fetched_again() -> None:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(status=304 if request.headers.get("If-None-Match") == '"7"' else 200)

    async with serving(answer) as url:
        found = await fetch(url, largest=100, known=Version(etag='"7"'), door=OPEN)
    assert (found.body, found.version) == (None, Version(etag='"7"'))


async def test_only_https_is_asked() -> None:
    assert await refused("http://example.org/", Door()) is Problem.ADDRESS
    assert await refused("file:///etc/hostname", Door()) is Problem.ADDRESS
    assert await refused("https://user:word@example.org/", Door()) is Problem.ADDRESS


async def test_a_server_inside_our_network_is_not_asked_by_number_or_by_name() -> None:
    asked = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(request.path)
        return web.Response(text="secret")

    async with serving(answer) as url:
        assert await refused(url, BY_NAME) is Problem.ADDRESS
        assert await refused(url.replace("127.0.0.1", "localhost"), BY_NAME) is Problem.ADDRESS
    assert asked == []


async def test_a_redirect_is_followed_under_the_same_rule() -> None:
    async def answer(request: web.Request) -> web.Response:
        if request.path == "/":
            raise web.HTTPFound("/alert")
        if request.path == "/alert":
            return web.Response(text="alert")
        if request.path == "/inside":
            raise web.HTTPFound("https://169.254.169.254/")
        raise web.HTTPFound(request.path)

    door = Door(
        schemes=frozenset({"http", "https"}), lets=lambda address: not address.startswith("169."), seconds=5
    )
    async with serving(answer) as url:
        assert (await fetch(url, largest=100, door=door)).body == b"alert"
        assert await refused(f"{url}inside", door) is Problem.ADDRESS
        assert await refused(f"{url}round", door) is Problem.STATUS


async def test_a_body_that_is_too_large_is_not_read_to_its_end() -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()  # without a length
        await response.prepare(request)
        for _ in range(100):
            await response.write(b"x" * 1000)
        return response

    async with serving(answer) as url:
        assert await refused(url, largest=5000) is Problem.TOO_LARGE


async def test_a_small_file_that_unpacks_to_a_large_one_is_too_large() -> None:
    async def answer(_: web.Request) -> web.Response:
        response = web.Response(body=b"0" * 1_000_000)
        response.enable_compression(web.ContentCoding.gzip)
        return response

    async with serving(answer) as url:
        assert await refused(url, largest=5000) is Problem.TOO_LARGE


async def test_no_answer_in_time_and_other_answers_are_told_apart() -> None:
    asked = asyncio.Event()

    async def answer(request: web.Request) -> web.Response:
        if request.path == "/slow":
            await asked.wait()
        return web.Response(status=int(request.path.strip("/") or 200))

    async with serving(answer) as url:
        slow = Door(schemes=frozenset({"http"}), lets=lambda _: True, seconds=0.2)
        assert await refused(f"{url}slow", slow) is Problem.UNREACHABLE
        assert await refused(f"{url}404") is Problem.GONE
        assert await refused(f"{url}500") is Problem.STATUS
        asked.set()
