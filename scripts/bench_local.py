"""How fast a running server labels the photos of a folder: latency in ms, and photos a second."""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import math
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
from tqdm import tqdm

SUFFIXES = (  # of the formats that the server decodes
    *(".jpg", ".jpeg", ".jpe", ".mpo", ".png", ".gif", ".bmp", ".webp"),
    *(".tif", ".tiff", ".heic", ".heif", ".avif"),
)
PERCENTILES = (50, 95, 99)
EXIT_OK, EXIT_FAILURES, EXIT_CANNOT_RUN = 0, 1, 2


class CannotRunError(Exception):
    """The measurement cannot start; the message says what to do."""


@dataclass(frozen=True)
class Outcome:
    """One request: seconds until the whole answer was read, and the error code of a failure."""

    seconds: float
    code: str | None = None


@dataclass(frozen=True)
class Report:
    """All requests of one run and the seconds that they took together."""

    outcomes: tuple[Outcome, ...]
    seconds: float

    @property
    def errors(self) -> dict[str, int]:
        """Failures by error code, the most frequent first."""
        return dict(Counter(each.code for each in self.outcomes if each.code).most_common())

    def as_json(self) -> dict[str, Any]:
        """The figures: `latency_ms` (of answered requests; None without any), counts, rates."""
        answered = sorted(each.seconds * 1e3 for each in self.outcomes if each.code is None)
        return {
            "requests": len(self.outcomes),
            "answered": len(answered),
            "errors": self.errors,
            "seconds": self.seconds,
            "photos_per_second": len(answered) / self.seconds,
            "latency_ms": {f"p{p}": percentile(answered, p) for p in PERCENTILES},
        }


def percentile(ascending: Sequence[float], percent: int) -> float | None:
    """Nearest rank: the smallest value that at least `percent` % do not exceed; None of nothing."""
    if not ascending:
        return None
    return ascending[max(1, math.ceil(len(ascending) * percent / 100)) - 1]


def find_photos(folder: Path) -> list[Path]:
    """Photos in and below `folder`, by file name ending, sorted; none is a CannotRunError."""
    if not folder.is_dir():
        raise CannotRunError(f"{folder} is not a folder.")
    photos = sorted(p for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES and p.is_file())
    if not photos:
        raise CannotRunError(f"No photos in {folder}; looked for {' '.join(SUFFIXES)}.")
    return photos


async def run(asked: argparse.Namespace, photos: Sequence[Path]) -> Report:
    """Ask `/classify` for every photo, `repeat` times over, `concurrency` at the same time."""
    timeout = aiohttp.ClientTimeout(total=asked.timeout)
    connector = aiohttp.TCPConnector(limit=asked.concurrency)
    async with aiohttp.ClientSession(timeout=timeout, connector=connector) as session:
        await _expect_ready(session, asked.url)
        order = itertools.chain.from_iterable(itertools.repeat(photos, asked.repeat))
        outcomes: list[Outcome] = []
        with tqdm(total=len(photos) * asked.repeat, unit="photo", disable=None) as bar:
            start = time.perf_counter()
            await asyncio.gather(
                *(_work(session, asked, order, outcomes, bar) for _ in range(asked.concurrency))
            )
            seconds = time.perf_counter() - start
    return Report(tuple(outcomes), seconds)


async def _expect_ready(session: aiohttp.ClientSession, url: str) -> None:
    try:
        async with session.get(f"{url}/readyz") as answer:
            if answer.status != 200:
                raise CannotRunError(f"{url} is not ready: /readyz answers {answer.status}.")
    except (aiohttp.ClientError, TimeoutError) as error:
        reason = str(error) or type(error).__name__
        raise CannotRunError(
            f"No server at {url} ({reason}); start one with `make run` or name another by --url."
        ) from error


async def _work(
    session: aiohttp.ClientSession,
    asked: argparse.Namespace,
    photos: Iterator[Path],
    outcomes: list[Outcome],
    bar: tqdm[Any],
) -> None:
    for photo in photos:  # shared by all workers: each takes the next one
        outcomes.append(await _ask(session, asked, photo))
        bar.update()


async def _ask(session: aiohttp.ClientSession, asked: argparse.Namespace, photo: Path) -> Outcome:
    try:
        data = await asyncio.to_thread(photo.read_bytes)
    except OSError:
        return Outcome(0.0, "unreadable_file")
    form = aiohttp.FormData()
    form.add_field("file", data, filename=photo.name, content_type="application/octet-stream")
    start = time.perf_counter()
    code = await _answer_code(session, asked, form)
    return Outcome(time.perf_counter() - start, code)


async def _answer_code(
    session: aiohttp.ClientSession, asked: argparse.Namespace, form: aiohttp.FormData
) -> str | None:
    """None for an answer, else the code of the failure."""
    query = {"top_k": asked.top_k} | ({"size": asked.size} if asked.size else {})
    try:
        async with session.post(f"{asked.url}/classify", params=query, data=form) as answer:
            body = await answer.read()
            return None if answer.status == 200 else _error_code(answer.status, body)
    except TimeoutError:
        return "no_answer_in_time"
    except aiohttp.ClientError:
        return "connection_lost"


def _error_code(status: int, body: bytes) -> str:
    """The body's `error.code`, or `http_<status>` where there is none."""
    try:
        return str(json.loads(body)["error"]["code"])
    except (ValueError, KeyError, TypeError):
        return f"http_{status}"


def as_text(figures: dict[str, Any]) -> str:
    """The figures for a person, a line each."""
    lines = [f"{name:<9} {_ms(value)}" for name, value in figures["latency_ms"].items()]
    lines.append(f"{'rate':<9} {figures['photos_per_second']:.1f} photos/s")
    lines.append(f"{'answered':<9} {figures['answered']} of {figures['requests']}")
    lines += [f"{'failed':<9} {count} x {code}" for code, count in figures["errors"].items()]
    return "\n".join(lines)


def _ms(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f} ms"


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least 1")
    return int(text)


def parser() -> argparse.ArgumentParser:
    """The command line."""
    command = argparse.ArgumentParser(
        description="Send the photos of a folder to /classify of a running server; print latency "
        "percentiles and photos a second. Exit status: 0, 1 if a request failed, 2 if it cannot "
        "run."
    )
    command.add_argument("folder", type=Path, help="folder of photos, searched to the bottom")
    command.add_argument("--url", default="http://127.0.0.1:3000", help="server (%(default)s)")
    command.add_argument(
        "--concurrency", type=_count, default=1, help="requests at the same time (%(default)s)"
    )
    command.add_argument(
        "--repeat", type=_count, default=1, help="times each photo is sent (%(default)s)"
    )
    command.add_argument("--size", type=int, choices=(224, 336), help="model size (the model's)")
    command.add_argument("--top-k", type=_count, default=5, help="labels asked for (%(default)s)")
    command.add_argument(
        "--timeout", type=float, default=60.0, help="seconds for one request (%(default)s)"
    )
    command.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    return command


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; answers its exit status."""
    asked = parser().parse_args(arguments)
    asked.url = asked.url.rstrip("/")
    try:
        if asked.json and not asked.json.absolute().parent.is_dir():
            raise CannotRunError(f"{asked.json.parent}, the folder for --json, is not there.")
        photos = find_photos(asked.folder)
        report = asyncio.run(run(asked, photos))
    except CannotRunError as reason:
        print(f"bench_local: {reason}", file=sys.stderr)
        return EXIT_CANNOT_RUN
    figures = report.as_json()
    print(as_text(figures))
    if asked.json:
        settings = {"url": asked.url, "photos": len(photos), "concurrency": asked.concurrency}
        settings |= {"repeat": asked.repeat, "size": asked.size, "top_k": asked.top_k}
        asked.json.write_text(json.dumps(settings | figures, indent=2) + "\n")
    return EXIT_FAILURES if report.errors else EXIT_OK


if __name__ == "__main__":
    sys.exit(main())
