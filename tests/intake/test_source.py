"""A photo named by text: a path or a data URI."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from framed.errors import Code, FramedError
from framed.intake.source import from_source
from tests.photos import jpeg


def test_a_path_and_a_data_uri_name_the_same_photo(tmp_path: Path) -> None:
    """Either way the bytes are those of the photo; the scheme's case does not matter."""
    (tmp_path / "a.jpg").write_bytes(jpeg())
    inline = base64.b64encode(jpeg()).decode()
    by_path = from_source("a.jpg", (tmp_path,), 10**6)
    for scheme in ("data:image/jpeg;base64,", "DATA:image/jpeg;base64,"):
        assert from_source(scheme + inline, (), 10**6).data == by_path.data == jpeg()


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
            from_source(source, roots, limit)
        assert refused.value.code is code
