"""Where a request carries its key."""

from __future__ import annotations

import pytest
from starlette.datastructures import Headers

from framed.access.credentials import LONGEST, secrets_in


@pytest.mark.parametrize(
    ("headers", "secrets"),
    [
        ({}, ()),
        ({"authorization": "Bearer abc"}, ("abc",)),
        ({"authorization": "bearer  abc "}, ("abc",)),
        ({"x-api-key": " abc"}, ("abc",)),
        ({"authorization": "Bearer abc", "x-api-key": "def"}, ("abc", "def")),
        ({"authorization": "Bearer abc", "x-api-key": "abc"}, ("abc",)),
        ({"authorization": "Basic abc", "x-api-key": "def"}, ("def",)),
        ({"authorization": "Basic abc"}, ()),
        ({"authorization": "Bearer"}, ()),
        ({"authorization": "abc", "x-api-key": ""}, ()),
        ({"x-api-key": "x" * 10_000}, ("x" * LONGEST,)),
    ],
)
def test_both_places_are_looked_at(headers: dict[str, str], secrets: tuple[str, ...]) -> None:
    """A scheme of somebody else's, a proxy's say, is none of ours."""
    assert secrets_in(Headers(headers)) == secrets
