"""The shared photos, decoded once for all metric tests."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.technical.pictures import PHOTOS, Grey, preview


@pytest.fixture(scope="session")
def previews() -> dict[str, Grey]:
    """Grey previews of the shared photos by file name."""
    if not PHOTOS.is_dir():
        pytest.skip("the shared photos are not here")
    return {photo.name: preview(photo) for photo in sorted(PHOTOS.glob("*.jpg"))}


@pytest.fixture(scope="session")
def references() -> list[dict[str, Any]]:
    """The documented values of the shared photos, one record a photo."""
    if not PHOTOS.is_dir():
        pytest.skip("the shared photos are not here")
    lines = (PHOTOS / "reference_values.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]
