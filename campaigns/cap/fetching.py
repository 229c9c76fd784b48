"""Fetching a file from an address that an administrator, or a feed, named: bounded, from public servers only.

A feed may name any address, so a server inside our own network must not be reached by it: every address that
a name stands for has to be public, the connection is made to the address that was looked at, and redirects
are followed by hand under the same rule.
"""

import asyncio
import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Final

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

_REDIRECTS: Final = 3
_SECONDS: Final = 20
_CHUNK: Final = 65_536
_MOVED: Final = frozenset({301, 302, 303, 307, 308})
_GONE: Final = frozenset({404, 410})
_TRANSLATED: Final = IPv6Network("64:ff9b::/96")  # IPv4 addresses as a NAT64 writes them (RFC 6052)


class Problem(StrEnum):
    """Why nothing was fetched."""

    ADDRESS = "address"  # not https, or not a public server
    UNREACHABLE = "unreachable"  # no answer in time
    STATUS = "status"  # another answer than 200
    GONE = "gone"  # there is no such file
    TOO_LARGE = "too_large"
    UNREADABLE = "unreadable"  # fetched, and not what it should be


class Unfetched(Exception):
    """Nothing was fetched; `problem` says why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.value)
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Version:
    """What a server calls the version of a file; '' where it calls it nothing."""

    etag: str = ""
    modified: str = ""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a server answered. `body` is None when the version that we know is still the newest."""

    body: bytes | None = field(repr=False)
    version: Version


def is_public(address: str) -> bool:
    """Whether the address is one of the open internet: not of this machine or of a network beside it."""
    ip = ip_address(address)
    return all(one.is_global and not one.is_multicast for one in (ip, *_meant(ip)))


@dataclass(frozen=True, slots=True)
class Door:
    """Which servers may be asked. Tests let their own in."""

    schemes: frozenset[str] = frozenset({"https"})
    lets: Callable[[str], bool] = is_public
    seconds: float = _SECONDS


async def fetch(url: str, *, largest: int, known: Version = Version(), door: Door = Door()) -> Fetched:
    """Get a file of at most `largest` bytes unless it is still the version we know. Raises Unfetched."""
    timeout = aiohttp.ClientTimeout(total=door.seconds)
    connector = aiohttp.TCPConnector(resolver=_Resolver(door), use_dns_cache=False)
    try:
        async with aiohttp.ClientSession(timeout=timeout, connector=connector) as session:
            return await _follow(session, URL(url), largest, known, door)
    except (TimeoutError, ValueError, OSError, aiohttp.ClientError) as error:
        refused = isinstance(error, _NotPublic) or isinstance(error.__cause__, _NotPublic)
        raise Unfetched(Problem.ADDRESS if refused else Problem.UNREACHABLE) from None


async def _follow(
    session: aiohttp.ClientSession, url: URL, largest: int, known: Version, door: Door
) -> Fetched:
    for _ in range(_REDIRECTS + 1):
        _look_at(url, door)
        asked = {"If-None-Match": known.etag, "If-Modified-Since": known.modified}
        headers = {name: value for name, value in asked.items() if value}
        async with session.get(url, headers=headers, allow_redirects=False) as answer:
            if answer.status in _MOVED:
                url = url.join(URL(answer.headers.get("Location", "")))
                continue
            if answer.status == 304:
                return Fetched(None, known)
            if answer.status != 200:
                raise Unfetched(Problem.GONE if answer.status in _GONE else Problem.STATUS)
            version = Version(
                answer.headers.get("ETag", "")[:200], answer.headers.get("Last-Modified", "")[:100]
            )
            return Fetched(await _body(answer, largest), version)
    raise Unfetched(Problem.STATUS)


async def _body(answer: aiohttp.ClientResponse, largest: int) -> bytes:
    """The body, unpacked. What a server says of its length is not believed."""
    body = bytearray()
    async for chunk in answer.content.iter_chunked(_CHUNK):
        body += chunk
        if len(body) > largest:
            raise Unfetched(Problem.TOO_LARGE)
    return bytes(body)


def _look_at(url: URL, door: Door) -> None:
    if url.scheme not in door.schemes or not url.host or url.user or url.password:
        raise Unfetched(Problem.ADDRESS)
    try:
        literal = str(ip_address(url.host))
    except ValueError:
        return  # a name: the resolver looks at what it stands for
    if not door.lets(literal):
        raise Unfetched(Problem.ADDRESS)


class _NotPublic(OSError):
    """A name stands for an address that is not public."""


class _Resolver(AbstractResolver):
    """Looks names up, and hands on nothing unless every address is one that may be asked."""

    def __init__(self, door: Door) -> None:
        self._door = door

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The addresses of a name. Raises OSError."""
        loop = asyncio.get_running_loop()
        rows = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, family=family)
        addresses = [(kind, str(where[0])) for kind, _, _, _, where in rows]
        if not all(self._door.lets(address) for _, address in addresses):
            raise _NotPublic
        return [
            ResolveResult(
                hostname=host, host=address, port=port, family=kind, proto=0, flags=socket.AI_NUMERICHOST
            )
            for kind, address in addresses
        ]

    async def close(self) -> None:
        """Nothing to let go of."""


def _meant(ip: IPv4Address | IPv6Address) -> Iterable[IPv4Address]:
    """The IPv4 addresses that an IPv6 address carries."""
    if isinstance(ip, IPv4Address):
        return ()
    carried = [ip.ipv4_mapped, ip.sixtofour, *(ip.teredo or ())]
    if ip in _TRANSLATED:
        carried.append(IPv4Address(int(ip) & 0xFFFFFFFF))
    return [one for one in carried if one is not None]
