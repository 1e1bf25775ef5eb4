"""What the answers' tests share: a way to look at photos."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from framed.answers.looking import Looker
from framed.imaging.pool import DecodePool


@pytest.fixture(scope="package")
def looker() -> Iterator[Looker]:
    """The real decoding pool; photos above 3 megapixels are refused."""
    pool = DecodePool(2, 64)
    yield Looker(pool, 3)
    pool.close()
