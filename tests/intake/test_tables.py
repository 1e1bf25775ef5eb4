"""The two tables, line by line: no listener is reached, no file is opened, no answer tells."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from ipaddress import ip_address
from pathlib import Path

import pytest

from framed.errors import FramedError
from framed.intake.addresses import Address
from framed.intake.guard import UrlGuard
from framed.intake.path import from_path
from framed.intake.source import from_source
from tests.intake.tables import PathCase, UrlCase, path_cases, plant, url_cases
from tests.limits import limits_of, within
from tests.web import PHOTO, PhotoServer, Trap, connections, photo_server

LIMIT = within(10**6)


@pytest.fixture(scope="module")
def photos() -> Iterator[PhotoServer]:
    with photo_server() as running:
        yield running


@pytest.fixture(scope="module")
def trap() -> Iterator[Trap]:
    made = Trap()
    yield made
    made.close()


class Names:
    """A name server with the answers of one case; the photo server's name is always known."""

    def __init__(self, case: UrlCase) -> None:
        self._answers = {name: list(given) for name, given in case.answers.items()}
        self.asked: Counter[str] = Counter()

    async def look_up(self, name: str) -> Sequence[Address]:
        self.asked[name] += 1
        answers = self._answers.get(name) or ([["127.0.0.1"]] if name == "localhost" else [])
        if not answers:
            raise OSError("unknown name")
        return [ip_address(each) for each in (answers.pop(0) if len(answers) > 1 else answers[0])]


def test_the_tables_are_long_enough() -> None:
    """Sixty addresses and thirty paths at least, each once, most of them for any server."""
    assert len({(case.url, str(case.answers)) for case in url_cases()}) == len(url_cases()) >= 60
    assert len({case.path for case in path_cases()}) == len(path_cases()) >= 30
    assert sum(not case.answers for case in url_cases()) >= 60


@pytest.mark.parametrize("case", url_cases(), ids=lambda case: case.why)
def test_an_address_of_the_table_is_not_reached(
    case: UrlCase, photos: PhotoServer, trap: Trap
) -> None:
    """It is refused with the code of the line, and nobody but the redirecting server is called."""
    redirected = "{photos}" in case.url
    names = Names(case)
    guard = UrlGuard(True, ("localhost",) if redirected else (), 5.0, lookup=names.look_up)
    text = case.spelled(trap.port, photos.url)
    with connections() as made, pytest.raises(FramedError) as refused:
        asyncio.run(from_source(text, (), guard, limits_of(10**6)))
    assert (refused.value.code.value, refused.value.status) == (case.code, 400)
    assert set(made) <= ({("127.0.0.1", photos.port)} if redirected else set())
    assert bool(made) == redirected
    assert trap.calls() == 0


def test_every_refused_address_is_answered_alike(photos: PhotoServer, trap: Trap) -> None:
    """What lies behind an address, or whether its name is known, does not show in the words."""

    def words(case: UrlCase) -> str:
        guard = UrlGuard(
            True, ("localhost",) * ("{photos}" in case.url), lookup=Names(case).look_up
        )
        with pytest.raises(FramedError) as refused:
            asyncio.run(
                from_source(case.spelled(trap.port, photos.url), (), guard, limits_of(10**6))
            )
        return refused.value.message

    web = [case for case in url_cases() if case.url.lstrip().lower().startswith(("http", "{ph"))]
    assert len({words(case) for case in web}) == 1


@pytest.mark.parametrize("case", url_cases(), ids=lambda case: case.why)
def test_nothing_is_fetched_unless_it_is_allowed(
    case: UrlCase, photos: PhotoServer, trap: Trap
) -> None:
    """Off is the default: not even a name is looked up."""
    names = Names(case)
    guard = UrlGuard(private_hosts=("localhost", "127.0.0.1"), lookup=names.look_up)
    with connections() as made, pytest.raises(FramedError) as refused:
        asyncio.run(from_source(case.spelled(trap.port, photos.url), (), guard, limits_of(10**6)))
    assert refused.value.code.value == case.code
    assert (made, names.asked) == ([], Counter())


def test_the_trap_catches(trap: Trap) -> None:
    """The listener and the list of connections do see a call."""
    guard = UrlGuard(True, ("127.0.0.1",), 0.3)
    with connections() as made, pytest.raises(FramedError):
        asyncio.run(from_source(f"http://127.0.0.1:{trap.port}/x.jpg", (), guard, limits_of(10**6)))
    assert made == [("127.0.0.1", trap.port)]
    assert trap.calls() == 1


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return plant(tmp_path, PHOTO)


@pytest.mark.parametrize("case", path_cases(), ids=lambda case: case.why)
def test_a_path_of_the_table_is_not_read(case: PathCase, root: Path) -> None:
    """One and the same refusal for all of them, and for the same way to a file that is not."""
    usual = refusal("nothing.jpg", root)
    assert usual["code"] == "forbidden_path"
    assert refusal(case.spelled(root), root) == usual
    if (twin := case.spelled_twin(root)) is not None:
        assert not os.path.lexists(twin.split("\0")[0]) or "\0" in twin
        assert refusal(twin, root) == usual


def test_the_root_itself_serves(root: Path) -> None:
    """The paths are refused for what they are: the photo beside them is read."""
    assert from_path("a.jpg", [root], LIMIT).data == PHOTO
    assert from_path((root / "a.jpg").as_uri(), [root], LIMIT).data == PHOTO


def refusal(text: str, root: Path) -> dict[str, object]:
    with pytest.raises(FramedError) as refused:
        from_path(text, [root], LIMIT)
    return refused.value.as_value()
