"""A real server under a mixed load for minutes: what it holds over time, as a picture, and whether
something grows.

Samples memory (PSS), threads, descriptors and temporary files of all processes of the server, and
judges the slope of the second half of the run. It ends with 1 where memory grows there by more
than 5 % (or 30 MiB), threads by more than 4, descriptors by more than 16, temporary files by more
than 4, or where a request is not answered as it should be: 200, 400 for the bad photos, or 503
with Retry-After. A run with fewer than 20 samples in its second half is not judged by its growth.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from scripts.arguments import count
from scripts.benchmarks.models import ENGINES, MINI
from scripts.benchmarks.row import NotMeasurableError
from scripts.benchmarks.server import Server, serving
from scripts.soaking import picture
from scripts.soaking.answers import PERCENTILES, Answer, failures, percentiles, statuses
from scripts.soaking.growth import (
    DESCRIPTORS,
    MEMORY,
    TEMP_FILES,
    THREADS,
    Growth,
    growth,
)
from scripts.soaking.load import Load
from scripts.soaking.samples import Sample, series, take

ROOT = Path(__file__).resolve().parent.parent
SAMPLES = ROOT / "docs" / "samples"
OUT = ROOT / "build" / "soak.png"
EXIT_OK, EXIT_FAULTS, EXIT_CANNOT_RUN = 0, 1, 2


def main(arguments: Sequence[str]) -> int:
    """Runs, prints the verdict, and returns the exit status."""
    asked = parser().parse_args(arguments)
    try:
        samples, answers = soak(asked.minutes * 60, asked.every, asked.clients, asked.photos)
    except NotMeasurableError as reason:
        print(reason, file=sys.stderr)
        return EXIT_CANNOT_RUN
    asked.out.parent.mkdir(parents=True, exist_ok=True)
    title = f"{asked.minutes:g} minutes, {asked.clients} clients, {len(answers)} requests"
    picture.draw(samples, answers, asked.out, title)
    judged = verdicts(samples)
    print(report(answers, judged))
    print(f"drawn in {asked.out}")
    faults = failures(answers) or any(each.is_leak for each in judged)
    return EXIT_FAULTS if faults else EXIT_OK


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(
        prog="python -m scripts.soak",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument("--minutes", type=_positive, default=10.0, help="of load (10)")
    made.add_argument("--clients", type=count, default=8, help="that ask at the same time (8)")
    made.add_argument("--every", type=_positive, default=3.0, help="seconds between samples (3)")
    made.add_argument("--photos", type=Path, default=SAMPLES, help="folder of *.jpg to send")
    made.add_argument("--out", type=Path, default=OUT, help="picture to write (build/soak.png)")
    return made


def soak(
    seconds: float, every: float, clients: int, photos: Path
) -> tuple[list[Sample], list[Answer]]:
    """Samples of a server of its own, and what became of the requests that it was sent.

    Raises `NotMeasurableError` where there are no photos, or no server.
    """
    jpegs = [file.read_bytes() for file in sorted(photos.glob("*.jpg"))]
    if not jpegs:
        raise NotMeasurableError(f"{photos} holds no *.jpg")
    with tempfile.TemporaryDirectory(prefix="framed-soak-") as folder:
        config = Path(shutil.copytree(ROOT / "config", Path(folder) / "config"))
        temp = Path(folder) / "tmp"
        temp.mkdir()
        cache = Path(folder) / "cache"
        engines = os.environ.get("FRAMED_ENGINE_CACHE", str(ENGINES))
        environment = {"TMPDIR": str(temp), "FRAMED_ENGINE_CACHE": engines}
        settings = {"config_dir": str(config), "cache_dir": str(cache)}
        with serving(MINI, environment=environment, **settings) as server:
            load = Load(server.url, jpegs, clients, config / "labels.json")
            samples = asyncio.run(_watched(load, server, temp, seconds, every))
        return samples, load.answers


async def _watched(
    load: Load, server: Server, temp: Path, seconds: float, every: float
) -> list[Sample]:
    start, samples = time.monotonic(), list[Sample]()
    running = asyncio.create_task(load.run(seconds))
    while not running.done():
        now = time.monotonic() - start
        samples.append(await asyncio.to_thread(lambda at: take(at, server.processes(), temp), now))
        await asyncio.wait([running], timeout=every)
    await running
    return samples


def verdicts(samples: Sequence[Sample]) -> list[Growth]:
    """How each quantity grew over the second half."""
    return [
        growth(series(samples, lambda each: each.memory_mb), MEMORY),
        growth(series(samples, lambda each: each.threads), THREADS),
        growth(series(samples, lambda each: each.descriptors), DESCRIPTORS),
        growth(series(samples, lambda each: each.temp_files), TEMP_FILES),
    ]


def report(answers: Sequence[Answer], judged: Sequence[Growth]) -> str:
    """All of it in words."""
    lines = [each.said() for each in judged]
    for ask, counted in statuses(answers).items():
        good = [1000 * each.seconds for each in answers if each.ask == ask and each.status]
        times = ", ".join(
            f"p{percent} {value:.0f}"
            for percent, value in zip(PERCENTILES, percentiles(good), strict=True)
        )
        said = ", ".join(f"{number} x {status or 'none'}" for status, number in counted.items())
        lines.append(f"{ask:12} {said} ({times} ms)")
    bad = failures(answers)
    lines += [
        f"FAILED {number} x {ask}: {status} {fault}"
        for (ask, status, fault), number in bad.most_common(10)
    ]
    sound = not bad and not any(each.is_leak for each in judged)
    return "\n".join([*lines, "sound" if sound else "NOT SOUND"])


def _positive(text: str) -> float:
    value = float(text)
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number above 0")
    return value


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # ends the server, too
    sys.exit(main(sys.argv[1:]))
