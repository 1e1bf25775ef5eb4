"""Web addresses: one plain reading, or none."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from framed.intake.location import Location, read_location


def read(text: str) -> Location:
    location = read_location(text)
    assert location is not None
    return location


@pytest.mark.parametrize(
    ("text", "host", "port", "header", "target"),
    [
        ("http://photos.example", "photos.example", 80, "photos.example", b"/"),
        ("https://photos.example/", "photos.example", 443, "photos.example", b"/"),
        ("HTTP://Photos.Example/A.jpg", "photos.example", 80, "photos.example", b"/A.jpg"),
        ("http://photos.example.:80/a", "photos.example", 80, "photos.example", b"/a"),
        ("http://p_1.example:8080/a", "p_1.example", 8080, "p_1.example:8080", b"/a"),
        ("https://a.example:80/a", "a.example", 80, "a.example:80", b"/a"),
        ("http://a.example?b=c#d", "a.example", 80, "a.example", b"/?b=c"),
        ("http://a.example/x@y:z?u=http://b/#c#d", "a.example", 80, None, b"/x@y:z?u=http://b/"),
        ("http://a.example/my photo.jpg", "a.example", 80, None, b"/my%20photo.jpg"),
        ("http://a.example/%C3%BC%20?%zz", "a.example", 80, None, b"/%C3%BC%20?%zz"),
        ("http://a.example/ü", "a.example", 80, None, b"/%C3%BC"),
        ("http://Bücher.example/", "xn--bcher-kva.example", 80, "xn--bcher-kva.example", b"/"),
        ("http://例え。テスト/", "xn--r8jz45g.xn--zckzah", 80, None, b"/"),
        ("\n http://a.example/ \n", "a.example", 80, "a.example", b"/"),
        ("http://8.8.8.8:81/a", "8.8.8.8", 81, "8.8.8.8:81", b"/a"),
        ("http://[2606:4700::1]/a", "2606:4700::1", 80, "[2606:4700::1]", b"/a"),
        ("https://[2606:4700:0::1]:1/a", "2606:4700::1", 1, "[2606:4700::1]:1", b"/a"),
        ("http://3com.example/", "3com.example", 80, "3com.example", b"/"),
        ("http://a.0x7g/", "a.0x7g", 80, None, b"/"),
    ],
)
def test_plain_addresses(
    text: str, host: str, port: int, header: str | None, target: bytes
) -> None:
    """Scheme, host, port and path as everybody reads them; the fragment stays here."""
    location = read(text)
    assert (str(location.host), location.port) == (host, port)
    assert location.host_header == (header or host)
    assert location.url.raw_path == target


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:4700::1"])
def test_the_connection_goes_to_an_address(address: str) -> None:
    """Only the host is replaced; the path and the port stay."""
    at = read("https://photos.example:8443/a?b").at(ip_address(address))
    assert (at.host, at.port, at.scheme, at.raw_path) == (address, 8443, "https", b"/a?b")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("http://a.example/b/c.jpg?d", "c.jpg"),
        ("http://a.example/my%20photo.jpg", "my photo.jpg"),
        ("http://a.example/b/", "b"),
        ("http://a.example/", None),
        ("http://a.example/x%2F..%2Fetc", "etc"),
        ("http://a.example/" + "a" * 300, "a" * 255),
    ],
)
def test_the_name_of_the_photo(text: str, name: str | None) -> None:
    """The last part of the path, without folders."""
    assert read(text).file_name == name


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a.jpg",
        "http://a.example/\ud800",
        "http://" + "a" * 64 + ".example/",
        "http://" + "ü" * 300 + ".example/",
        "http://a.example/" + "a" * 4096,
        "http://a.example/\x7f",
        "http://xn--/\u0000",
        "http://a-.example/",
        "http://a.example:/x",
        "http://a.example:080/x",
        "http://a.example:\uff18\uff10/x",
        "http://a.example:x/",
    ],
    ids=ascii,
)
def test_odd_addresses(text: str) -> None:
    """Beside those of the table: half characters, endless ones, ports that are written oddly."""
    assert read_location(text) is None


def test_a_hostile_text_costs_little() -> None:
    """Megabytes are refused by their length, long hosts without being worked on."""
    for filling in ("a.", "ü", "@", "[", ":", "%20"):
        assert read_location("http://" + filling * 2**20) is None
        assert read_location("http://" + filling * (4000 // len(filling))) is None
