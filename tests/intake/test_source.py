"""A photo named by text: a path, a data URI or a web address."""

from __future__ import annotations

import asyncio
import base64
from pathlib import Path

import pytest

from framed.errors import Code, FramedError
from framed.intake.guard import UrlGuard
from framed.intake.source import from_source
from framed.photo import PhotoBytes
from tests.limits import limits_of
from tests.photos import jpeg
from tests.web import PHOTO, photo_server

NO_WEB = UrlGuard()


def named(source: str, *roots: Path, guard: UrlGuard = NO_WEB, limit: int = 10**6) -> PhotoBytes:
    return asyncio.run(from_source(source, roots, guard, limits_of(limit)))


def test_a_path_and_a_data_uri_name_the_same_photo(tmp_path: Path) -> None:
    """Either way the bytes are those of the photo; the scheme's case does not matter."""
    (tmp_path / "a.jpg").write_bytes(jpeg())
    inline = base64.b64encode(jpeg()).decode()
    by_path = named("a.jpg", tmp_path)
    for scheme in ("data:image/jpeg;base64,", "DATA:image/jpeg;base64,"):
        assert named(scheme + inline).data == by_path.data == jpeg()


def test_a_web_address_is_fetched_where_it_is_allowed() -> None:
    """And only there."""
    with photo_server() as photos:
        url = f"{photos.url}/photo.jpg"
        found = named(url, guard=UrlGuard(True, ("localhost",)))
        assert (found.data, found.origin) == (PHOTO, "url")
        asked = len(photos.asked)
        with pytest.raises(FramedError) as refused:
            named(url)
        assert (refused.value.code, len(photos.asked)) == (Code.FORBIDDEN_URL, asked)


def test_limits_and_folders_hold(tmp_path: Path) -> None:
    """A path outside, and a photo that is too large either way, are refused."""
    (tmp_path / "a.jpg").write_bytes(jpeg())
    inline = "data:image/jpeg;base64," + base64.b64encode(jpeg()).decode()
    for source, roots, limit, code in (
        ("a.jpg", (), 10**6, Code.FORBIDDEN_PATH),
        ("a.jpg", (tmp_path,), 100, Code.TOO_LARGE),
        (inline, (), 100, Code.TOO_LARGE),
    ):
        with pytest.raises(FramedError) as refused:
            named(source, *roots, limit=limit)
        assert refused.value.code is code
