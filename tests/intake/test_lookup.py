"""Names and addresses of this machine."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from ipaddress import ip_address
from threading import Event, Lock
from typing import Any

import pytest

from framed.errors import Code, FramedError
from framed.intake.addresses import Address
from framed.intake.lookup import LOOKUPS, Lookups, is_own, look_up

PATIENCE = 30  # seconds for what should come at once


class SlowNames:
    """A name server that answers when it is told to; names that begin with `no` are unknown."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self._answers = Event()
        self._lock = Lock()

    def answer(self) -> None:
        self._answers.set()

    def getaddrinfo(self, host: bytes, *_: Any, **__: Any) -> list[tuple[Any, ...]]:
        with self._lock:
            self.asked[host.decode()] += 1
        self._answers.wait(PATIENCE)
        if host.startswith(b"no"):
            raise socket.gaierror("unknown")
        return [(0, 0, 0, "", ("10.0.0.1", 0))]


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Iterator[SlowNames]:
    names = SlowNames()
    monkeypatch.setattr(socket, "getaddrinfo", names.getaddrinfo)
    yield names
    names.answer()


Asking = asyncio.Task[Sequence[Address]]


async def asking(lookups: Lookups, *names: str) -> list[Asking]:
    """A task for each name, each of them begun."""
    tasks = [asyncio.create_task(lookups.addresses(name)) for name in names]
    await asyncio.sleep(0)
    return tasks


async def until_free(lookups: Lookups, name: str) -> Sequence[Address]:
    """The addresses of `name` as soon as there is room for it."""
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                return await lookups.addresses(name)
            except FramedError:
                await asyncio.sleep(0.01)


def test_every_address_of_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of both families, each once, in the order of the answer; the name goes as it stands."""
    asked: list[Any] = []

    def answers(host: bytes, port: None, **kinds: Any) -> list[tuple[Any, ...]]:
        asked.append((host, port, kinds))
        places = [("::1", 0, 0, 0), ("10.0.0.1", 0), ("10.0.0.1", 0), ("fe80::1%1", 0, 0, 1)]
        return [(0, 0, 0, "", place) for place in places]

    monkeypatch.setattr(socket, "getaddrinfo", answers)
    found = asyncio.run(look_up("photos.example"))
    assert [str(each) for each in found] == ["::1", "10.0.0.1", "fe80::1%1"]
    assert asked == [(b"photos.example", None, {"type": socket.SOCK_STREAM})]


def test_a_real_name() -> None:
    """This machine's own name of loopback."""
    assert ip_address("127.0.0.1") in asyncio.run(look_up("localhost"))


def test_an_unknown_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """The refusal of the system comes through."""

    def unknown(*_: Any, **__: Any) -> None:
        raise socket.gaierror("unknown")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(OSError, match="unknown"):
        asyncio.run(look_up("unknown.example"))


def test_when_all_are_taken_a_new_name_is_refused_at_once(slow: SlowNames) -> None:
    """It is told to come again, nobody is asked for it, and those under way are not disturbed."""

    async def story() -> None:
        lookups = Lookups(2)
        begun = await asking(lookups, "a", "b")
        with pytest.raises(FramedError) as refused:
            await lookups.addresses("c")
        assert (refused.value.code, refused.value.retry_after) == (Code.OVERLOADED, 1)
        slow.answer()
        assert await asyncio.gather(*begun) == [[ip_address("10.0.0.1")]] * 2
        assert await lookups.addresses("d")
        assert set(slow.asked) == {"a", "b", "d"}

    asyncio.run(story())


def test_a_slow_name_keeps_its_place_when_its_caller_has_left(slow: SlowNames) -> None:
    """The look-up goes on and counts, until it is done; then there is room."""

    async def story() -> None:
        lookups = Lookups(1)
        (left,) = await asking(lookups, "a")
        left.cancel()
        await asyncio.wait([left])
        with pytest.raises(FramedError):
            await lookups.addresses("b")
        slow.answer()
        assert await until_free(lookups, "b")

    asyncio.run(story())


def test_a_name_under_way_is_shared(slow: SlowNames) -> None:
    """By all who ask, though all places are taken, and though the first of them leaves."""

    async def story() -> None:
        lookups = Lookups(1)
        first, second, third = await asking(lookups, "a", "a", "a")
        first.cancel()
        await asyncio.wait([first])
        slow.answer()
        assert await second == await third == [ip_address("10.0.0.1")]
        assert slow.asked == {"a": 1}
        await lookups.addresses("a")
        assert slow.asked == {"a": 2}  # an answer is not kept

    asyncio.run(story())


def test_a_failure_is_shared_and_frees_its_place(slow: SlowNames) -> None:
    """Each who waits hears of it; the name may be asked for again."""

    async def story() -> None:
        lookups = Lookups(1)
        both = await asking(lookups, "no", "no")
        slow.answer()
        heard = await asyncio.gather(*both, return_exceptions=True)
        assert [type(each) for each in heard] == [socket.gaierror] * 2
        with pytest.raises(OSError, match="unknown"):
            await lookups.addresses("no")
        assert slow.asked == {"no": 2}

    asyncio.run(story())


def test_without_a_thread_the_caller_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A system that gives no thread is a busy one; afterwards the name can be asked for."""

    def none_left(self: object) -> None:
        raise RuntimeError("can't start new thread")

    lookups = Lookups(1)
    with monkeypatch.context() as patched:
        patched.setattr("threading.Thread.start", none_left)
        with pytest.raises(FramedError) as refused:
            asyncio.run(lookups.addresses("localhost"))
    assert refused.value.code is Code.OVERLOADED
    assert asyncio.run(lookups.addresses("localhost"))


def test_callers_in_other_loops_are_served(slow: SlowNames) -> None:
    """An event loop that ended while its look-up was under way harms nobody."""
    lookups = Lookups(1)

    async def leaves() -> None:
        await asking(lookups, "a")

    async def stays() -> Sequence[Address]:
        (task,) = await asking(lookups, "a")
        slow.answer()
        return await task

    asyncio.run(leaves())
    assert asyncio.run(stays()) == [ip_address("10.0.0.1")]
    assert slow.asked == {"a": 1}


def test_dozens_of_slow_names_leave_room(slow: SlowNames) -> None:
    """As many as the service itself looks up at a time are all under way at once."""

    async def story() -> int:
        begun = await asking(Lookups(LOOKUPS), *(f"{each}.example" for each in range(LOOKUPS)))
        async with asyncio.timeout(PATIENCE):
            while len(slow.asked) < LOOKUPS:
                await asyncio.sleep(0.01)
        slow.answer()
        return len(await asyncio.gather(*begun))

    assert asyncio.run(story()) == LOOKUPS >= 64


HANGING = """
import asyncio, socket, threading
from framed.intake.lookup import look_up
asked = threading.Event()
def hang(*args, **kinds):
    asked.set()
    threading.Event().wait()
socket.getaddrinfo = hang
async def story():
    try:
        await asyncio.wait_for(look_up("slow.example"), 0.01)
    except TimeoutError:
        print(asked.wait(30))
asyncio.run(story())
"""


def test_a_look_up_does_not_hold_back_the_end() -> None:
    """A process with a name that never comes ends all the same."""
    ended = subprocess.run(
        [sys.executable, "-c", HANGING], capture_output=True, text=True, timeout=2 * PATIENCE
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "True\n", "")


def test_own_addresses() -> None:
    """Those on which this machine answers itself."""
    assert is_own(ip_address("127.0.0.1"))
    assert not is_own(ip_address("93.184.216.34"))
    assert not is_own(ip_address("2606:4700::1"))
