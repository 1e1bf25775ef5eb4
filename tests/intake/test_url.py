"""Photos from the web: what is fetched, from where exactly, and what every misbehaviour answers."""

from __future__ import annotations

import asyncio
import shutil
import ssl
import subprocess
import tracemalloc
from collections.abc import Iterator, Sequence
from ipaddress import ip_address
from pathlib import Path

import pytest

from framed.errors import Code, FramedError, overloaded
from framed.holding import in_steps
from framed.intake import url as intake_url
from framed.intake.addresses import Address
from framed.intake.guard import UrlGuard
from framed.intake.url import from_url
from framed.photo import PhotoBytes
from tests.limits import within
from tests.web import PHOTO, PhotoServer, connections, photo_server

LIMIT = within(10**6)
SOON = 0.4  # seconds, where the deadline itself is looked at
HOST = "photos.test"


@pytest.fixture(scope="module")
def photos() -> Iterator[PhotoServer]:
    with photo_server() as running:
        yield running


def guard(*answers: str, deadline: float = 20.0, hosts: tuple[str, ...] = (HOST,)) -> UrlGuard:
    """Admits the host of these tests, whose look-ups give `answers` one after the other."""
    left = list(answers or ["127.0.0.1"])

    async def look_up(name: str) -> Sequence[Address]:
        if name != HOST or not left:
            raise OSError("unknown name")
        return [ip_address(each) for each in left.pop(0).split(",")]

    return UrlGuard(True, hosts, deadline, lookup=look_up)


def fetch(page: str, photos: PhotoServer, by: UrlGuard | None = None) -> PhotoBytes:
    url = f"http://{HOST}:{photos.port}/{page}"
    return asyncio.run(from_url(url, by or guard(), LIMIT))


def refusal(page: str, photos: PhotoServer, by: UrlGuard | None = None) -> FramedError:
    with pytest.raises(FramedError) as refused:
        fetch(page, photos, by)
    return refused.value


@pytest.mark.parametrize(
    "page", ["photo.jpg", "untyped", "octets", "unmeasured", "chunked", "named"]
)
def test_a_photo_is_fetched(photos: PhotoServer, page: str) -> None:
    """With a type, a length and an encoding or without; the bytes decide later what they are."""
    assert fetch(page, photos) == PhotoBytes(PHOTO, "url", page)


def test_the_connection_goes_to_the_address_that_was_checked(photos: PhotoServer) -> None:
    """The name is looked up once; no later answer of a name server changes where it goes."""
    by = guard("127.0.0.1", "127.0.0.9")
    with connections() as made:
        assert fetch("photo.jpg", photos, by).data == PHOTO
    assert made == [("127.0.0.1", photos.port)]
    asked = photos.asked[-1]
    assert asked.first_line == "GET /photo.jpg HTTP/1.1"
    assert asked.headers["Host"] == f"{HOST}:{photos.port}"


def test_each_redirect_is_looked_up_and_checked_anew(photos: PhotoServer) -> None:
    """A name that was fine a moment ago is refused once it points elsewhere."""
    assert fetch("times?1", photos, guard("127.0.0.1", "127.0.0.1")).data == PHOTO
    with connections() as made:
        refused = refusal("times?1", photos, guard("127.0.0.1", "169.254.169.254"))
    assert refused.code is Code.FORBIDDEN_URL
    assert made == [("127.0.0.1", photos.port)]


def test_the_next_address_is_tried(photos: PhotoServer) -> None:
    """A host with several addresses answers though one of them takes no call."""
    with connections() as made:
        by = guard("127.0.0.9,127.0.0.1")
        assert fetch("photo.jpg", photos, by).data == PHOTO
    assert made == [("127.0.0.9", photos.port), ("127.0.0.1", photos.port)]


def test_one_bad_address_refuses_all(photos: PhotoServer) -> None:
    """Also where the good one comes first."""
    with connections() as made:
        refused = refusal("photo.jpg", photos, guard("127.0.0.1,169.254.169.254"))
    assert (refused.code, made) == (Code.FORBIDDEN_URL, [])


def test_redirects_are_followed_three_times(photos: PhotoServer) -> None:
    """Relative ones, too; the name is that of the address which was asked for."""
    answers = ["127.0.0.1"] * 9
    found = fetch("times?3", photos, guard(*answers))
    assert (found.data, found.name) == (PHOTO, "times")
    refused = refusal("times?4", photos, guard(*answers))
    assert refused.code is Code.FETCH_FAILED
    assert "3 times" in refused.message


def test_nothing_of_the_environment_has_a_say(
    photos: PhotoServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """No proxy is asked, no password is sent, and a cookie is not brought back."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/")
    (tmp_path / ".netrc").write_text(f"machine {HOST} login a password b")
    (tmp_path / ".netrc").chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    by = guard("127.0.0.1", "127.0.0.1", "127.0.0.1")
    fetch("named", photos, by)
    fetch(f"to?u=http://{HOST}:{photos.port}/named", photos, by)
    for asked in photos.asked[-3:]:
        assert set(asked.headers) == {
            "Host",
            "User-Agent",
            "Accept",
            "Accept-Encoding",
            "Connection",
        }


def test_a_path_goes_as_it_is_meant(photos: PhotoServer) -> None:
    """A blank is escaped, what is escaped stays, and a fragment is not sent."""
    for page in ("my photo.jpg", "my%20photo.jpg#there"):
        assert fetch(page, photos).name == "my photo.jpg"
        assert photos.asked[-1].path == "/my%20photo.jpg"


@pytest.mark.parametrize(
    ("page", "code", "says"),
    [
        ("missing", Code.FETCH_FAILED, "404"),
        ("failing", Code.FETCH_FAILED, "500"),
        ("unmodified", Code.FETCH_FAILED, "304"),
        ("nowhere", Code.FETCH_FAILED, "where it is"),
        ("gzip", Code.FETCH_FAILED, "compressed"),
        ("cut", Code.FETCH_FAILED, "broke off"),
        ("nohttp", Code.FETCH_FAILED, "HTTP"),
        ("nothing", Code.FETCH_FAILED, "broke off"),
        ("endless-head", Code.FETCH_FAILED, "HTTP"),
        ("endless-line", Code.FETCH_FAILED, "HTTP"),
        ("page", Code.NOT_AN_IMAGE, "text/html"),
        ("document", Code.UNSUPPORTED_FORMAT, "pdf"),
        ("empty", Code.EMPTY, "no bytes"),
        ("large", Code.TOO_LARGE, "MiB"),
        ("endless-body", Code.TOO_LARGE, "MiB"),
        ("endless-chunks", Code.TOO_LARGE, "MiB"),
    ],
)
def test_what_is_no_photo_is_refused(photos: PhotoServer, page: str, code: Code, says: str) -> None:
    """In words that say what came; endless answers end at the limit."""
    refused = refusal(page, photos)
    assert (refused.code, refused.status) == (code, 400)
    assert says in refused.message
    assert "127.0.0.1" not in refused.message


@pytest.mark.parametrize("page", ["dripping-body", "dripping-head", "continuing", "silent"])
def test_one_deadline_over_everything(photos: PhotoServer, page: str) -> None:
    """A server that gives a little again and again does not hold us longer."""
    refused = refusal(page, photos, guard(deadline=SOON))
    assert refused.code is Code.FETCH_FAILED
    assert "longer than 0.4 s" in refused.message


def test_a_slow_look_up_counts_as_well(photos: PhotoServer) -> None:
    """The deadline begins before the name is looked up."""

    async def never(name: str) -> Sequence[Address]:
        await asyncio.Event().wait()
        return []

    refused = refusal("photo.jpg", photos, UrlGuard(True, (HOST,), SOON, lookup=never))
    assert "longer than" in refused.message


def test_an_endless_body_costs_its_limit(photos: PhotoServer) -> None:
    """Not more memory than the photo may have bytes, and a little."""
    fetch("photo.jpg", photos)  # what is made once
    tracemalloc.start()
    try:
        refusal("endless-body", photos)
        assert tracemalloc.get_traced_memory()[1] < 4 * LIMIT.bytes
    finally:
        tracemalloc.stop()


def test_nobody_there(photos: PhotoServer) -> None:
    """A host that takes no call is a failure, not a refusal."""
    refused = refusal("photo.jpg", photos, guard("127.0.0.9"))
    assert refused.code is Code.FETCH_FAILED
    assert "no connection" in refused.message


def test_any_event_loop_will_do(photos: PhotoServer) -> None:
    """Nothing is kept from one loop to the next, and many fetches may run at once."""

    async def many() -> list[PhotoBytes]:
        by = guard(*["127.0.0.1"] * 16)
        url = f"http://{HOST}:{photos.port}/photo.jpg"
        return await asyncio.gather(*(from_url(url, by, LIMIT) for _ in range(16)))

    for _ in range(2):
        assert [each.data for each in asyncio.run(many())] == [PHOTO] * 16


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate of `photos.test` and nobody else, signed by itself, with its key."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl to make a certificate with")
    both = tmp_path / "both.pem"
    subprocess.run(
        [
            *(openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            *(
                "-nodes",
                "-days",
                "2",
                "-subj",
                "/CN=photos",
                "-keyout",
                both,
                "-out",
                tmp_path / "c",
            ),
            *("-addext", f"subjectAltName=DNS:{HOST}"),
        ],
        check=True,
        capture_output=True,
    )
    with both.open("ab") as file:
        file.write((tmp_path / "c").read_bytes())
    return both


@pytest.fixture
def secured(certificate: Path) -> Iterator[tuple[PhotoServer, list[str | None]]]:
    """A server over TLS, and the names by which it was called."""
    called: list[str | None] = []
    trust = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    trust.load_cert_chain(certificate)
    trust.sni_callback = lambda _, name, __: called.append(name)
    with photo_server(trust) as running:
        yield running, called
    intake_url._trust.cache_clear()


def over_tls(secured: PhotoServer, host: str, by: UrlGuard) -> PhotoBytes:
    return asyncio.run(from_url(f"https://{host}:{secured.port}/photo.jpg", by, LIMIT))


def test_the_certificate_is_that_of_the_name(
    secured: tuple[PhotoServer, list[str | None]],
    certificate: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Though the connection goes to an address; an authority of one's own may be named."""
    server, called = secured
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    intake_url._trust.cache_clear()
    assert over_tls(server, HOST, guard()).data == PHOTO
    assert called == [HOST]
    for host in ("127.0.0.1", "localhost"):
        by = UrlGuard(True, (host,), 20.0)
        with pytest.raises(FramedError) as refused:
            over_tls(server, host, by)
        assert refused.value.code is Code.FETCH_FAILED
        assert "certificate" in refused.value.message


def test_a_certificate_that_nobody_vouches_for(
    secured: tuple[PhotoServer, list[str | None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is checked as in any browser."""
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    intake_url._trust.cache_clear()
    with pytest.raises(FramedError) as refused:
        over_tls(secured[0], HOST, guard())
    assert "certificate" in refused.value.message


def test_room_is_asked_for_as_the_bytes_come(photos: PhotoServer) -> None:
    """Nothing for a server that is silent, a step ahead of what came for the others."""
    asked: list[int] = []

    async def hold(size: int) -> None:
        asked.append(size)

    async def get(page: str, by: UrlGuard) -> PhotoBytes:
        return await from_url(f"http://{HOST}:{photos.port}/{page}", by, LIMIT, hold)

    with pytest.raises(FramedError):
        asyncio.run(get("photo.jpg", guard("127.0.0.9")))
    assert asked == []
    asyncio.run(get("photo.jpg", guard()))
    assert asked
    assert set(asked) == {in_steps(len(PHOTO))}


def test_a_wait_for_room_is_not_the_servers_fault(photos: PhotoServer) -> None:
    """It says `overloaded`, however short the deadline of the fetch."""

    async def full(size: int) -> None:
        await asyncio.sleep(2 * SOON)
        raise overloaded("no room")

    url = f"http://{HOST}:{photos.port}/photo.jpg"
    with pytest.raises(FramedError) as refused:
        asyncio.run(from_url(url, guard(deadline=SOON), LIMIT, full))
    assert refused.value.code is Code.OVERLOADED
