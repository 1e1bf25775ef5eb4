"""Label files on a share that hangs: refused in time, and nobody else waits for it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from framed.errors import Code, FramedError
from runners.clip.banks import reading
from runners.clip.banks.reading import MOST_STUCK, LabelFiles

CONFIG = Path(__file__).parents[2] / "config"


@pytest.fixture
def hung(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """A share that answers once the event is set: no read of the real one can be made to hang."""
    answers, real = threading.Event(), reading.read_bank

    def read_bank(name: str, folder: Path) -> object:
        answers.wait(60)
        return real(name, folder)

    monkeypatch.setattr(reading, "read_bank", read_bank)
    yield answers
    answers.set()


def test_files_are_read_as_they_stand() -> None:
    """What is found, and what is refused, comes through the thread."""
    files = LabelFiles(CONFIG)
    assert files.names()[0] == "default"
    assert len(files.read("default").labels) == 58
    with pytest.raises(FramedError) as refused:
        files.read("xyzzy")
    assert refused.value.code is Code.UNKNOWN_BANK


def test_a_share_that_hangs_is_refused_in_time(hung: threading.Event) -> None:
    """503 with a time to come back, once the patience has gone."""
    with pytest.raises(FramedError, match=r"within 0\.05 s") as refused:
        LabelFiles(CONFIG, 0.05).read("default")
    assert (refused.value.code, refused.value.retry_after) == (Code.UNAVAILABLE, 30)


def test_few_readings_hang_at_a_time(hung: threading.Event) -> None:
    """Further ones are refused at once, and all is well when the share answers again."""
    files = LabelFiles(CONFIG, 0.05)
    before = threading.active_count()
    for _ in range(3 * MOST_STUCK):
        with pytest.raises(FramedError):
            files.read("default")
    assert threading.active_count() - before <= MOST_STUCK
    hung.set()
    end = time.monotonic() + 10
    while threading.active_count() > before and time.monotonic() < end:
        time.sleep(0.01)
    assert len(files.read("default").labels) == 58
