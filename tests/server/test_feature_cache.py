"""The feature cache on the real server: a batch with bad photos, once, again, and after an edit."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.server.conftest import SAMPLES
from tests.server.own_config import own_config
from tests.server.running import RunningServer, running_server

BAD = 0.02  # the share of photos that cannot be read
TEMPLATES = "templates.json"


@dataclass(frozen=True)
class Library:
    """A folder of photos and the server that may read them, with label files of its own."""

    server: RunningServer
    config: Path
    photos: Path
    kept: Path


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    folder = tmp_path_factory.mktemp("library")
    config, photos = own_config(folder / "config"), folder / "photos"
    photos.mkdir()
    with running_server(
        folder / "server",
        env={"FRAMED_PATH_ROOTS": str(photos), "FRAMED_CONFIG_DIR": str(config)},
    ) as server:
        server.wait_for_match()
        yield Library(server, config, photos, folder / "server" / "cache" / "features")


def fill(photos: Path, count: int) -> bytes:
    """`count` photos, every fiftieth of them broken off, and the batch that names them all."""
    samples = [(sample.name, sample.read_bytes()) for sample in sorted(SAMPLES.glob("*.jpg"))]
    lines = []
    for index in range(count):
        name, data = samples[index % len(samples)]
        bad = index % round(1 / BAD) == round(1 / BAD) - 1
        (photos / f"{index}-{name}").write_bytes(data[:2000] if bad else data)
        # numbers as no program would write them again
        lines.append(
            f'{{"photo_id": "photo-{index}", "std_uri": "./{index}-{name}", '
            f'"score": 1.{index:03}0e0, "exif": {{"iso": 64.0, "gps": null}}, "n": {index}}}'
        )
    return f'{{"batch_id": "b", "artifacts": [{", ".join(lines)}], "cost": 1.50}}'.encode()


def ask(library: Library, batch: bytes) -> tuple[dict[str, Any], str, float]:
    """The answer, its text, and the seconds it took."""
    start = time.perf_counter()
    answer = httpx.post(
        f"{library.server.url}/features",
        content=batch,
        headers={"content-type": "application/json"},
        timeout=900,
        trust_env=False,
    )
    assert answer.status_code == 200, answer.text[:500]
    return answer.json(), answer.text, time.perf_counter() - start


def cached(body: dict[str, Any]) -> list[bool]:
    """Of each item that has features, whether they came from the cache."""
    found = [item["features"] for item in body["artifacts"] if item["features"]]
    return [features["detail"]["cached"] for features in found]


def check_everything_is_there(body: dict[str, Any], text: str, count: int) -> None:
    """Order, own fields as written, features for the good and reasons for the bad."""
    bad = round(count * BAD)
    assert [item["n"] for item in body["artifacts"]] == list(range(count))
    assert all(f'"score":1.{index:03}0e0' in text for index in range(count))
    assert '"cost":1.50' in text
    failed = [item for item in body["artifacts"] if item["features"] is None]
    assert len(failed) == bad
    assert {item["error"]["code"] for item in failed} == {"truncated"}
    assert all(item["error"]["message"] for item in failed)
    assert all("error" not in item for item in body["artifacts"] if item["features"])


def change_a_template(library: Library) -> None:
    """One template of the default bank, and the reload that an operator would ask for."""
    path = library.config / TEMPLATES
    content = json.loads(path.read_text())
    content["templates"][0] += " today"
    path.write_text(json.dumps(content))
    answer = httpx.post(f"{library.server.url}/reload", timeout=600, trust_env=False)
    assert answer.status_code == 200, answer.text


def round_trip(library: Library, count: int) -> tuple[float, float]:
    """New, cached, recomputed after an edit, cached again; seconds a photo of the cached runs."""
    batch = fill(library.photos, count)
    good = count - round(count * BAD)
    first, text, _ = ask(library, batch)
    check_everything_is_there(first, text, count)
    assert cached(first) == [False] * good
    second, text, seconds = ask(library, batch)
    check_everything_is_there(second, text, count)
    assert cached(second) == [True] * good
    assert without_cached(second) == without_cached(first)
    change_a_template(library)
    library.server.wait_for_match()  # of the words in the new templates
    third, _, _ = ask(library, batch)
    assert cached(third) == [False] * good
    fourth, _, again = ask(library, batch)
    assert cached(fourth) == [True] * good
    assert (
        fourth["artifacts"][0]["features"]["detail"]["bank_checksum"]
        != (second["artifacts"][0]["features"]["detail"]["bank_checksum"])
    )
    return seconds / count, again / count


def without_cached(body: dict[str, Any]) -> dict[str, Any]:
    copy: dict[str, Any] = json.loads(json.dumps(body))
    for item in copy["artifacts"]:
        if item["features"]:
            del item["features"]["detail"]["cached"]
    return copy


def test_a_hundred_photos_are_worked_on_once(library: Library) -> None:
    """98 features and 2 errors; then all from the cache; an edit makes all anew, once."""
    round_trip(library, 100)


@pytest.mark.soak
def test_a_thousand_photos_are_worked_on_once(library: Library) -> None:
    """The same with 1,000; the figures are for whoever reads the log."""
    for seconds in round_trip(library, 1000):
        print(f"from the cache: {seconds * 1000:.2f} ms a photo")


def test_uploads_are_found_again(library: Library, sample: Path) -> None:
    """By their content, whatever they are called."""
    answers = [
        httpx.post(
            f"{library.server.url}/features",
            files={"files": (name, sample.read_bytes())},
            timeout=60,
            trust_env=False,
        ).json()["artifacts"][0]["features"]
        for name in ("a.jpg", "b.jpg")
    ]
    assert answers[1]["detail"]["cached"]
    assert answers[1]["tech"] == answers[0]["tech"]


def test_a_cache_that_cannot_be_written_is_a_warning(library: Library) -> None:
    """With a file where its folder should be, photos are answered, and the log says what is up."""
    folder = library.kept
    shutil.rmtree(folder)
    folder.write_text("in the way")
    try:
        body, text, _ = ask(library, fill(library.photos, 50))
        check_everything_is_there(body, text, 50)
        assert cached(body) == [False] * 49
        assert library.server.wait_for(lambda: _warns_of_features(library), 10)
    finally:
        folder.unlink()


def _warns_of_features(library: Library) -> bool:
    warnings = (line for line in library.server.lines() if line["level"] == "warning")
    return any("features" in line["message"] for line in warnings)
