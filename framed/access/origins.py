"""Which web pages may have a browser ask for them.

A page of any origin can have a browser send a photo, or a simple form, to any address, that of a
server on the reader's own machine included. The browser says for whom it sends.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from urllib.parse import urlsplit

from starlette.datastructures import Headers

from framed.errors import Code, FramedError

ANY = "*"
PAGES = ("/", "/docs")  # which links elsewhere may lead to
_OURS = ("same-origin", "none")  # what a browser says of its own accord; "none": of the reader's


def check_origin(
    headers: Headers, hosts: Sequence[str], path: str, method: str, allowed: Collection[str]
) -> None:
    """Raise `forbidden` where a browser sends for a page that is neither ours nor `allowed`.

    Whatever is no browser says nothing of the kind, and passes.
    """
    origin, site = _only(headers, "origin"), _only(headers, "sec-fetch-site")
    if ANY in allowed or (origin is not None and origin in allowed):
        return
    if site in _OURS:
        return
    if site is None and (origin is None or _is_same(origin, hosts)):
        return
    if method == "GET" and path in PAGES and _is_followed_link(headers):
        return
    raise FramedError(
        Code.FORBIDDEN,
        f"Pages of {origin or 'another site'} may not call this server; if they are to, its "
        "operator adds their origin to FRAMED_CORS_ORIGINS.",
    )


def _only(headers: Headers, name: str) -> str | None:
    """The one value of a header, None where it is not there; no browser sends two."""
    values = headers.getlist(name)
    if len(values) > 1:
        raise FramedError(Code.FORBIDDEN, f"The header {name!r} came twice; send it once.")
    return values[0] if values else None


def _is_same(origin: str, hosts: Sequence[str]) -> bool:
    try:
        return urlsplit(origin).netloc in hosts
    except ValueError:
        return False


def _is_followed_link(headers: Headers) -> bool:
    return (
        headers.get("sec-fetch-mode") == "navigate" and headers.get("sec-fetch-dest") == "document"
    )
