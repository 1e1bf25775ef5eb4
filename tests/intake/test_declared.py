"""Declared types: what is plainly no photo is refused, the rest is for the sniffer."""

from __future__ import annotations

import pytest

from framed.errors import Code, FramedError
from framed.intake.declared import refuse_plainly_no_image


@pytest.mark.parametrize(
    "declared",
    [
        None,
        "",
        "application/octet-stream",
        "binary/octet-stream",
        "image/jpeg",
        "IMAGE/PNG",
        " image/x-never-heard-of ; q=1",
        "image/svg+xml",
    ],
)
def test_images_and_no_opinion_pass(declared: str | None) -> None:
    """No type, octet-stream and any image/* go on, however they are written."""
    refuse_plainly_no_image(declared)


@pytest.mark.parametrize(
    ("declared", "code"),
    [
        ("text/plain", Code.NOT_AN_IMAGE),
        ("text/html; charset=utf-8", Code.NOT_AN_IMAGE),
        ("Video/MP4", Code.NOT_AN_IMAGE),
        ("audio/mpeg", Code.NOT_AN_IMAGE),
        ("application/json", Code.NOT_AN_IMAGE),
        ("application/pdf", Code.UNSUPPORTED_FORMAT),
        ("application/zip", Code.UNSUPPORTED_FORMAT),
    ],
)
def test_other_types_are_refused(declared: str, code: Code) -> None:
    """Text, video, audio and JSON are no image; documents are a format that is not taken."""
    with pytest.raises(FramedError) as refused:
        refuse_plainly_no_image(declared)
    assert refused.value.code is code


def test_a_hostile_type_is_repeated_in_part_only() -> None:
    """The message stays short and on one line."""
    with pytest.raises(FramedError) as refused:
        refuse_plainly_no_image("text/" + "x\n" * 5000)
    assert len(refused.value.message) < 300
    assert "\n" not in refused.value.message
