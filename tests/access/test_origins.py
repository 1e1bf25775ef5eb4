"""Pages of other origins: refused, unless they were let in by name or somebody followed a link."""

from __future__ import annotations

import pytest
from starlette.datastructures import Headers

from framed.access.origins import check_origin
from framed.errors import FramedError

HOST = "127.0.0.1:3000"
LINK = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}


def passes(
    path: str = "/classify", method: str = "POST", allowed: tuple[str, ...] = (), **headers: str
) -> bool:
    named = Headers({name.replace("_", "-"): value for name, value in headers.items()})
    try:
        check_origin(named, [HOST], path, method, allowed)
    except FramedError as refused:
        return refused.status != 403
    return True


def test_what_is_no_browser_passes() -> None:
    """It says nothing of origins."""
    assert passes()


@pytest.mark.parametrize(
    "said",
    [
        {"origin": f"http://{HOST}"},
        {"origin": f"http://{HOST}", "sec_fetch_site": "same-origin"},
        {"sec_fetch_site": "same-origin"},
        {"sec_fetch_site": "none"},
        {"origin": "https://photos.example", "sec_fetch_site": "same-origin"},
    ],
)
def test_our_own_pages_pass(said: dict[str, str]) -> None:
    """By their origin, or by the browser's own word, which holds where a proxy changed the Host."""
    assert passes(**said)


@pytest.mark.parametrize(
    "said",
    [
        {"origin": "https://evil.example"},
        {"origin": "http://127.0.0.1:8080"},
        {"origin": "http://127.0.0.1:3000.evil.example"},
        {"origin": "null"},
        {"origin": ""},
        {"origin": "http://[::1"},
        {"origin": f"http://{HOST}", "sec_fetch_site": "cross-site"},
        {"origin": "https://evil.example", "sec_fetch_site": "same-site"},
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site"},
        {"sec_fetch_site": "new-word"},
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_foreign_pages_do_not(said: dict[str, str], method: str) -> None:
    """With a form, a script, or an image whose address is ours."""
    assert not passes(method=method, **said)


@pytest.mark.parametrize("origin", ["https://good.example", "null"])
def test_pages_that_were_let_in_pass(origin: str) -> None:
    """Each by its origin, or all of them; the browser's word on the site is no obstacle then."""
    assert passes(allowed=(origin,), origin=origin, sec_fetch_site="cross-site")
    assert passes(allowed=("*",), origin="https://any.example", sec_fetch_site="cross-site")
    assert not passes(allowed=(origin,), origin="https://other.example")


@pytest.mark.parametrize("path", ["/", "/docs"])
def test_links_lead_to_our_pages_from_anywhere(path: str) -> None:
    """For readers: not as a frame of another page, and not to send something."""
    link = {name.replace("-", "_"): value for name, value in LINK.items()}
    assert passes(path, "GET", **link)
    assert not passes(path, "POST", **link)
    assert not passes("/analyze", "GET", **link)
    assert not passes(path, "GET", **{**link, "sec_fetch_dest": "iframe"})
    assert not passes(path, "GET", **{**link, "sec_fetch_mode": "no-cors"})


@pytest.mark.parametrize("name", ["origin", "sec-fetch-site"])
def test_a_header_that_comes_twice_is_refused(name: str) -> None:
    """Which of the two would count is nobody's to choose."""
    pairs = [(name.encode(), b"same-origin"), (name.encode(), b"cross-site")]
    with pytest.raises(FramedError, match="twice"):
        check_origin(Headers(raw=pairs), [HOST], "/classify", "POST", ())
