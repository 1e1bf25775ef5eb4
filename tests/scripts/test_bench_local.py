"""bench_local: what it sends, what it counts, and how it says that it cannot run."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer, unused_port

from scripts import bench_local

Handler = Callable[[web.Request], Awaitable[web.Response]]


class Labeller:
    """A small server: labels files that begin as a JPEG, refuses others, notes what was asked."""

    def __init__(self, *, ready: bool = True, classify: Handler | None = None) -> None:
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.at_once = 0
        self.most_at_once = 0
        self._ready = ready
        self._classify = classify or self._label

    def bench(self, *arguments: str) -> int:
        """The exit status of bench_local against this server."""
        return asyncio.run(self._bench(arguments))

    async def _bench(self, arguments: tuple[str, ...]) -> int:
        app = web.Application()
        app.add_routes([web.get("/readyz", self._readyz), web.post("/classify", self._counted)])
        async with TestServer(app) as server:
            url = str(server.make_url("/"))
            return await asyncio.to_thread(bench_local.main, [*arguments, "--url", url])

    async def _readyz(self, request: web.Request) -> web.Response:
        return web.Response(status=200 if self._ready else 503)

    async def _counted(self, request: web.Request) -> web.Response:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            return await self._classify(request)
        finally:
            self.at_once -= 1

    async def _label(self, request: web.Request) -> web.Response:
        upload = (await request.post())["file"]
        assert isinstance(upload, web.FileField)
        self.asked.append((upload.filename, dict(request.query)))
        if upload.file.read(2) == b"\xff\xd8":
            return web.json_response({"results": []})
        return web.json_response({"error": {"code": "not_an_image"}}, status=400)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three photos, one of them deeper, and a file that is none."""
    photos = tmp_path / "photos"
    (photos / "deeper").mkdir(parents=True)
    for name in ("a.jpg", "b.JPEG", "deeper/c.png"):
        (photos / name).write_bytes(b"\xff\xd8 a photo")
    (photos / "notes.txt").write_text("not a photo")
    return photos


def test_every_photo_is_sent_as_often_as_asked(folder: Path) -> None:
    """Photos are sent `repeat` times each, other files never; a plain run ends with 0."""
    server = Labeller()
    assert server.bench(str(folder), "--repeat", "2") == 0
    assert sorted(name for name, _ in server.asked) == sorted(["a.jpg", "b.JPEG", "c.png"] * 2)


def test_parameters_are_passed_on(folder: Path) -> None:
    """`--size` and `--top-k` reach the server; a size is not sent unless asked for."""
    plain, sized = Labeller(), Labeller()
    plain.bench(str(folder))
    sized.bench(str(folder), "--size", "336", "--top-k", "2")
    assert plain.asked[0][1] == {"top_k": "5"}
    assert sized.asked[0][1] == {"size": "336", "top_k": "2"}


@pytest.mark.parametrize("concurrency", [1, 3])
def test_concurrency_is_kept(folder: Path, concurrency: int) -> None:
    """As many requests as asked are under way at the same time, and never more."""
    meeting = asyncio.Barrier(concurrency)

    async def meet(request: web.Request) -> web.Response:
        await meeting.wait()  # answers nobody until all have come
        return web.json_response({"results": []})

    server = Labeller(classify=meet)
    arguments = ("--repeat", "4", "--concurrency", str(concurrency), "--timeout", "20")
    assert server.bench(str(folder), *arguments) == 0
    assert server.most_at_once == concurrency


def test_figures(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The figures go to standard output for people and to the file for programs."""
    file = tmp_path / "figures.json"
    Labeller().bench(str(folder), "--json", str(file))
    figures = json.loads(file.read_text())
    latency = figures["latency_ms"]
    assert 0 < latency["p50"] <= latency["p95"] <= latency["p99"]
    assert figures["photos_per_second"] == pytest.approx(3 / figures["seconds"])
    assert (figures["photos"], figures["requests"], figures["answered"]) == (3, 3, 3)
    out = capsys.readouterr().out
    assert all(word in out for word in ("p50", "p95", "p99", " ms", "photos/s", "3 of 3"))


def test_failures_are_counted_by_code(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Refused photos are counted under their error code, and the exit status tells."""
    (folder / "words.jpg").write_text("words")
    file = tmp_path / "figures.json"
    assert Labeller().bench(str(folder), "--json", str(file)) == 1
    figures = json.loads(file.read_text())
    assert figures["errors"] == {"not_an_image": 1}
    assert figures["answered"] == 3
    assert "1 x not_an_image" in capsys.readouterr().out


def test_failures_of_another_shape(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An error without a code, as a proxy sends it, is counted under its status."""

    async def proxy_error(request: web.Request) -> web.Response:
        return web.Response(status=502, text="<html>bad gateway</html>")

    assert Labeller(classify=proxy_error).bench(str(folder)) == 1
    out = capsys.readouterr().out
    assert "3 x http_502" in out
    assert "0 of 3" in out


def test_silence_is_a_failure(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A request that gets no answer in time is counted and does not stop the run."""

    async def silence(request: web.Request) -> web.Response:
        await asyncio.sleep(1)
        return web.Response()

    server = Labeller(classify=silence)
    assert server.bench(str(folder), "--timeout", "0.1", "--concurrency", "3") == 1
    assert "3 x no_answer_in_time" in capsys.readouterr().out


def test_lost_connection_is_a_failure(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A server that hangs up is counted as well."""

    async def hang_up(request: web.Request) -> web.Response:
        assert request.transport is not None
        request.transport.close()
        return web.Response()

    assert Labeller(classify=hang_up).bench(str(folder)) == 1
    assert "3 x connection_lost" in capsys.readouterr().out


def test_no_server(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where nobody listens, it says so, says what to do, and ends with 2."""
    url = f"http://127.0.0.1:{unused_port()}"
    assert bench_local.main([str(folder), "--url", url]) == 2
    err = capsys.readouterr().err
    assert url in err
    assert "make run" in err


def test_server_not_ready(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A server that is still loading is not measured."""
    assert Labeller(ready=False).bench(str(folder)) == 2
    assert "not ready" in capsys.readouterr().err


@pytest.mark.parametrize("kind", ["empty", "missing"])
def test_no_photos(tmp_path: Path, kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder without photos, or no folder at all, is named before anything is sent."""
    folder = tmp_path / kind
    if kind == "empty":
        folder.mkdir()
    assert bench_local.main([str(folder)]) == 2
    assert str(folder) in capsys.readouterr().err


def test_nowhere_to_write(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file that could not be written is refused before the measurement, not after it."""
    assert bench_local.main([str(folder), "--json", str(folder / "no" / "figures.json")]) == 2
    assert "--json" in capsys.readouterr().err


@pytest.mark.parametrize("value", ["0", "-1", "many"])
def test_counts_are_checked(folder: Path, value: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Nonsense for a count is refused with the option's name."""
    with pytest.raises(SystemExit) as stopped:
        bench_local.main([str(folder), "--concurrency", value])
    assert stopped.value.code == 2
    assert "--concurrency" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("percent", "expected"), [(1, 1.0), (50, 5.0), (51, 6.0), (95, 10.0), (99, 10.0)]
)
def test_percentile(percent: int, expected: float) -> None:
    """Nearest rank: always a latency that really happened."""
    assert bench_local.percentile([float(n) for n in range(1, 11)], percent) == expected


def test_percentile_of_nothing() -> None:
    """Without an answer there is no latency, and no number is made up."""
    assert bench_local.percentile([], 50) is None
