"""The path below which a proxy serves everything."""

from __future__ import annotations

import pytest

from framed.sub_path import sub_path_of, without

NONE = [
    "framed",
    "//evil.example",
    "/a//b",
    "/..",
    "/a/../b",
    "/a b",
    "/<b>",
    "/a?b",
    "/" + "a" * 300,
    "https://a",
    "/a%2fb",
    '/a"',
    "/é",
]


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("/framed", "/framed"),
        ("/a/b-c_d.e~1/", "/a/b-c_d.e~1"),
        ("", ""),
        ("/", ""),
        (" /a ", "/a"),
    ],
)
def test_a_plain_path(text: str, path: str) -> None:
    """Without its last slash."""
    assert sub_path_of(text) == path


@pytest.mark.parametrize("text", NONE)
def test_what_cannot_be_one(text: str) -> None:
    """It would stand in pages, and lead elsewhere."""
    assert sub_path_of(text) is None


@pytest.mark.parametrize(
    ("path", "known"),
    [("/framed/docs", "/docs"), ("/docs", "/docs"), ("/framed", "/"), ("/framedx", "/framedx")],
)
def test_it_may_stand_in_front_or_not(path: str, known: str) -> None:
    """Proxies do either; only the whole name counts."""
    assert without(path, "/framed") == known
    assert without(path, "") == path


def test_a_route_that_begins_like_it_is_that_route() -> None:
    """Whether the proxy takes the path away or not."""
    routes = {"/api/v1/vision/labels"}
    assert without("/api/v1/vision/labels", "/api", routes) == "/api/v1/vision/labels"
    assert without("/api/api/v1/vision/labels", "/api", routes) == "/api/v1/vision/labels"
    assert without("/api/docs", "/api", routes) == "/docs"
