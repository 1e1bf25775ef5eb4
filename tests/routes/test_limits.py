"""What a route may take."""

from __future__ import annotations

import pytest

from framed.routes.limits import (
    BATCH,
    MANY_BYTES,
    ONE_PHOTO,
    PROBE,
    RELOAD,
    SMALL,
    TEXTS,
    body_kind,
)
from framed.settings import MIB
from tests.fakes import chosen


@pytest.mark.parametrize(
    ("content_type", "kind"),
    [
        ("application/json", "json"),
        ("Application/JSON; charset=utf-8", "json"),
        ("application/ld+json", "json"),
        ("multipart/form-data; boundary=x", "multipart"),
        ("application/x-www-form-urlencoded", "urlencoded"),
        ("image/jpeg", "raw"),
        ("multipart/mixed", "raw"),
        ("text/json", "raw"),
        ("", "raw"),
    ],
)
def test_how_a_body_is_written(content_type: str, kind: str) -> None:
    """By its declared type, parameters and case aside."""
    assert body_kind(content_type) == kind


def test_a_photo_and_its_envelope_fit() -> None:
    """The largest photo raw or in a form, and as base64 with its line breaks."""
    settings = chosen()
    for kind in ("raw", "multipart"):
        assert 32 * MIB < ONE_PHOTO.body(settings, kind) < 32.1 * MIB
    assert ONE_PHOTO.body(settings, "json") > 32 * MIB * 4 / 3 * 78 / 76


def test_a_form_of_words_is_small() -> None:
    """Percent signs make three bytes of one, and take long to read: no photo comes that way."""
    assert ONE_PHOTO.body(chosen(max_photo_bytes=32 * MIB), "urlencoded") < 2.1 * MIB


def test_the_setting_moves_the_limit() -> None:
    """A larger photo allowed is a larger body, as base64 too."""
    settings = chosen(max_photo_bytes=300 * MIB, max_batch_photo_bytes=400 * MIB)
    assert ONE_PHOTO.body(settings, "raw") > 300 * MIB
    assert ONE_PHOTO.body(settings, "json") > 300 * MIB * 4 / 3
    assert BATCH.body(settings, "multipart") > 400 * MIB


def test_many_photos_share_a_limit() -> None:
    """Files of a form together; a batch in JSON holds paths, or a photo of a batch as text."""
    assert BATCH.body(chosen(), "multipart") == MANY_BYTES
    assert BATCH.body(chosen(), "json") > 64 * MIB * 4 / 3
    assert BATCH.body(chosen(), "raw") == ONE_PHOTO.body(chosen(), "raw")


def test_deadlines_are_the_settings() -> None:
    """One photo's, a reload's, and none for a batch or a probe, which have their own."""
    settings = chosen(deadline=3.0, reload_deadline=5.0)
    deadlines = [each.deadline(settings) for each in (ONE_PHOTO, TEXTS, SMALL)]
    assert deadlines == [3.0] * 3
    assert (RELOAD.deadline(settings), BATCH.deadline(settings)) == (5.0, None)
    assert PROBE.deadline(settings) is None
    assert PROBE.is_probe
    assert not SMALL.is_probe


def test_the_setting_that_decides_is_named() -> None:
    """Of a JSON body all photos share it; of a form of many files there is none to raise."""
    settings = chosen()
    assert ONE_PHOTO.setting(settings, "json") == "FRAMED_MAX_PHOTO_BYTES"
    assert BATCH.setting(settings, "json") == "FRAMED_MAX_BATCH_PHOTO_BYTES"
    assert BATCH.setting(settings, "raw") == "FRAMED_MAX_PHOTO_BYTES"
    assert BATCH.setting(settings, "multipart") is TEXTS.setting(settings, "json") is None
    assert "by path or as files" in BATCH.advice(settings, "json")
    assert "all of its photos together" in ONE_PHOTO.advice(settings, "json")
