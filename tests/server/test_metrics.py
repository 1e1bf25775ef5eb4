"""`/metrics` of a real server: right to the last photo, in all of its processes, whoever dies."""

from __future__ import annotations

import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import httpx
import psutil
import pytest
from PIL import Image
from prometheus_client.parser import text_string_to_metric_families

from tests.photos import GREEN, RED, jpeg
from tests.server.own_config import own_config, write_bank
from tests.server.running import RunningServer, running_server

BANK = "words"
AGAIN = 90.0  # seconds until a killed runner serves again on a busy machine
LABELS: Mapping[str, set[str]] = {
    "framed_stage_seconds": {"stage"},
    "framed_request_seconds": {"route", "status"},
    "framed_requests": {"route", "status", "code"},
    "framed_requests_in_flight": set(),
    "framed_photos": {"format", "outcome"},
    "framed_batch_size": set(),
    "framed_cache": {"outcome"},
    "framed_oom_fallbacks": set(),
    "framed_model_info": {"model", "revision", "engine", "device", "precision"},
    "framed_bank_info": {"model", "bank", "checksum"},
    "framed_waiting_photos": set(),
    "framed_process_start_time_seconds": {"process"},
    "framed_ready": set(),
}
Key = tuple[str, frozenset[tuple[str, str]]]


@dataclass(frozen=True)
class Watched:
    """A server with folders of its own: its banks, and where it keeps what it counts."""

    server: RunningServer
    client: httpx.Client
    config: Path
    temporary: Path

    def read(self) -> dict[Key, float]:
        """Every series of `/metrics` with its value."""
        return {
            (sample.name, frozenset(sample.labels.items())): sample.value
            for family in text_string_to_metric_families(self.text())
            for sample in family.samples
        }

    def value(self, name: str, **labels: str) -> float:
        """One of them; 0 where it is not there yet."""
        return self.read().get((name, frozenset(labels.items())), 0.0)

    def grown(self, name: str, work: Callable[[], object], **labels: str) -> float:
        """By how much `work` made it grow."""
        before = self.value(name, **labels)
        work()
        return self.value(name, **labels) - before

    def text(self) -> str:
        """`/metrics` as it is sent."""
        answer = self.client.get("/metrics")
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
        return answer.text

    def files(self) -> set[str]:
        """What lies in the folder of the run."""
        (folder,) = self.temporary.glob("framed-run-*")
        assert folder.stat().st_mode & 0o077 == 0
        return {file.name for file in (folder / "counts").iterdir()}

    def runner(self) -> psutil.Process:
        """The process of the ClipRunner."""
        return next(one for one in self.server.processes() if "ClipRunner" in one.cmdline())

    def classify(self, photo: bytes) -> httpx.Response:
        """Ask about one photo."""
        return self.client.post("/classify", files={"file": photo})


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    folder = tmp_path_factory.mktemp("metrics")
    config = own_config(folder)
    write_bank(config, BANK, ["a boat", "a house"])
    temporary = Path(tempfile.mkdtemp(prefix="framed-"))  # a short name: sockets lie there too
    env = {"FRAMED_CONFIG_DIR": str(config), "TMPDIR": str(temporary)}
    with (
        running_server(folder, env=env) as server,
        httpx.Client(base_url=server.url, timeout=60, trust_env=False) as client,
    ):
        server.wait_for(lambda: BANK in client.get("/info").json().get("banks", {}), 120)
        yield Watched(server, client, config, temporary)
    assert not [*temporary.glob("framed-run-*")], "a run takes its folder away when it ends"
    shutil.rmtree(temporary)


def test_every_metric_is_there_under_its_name(watched: Watched) -> None:
    """Dashboards and alerts rely on names and labels; nothing else stands on the page."""
    watched.classify(jpeg())
    families = {each.name: each for each in text_string_to_metric_families(watched.text())}
    assert families.keys() == LABELS.keys()
    for name, family in families.items():
        labels = {label for sample in family.samples for label in sample.labels} - {"le"}
        assert labels == LABELS[name], name
        assert family.documentation


def test_each_photo_is_counted_once(watched: Watched) -> None:
    """Alone, in a batch and beside others; whole and broken; of which format."""
    before = watched.read()
    for _ in range(5):
        assert watched.classify(jpeg()).status_code == 200
    assert watched.classify(jpeg()[:300]).status_code == 400
    assert watched.classify(b"no picture").status_code == 400
    files = [("files", ("a.png", _png())), ("files", ("b.jpg", jpeg())), ("files", ("c", b"%PDF-"))]
    assert watched.client.post("/features", files=files).status_code == 200
    many = [("image", ("a", jpeg())), ("image", ("b", _png()))]
    assert watched.client.post("/encode_image", files=many).status_code == 200
    after = watched.read()
    assert _grown(before, after, "framed_photos_total") == {
        ("JPEG", "ok"): 7,
        ("PNG", "ok"): 2,
        ("JPEG", "truncated"): 1,
        ("unknown", "not_an_image"): 1,
        ("unknown", "unsupported_format"): 1,
    }
    requests = _grown(before, after, "framed_requests_total")
    assert {key: count for key, count in requests.items() if key[1] != "/metrics"} == {
        ("", "/classify", "200"): 5,
        ("truncated", "/classify", "400"): 1,
        ("not_an_image", "/classify", "400"): 1,
        ("", "/features", "200"): 1,
        ("", "/encode_image", "200"): 1,
    }
    encoded = _grown(before, after, "framed_batch_size_sum")
    assert encoded == {(): 9}, "counted in the process of the model"
    assert _grown(before, after, "framed_stage_seconds_count")[("queue",)] == 9
    assert _grown(before, after, "framed_stage_seconds_count")[("technical",)] == 2
    assert _grown(before, after, "framed_stage_seconds_count")[("decode",)] == 12


def test_the_cache_is_counted(watched: Watched) -> None:
    """Missed once, then found."""

    def ask() -> None:
        files = {"files": ("a.jpg", jpeg(GREEN))}
        assert watched.client.post("/features", files=files).status_code == 200

    assert watched.grown("framed_cache_total", ask, outcome="miss") == 1
    assert watched.grown("framed_cache_total", ask, outcome="hit") == 1


def test_another_server_of_the_same_home_wipes_nothing(watched: Watched) -> None:
    """BentoML empties its own folder at each start; ours is not there."""
    for file in (watched.server.home / "prometheus_multiproc_dir").glob("*"):
        file.unlink()
    assert watched.grown("framed_batch_size_sum", lambda: watched.classify(jpeg())) == 1


def test_a_reload_names_the_new_bank_only(watched: Watched) -> None:
    """The old checksum goes."""
    old = _checksums(watched)
    write_bank(watched.config, BANK, ["a car", "a church"])
    report = watched.client.post("/reload", json={"bank": BANK}).json()
    new = _checksums(watched)
    assert new == {report["checksum"]}
    assert not new & old


def test_counts_go_on_when_a_runner_dies(watched: Watched) -> None:
    """Nothing is lost, nothing goes back, no file is left over, and no value of the dead stays."""
    before, files, runner = watched.read(), watched.files(), watched.runner()
    started = watched.value("framed_process_start_time_seconds", process="clip")
    runner.send_signal(signal.SIGKILL)
    runner.wait(10)
    gone = watched.read()
    assert gone[("framed_ready", frozenset())] == 0
    assert not [name for name, _ in gone if name == "framed_model_info"]
    server = watched.server
    assert server.wait_for(lambda: watched.client.get("/readyz").status_code == 200, AGAIN)
    assert watched.grown("framed_batch_size_sum", lambda: watched.classify(jpeg())) == 1
    after = watched.read()
    assert after[("framed_ready", frozenset())] == 1
    assert watched.value("framed_process_start_time_seconds", process="clip") > started
    assert watched.files() == files
    fallen = [key for key in before if _is_count(key) and after[key] < before[key]]
    assert fallen == []


def _png() -> bytes:
    file = BytesIO()
    Image.new("RGB", (40, 30), RED).save(file, "PNG")
    return file.getvalue()


def _is_count(key: Key) -> bool:
    return key[0].endswith(("_total", "_bucket", "_count", "_sum"))


def _checksums(watched: Watched) -> set[str]:
    banks = [dict(labels) for name, labels in watched.read() if name == "framed_bank_info"]
    return {each["checksum"] for each in banks if each["bank"] == BANK}


def _grown(
    before: Mapping[Key, float], after: Mapping[Key, float], name: str
) -> dict[tuple[str, ...], float]:
    """Label values, in the order of the labels' names, -> by how much the series grew."""
    return {
        tuple(value for _, value in sorted(key[1])): grown
        for key, value in after.items()
        if key[0] == name and (grown := value - before.get(key, 0.0))
    }
