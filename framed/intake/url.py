"""A photo on the web, where the operator allows it: fetched from checked addresses only.

The connection goes to an address that was checked, never to a name that would be looked up once
more. Nothing of the environment has a say in it: no proxy, no credentials, no cookies.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urljoin

import httpx

from framed import __version__
from framed.errors import Code, FramedError
from framed.holding import Hold, held_already, in_steps, standing
from framed.intake.addresses import Address
from framed.intake.declared import refuse_plainly_no_image
from framed.intake.guard import UrlGuard
from framed.intake.location import Location, read_location
from framed.intake.size import check_size
from framed.photo import PhotoBytes
from framed.size_limit import SizeLimit

_TRIED = 4  # addresses of one host
_MOVED = (301, 302, 303, 307, 308)
_PLAIN = ("", "identity")
_HEADERS = {
    "User-Agent": f"Framed/{__version__}",
    "Accept": "image/*",
    "Accept-Encoding": "identity",  # a small answer must not become a large one
    "Connection": "close",
}


async def from_url(
    text: str, guard: UrlGuard, limit: SizeLimit, hold: Hold = held_already
) -> PhotoBytes:
    """Fetch the photo at the http or https address `text`, no more of it than `limit`; `hold` is
    asked for the bytes as they come.

    Raises `forbidden_url` for what `guard` does not admit, anywhere along the redirects;
    `fetch_failed` where no photo comes, or not within the guard's deadline; `overloaded` where too
    many names are being looked up, or there is no room; and the refusals of every photo by its size
    and declared type.
    """
    if not guard.allowed:
        raise FramedError(
            Code.FORBIDDEN_URL,
            "Web addresses are not fetched here; send the photo itself. The operator allows them "
            "with FRAMED_URL_INPUT.",
        )
    try:
        async with asyncio.timeout(guard.deadline) as clock:

            async def arriving(size: int) -> None:
                with standing(clock):
                    await hold(in_steps(size))

            return await _follow(text, guard, _Bounds(limit, arriving))
    except TimeoutError:
        raise _failed(f"it took longer than {guard.deadline:g} s") from None


@dataclass(frozen=True)
class _Bounds:
    limit: SizeLimit
    hold: Hold  # asked before bytes are kept, with how many they are in all


async def _follow(text: str, guard: UrlGuard, bounds: _Bounds) -> PhotoBytes:
    first = location = read_location(text)
    for _ in range(guard.redirects + 1):
        addresses = await guard.addresses(location)
        assert location is not None  # the guard has refused it
        answer = await _ask(location, addresses[:_TRIED], guard.deadline, bounds)
        if isinstance(answer, bytes):
            return PhotoBytes(answer, "url", first.file_name if first else None)
        location = read_location(answer)
    raise _failed(f"it is redirected more than {guard.redirects} times")


async def _ask(
    location: Location, addresses: Sequence[Address], seconds: float, bounds: _Bounds
) -> bytes | str:
    """The photo's bytes, or where it has moved to; from the first address that connects."""
    failure = ""
    for address in addresses:
        try:
            return await _get(location, address, seconds / len(addresses), bounds)
        except (httpx.ConnectError, httpx.ConnectTimeout) as broken:
            failure = _in_words(broken)
        except (httpx.TransportError, OSError) as broken:
            raise _failed(_in_words(broken)) from None
    raise _failed(failure)


async def _get(
    location: Location, address: Address, connect_seconds: float, bounds: _Bounds
) -> bytes | str:
    request = httpx.Request(
        "GET",
        location.at(address),
        headers={"Host": location.host_header, **_HEADERS},
        extensions=_connecting(location, connect_seconds),
    )
    # a bare transport: redirects, proxies, cookies and .netrc are matters of httpx's client
    async with httpx.AsyncHTTPTransport(verify=await asyncio.to_thread(_trust)) as transport:
        response = await transport.handle_async_request(request)
        try:
            if response.status_code in _MOVED:
                return _next(location, response)
            return await _body(response, bounds)
        finally:
            await response.aclose()


def _connecting(location: Location, seconds: float) -> Mapping[str, Any]:
    """The certificate is to be that of the name; the whole fetch has a deadline of its own."""
    return {"sni_hostname": str(location.host), "timeout": {"connect": seconds}}


@cache
def _trust() -> ssl.SSLContext:
    return httpx.create_ssl_context()


def _next(location: Location, response: httpx.Response) -> str:
    moved: str | None = response.headers.get("location")
    if not moved:
        raise _failed(f"its server answers {response.status_code} and does not say where it is")
    if "\\" in moved:  # a slash to browsers
        return ""
    try:
        return urljoin(str(location.url), moved)
    except ValueError:  # brackets that hold no address
        return ""


async def _body(response: httpx.Response, bounds: _Bounds) -> bytes:
    if not response.is_success:
        raise _failed(f"its server answers {response.status_code}")
    if response.headers.get("content-encoding", "").strip().lower() not in _PLAIN:
        raise _failed("its server sends it compressed, though asked not to")
    refuse_plainly_no_image(response.headers.get("content-type"))
    if (declared := response.headers.get("content-length", "")).isdecimal():
        check_size(int(declared), bounds.limit)
    data = bytearray()
    async for part in response.aiter_raw():
        check_size(len(data) + len(part), bounds.limit)
        await bounds.hold(len(data) + len(part))
        data += part
    check_size(len(data), bounds.limit)
    return bytes(data)


def _failed(reason: str) -> FramedError:
    return FramedError(Code.FETCH_FAILED, f"The photo could not be fetched: {reason}.")


def _in_words(broken: Exception) -> str:
    if isinstance(broken, httpx.ConnectTimeout):
        return "its server does not answer"
    if isinstance(broken, httpx.ConnectError):
        if _is_about_tls(broken):
            return "its server's certificate does not hold"
        return "its server takes no connection"
    return "its server broke off, or does not speak HTTP"


def _is_about_tls(broken: BaseException | None) -> bool:
    return broken is not None and (
        isinstance(broken, ssl.SSLError) or _is_about_tls(broken.__context__ or broken.__cause__)
    )
