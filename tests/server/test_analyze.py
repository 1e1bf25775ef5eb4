"""The analyze service's clients against a real server, started as its operators started theirs.

The server is a copy of the checkout with that service's `.env`, run by the start script; only host,
port and model are others. A photo server on this machine stands for the web.
"""

from __future__ import annotations

import functools
import http.server
import json
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator

import httpx
import pytest

from tests.server.conftest import SAMPLES
from tests.server.running import REPO, RunningServer, running_server
from tests.test_older_names import ANALYZE_ENV

COPIED = ("framed", "runners", "scripts", "deploy")
BANK_SECONDS = 120  # hundreds of labels with their templates, behind the default bank
LINE = re.compile(r"^.+ \(\d\.\d{3}\) .*$")

CURLS = (
    'curl "http://localhost:7778/analyze?url=https://example.com/image.jpg"',
    'curl "http://localhost:7778/analyze?file=/path/to/image.jpg"',
    'curl -X POST -F "file=@/path/to/image.jpg" http://localhost:7778/analyze',
)
PYTHON = """
import requests

# URL input
response = requests.get(
    "http://localhost:7778/analyze",
    params={"url": "https://example.com/image.jpg"}
)

# File input
response = requests.get(
    "http://localhost:7778/analyze",
    params={"file": "/path/to/image.jpg"}
)

# POST file upload
with open('/path/to/image.jpg', 'rb') as f:
    response = requests.post(
        "http://localhost:7778/analyze",
        files={'file': f}
    )

result = response.json()
if result["status"] == "success":
    predictions = result["predictions"]
    for pred in predictions:
        label = pred["label"]
        confidence = pred["confidence"]
        emoji = pred.get("emoji", "")
        print(f"{label} ({confidence:.3f}) {emoji}")
"""
SCRIPTS = (  # each declares the same constant, so that each is a script of its own
    """
const response = await fetch(
  'http://localhost:7778/analyze?url=https://example.com/image.jpg'
);
""",
    """
const response = await fetch(
  'http://localhost:7778/analyze?file=/path/to/image.jpg'
);
""",
    """
const formData = new FormData();
formData.append('file', fileInput.files[0]);
const response = await fetch('http://localhost:7778/analyze', {
  method: 'POST',
  body: formData
});
""",
)
RESULT = """
const result = await response.json();
if (result.status === 'success') {
  result.predictions.forEach(pred => {
    console.log(`${pred.label} (${pred.confidence.toFixed(3)}) ${pred.emoji || ''}`);
  });
}
"""
A_BROWSERS_INPUT = """
import { readFileSync } from 'node:fs';
import { File } from 'node:buffer';
const fileInput = { files: [new File([readFileSync('/path/to/image.jpg')], 'image.jpg')] };
"""


class PhotoServer(http.server.SimpleHTTPRequestHandler):
    """Serves a folder, and says nothing."""

    def log_message(self, *_: object) -> None: ...


@pytest.fixture(scope="module")
def photos() -> Iterator[str]:
    """The address of a server of the sample photos."""
    handler = functools.partial(PhotoServer, directory=str(SAMPLES))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def analyzing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server of a checkout with the analyze service's `.env`."""
    folder = tmp_path_factory.mktemp("analyze")
    checkout = folder / "checkout"
    for name in COPIED:
        shutil.copytree(REPO / name, checkout / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(REPO / "service.py", checkout)
    for name in ("config", "docs"):
        (checkout / name).symlink_to(REPO / name)
    (checkout / ".env").write_text(ANALYZE_ENV, encoding="utf-8")
    env = {
        "VENV": sys.prefix,
        "FRAMED_MODEL": "mini",
        "FRAMED_PATH_ROOTS": str(SAMPLES),
        "FRAMED_URL_INPUT": "on",
        "FRAMED_URL_PRIVATE_HOSTS": "127.0.0.1",
    }
    start = [str(checkout / "deploy" / "start.sh")]
    with running_server(folder, cwd=folder, program=start, env=env) as server:
        assert server.wait_for(lambda: _labels(server), BANK_SECONDS), server.tail()
        yield server


@pytest.fixture(scope="module")
def asking(analyzing: RunningServer) -> Iterator[httpx.Client]:
    """A plain HTTP client of that server."""
    with httpx.Client(base_url=analyzing.url, timeout=60, trust_env=False) as plain:
        yield plain


def _labels(server: RunningServer) -> int:
    count: int = httpx.get(f"{server.url}/health", trust_env=False).json()["num_labels"]
    return count


def here(text: str, server: RunningServer, photos: str) -> str:
    """A snippet with this server, this photo and this machine's web in place of its own."""
    return (
        text.replace("http://localhost:7778", server.url)
        .replace("https://example.com/image.jpg", f"{photos}/cat.jpg")
        .replace("/path/to/image.jpg", str(SAMPLES / "cat.jpg"))
    )


def run(command: list[str], text: str) -> str:
    """What a program prints that must succeed."""
    done = subprocess.run([*command, text], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("curl", CURLS, ids=["url", "file", "upload"])
def test_each_curl_prints_the_envelope(analyzing, photos, curl):
    """By web address, by path and uploaded."""
    if shutil.which("curl") is None:
        pytest.skip("curl is not on this machine")
    body = json.loads(run(["bash", "-c"], here(curl.replace("curl", "curl -s"), analyzing, photos)))
    assert list(body) == ["service", "status", "predictions", "metadata"]
    assert (body["service"], body["status"]) == ("clip", "success")
    assert body["predictions"]
    for each in body["predictions"]:
        assert set(each) <= {"label", "confidence", "emoji"}
        assert 0.01 <= each["confidence"] <= 1
    assert set(body["metadata"]) == {"processing_time", "model_info"}


def test_the_python_client_prints_labels(analyzing, photos):
    """A line each: label, confidence, emoji."""
    pytest.importorskip("requests")
    lines = run([sys.executable, "-c"], here(PYTHON, analyzing, photos)).splitlines()
    assert lines
    assert all(LINE.match(line) for line in lines), lines


@pytest.mark.parametrize("script", SCRIPTS, ids=["url", "file", "upload"])
def test_the_javascript_client_prints_labels(analyzing, photos, script):
    """In Node, with a file in place of a browser's input."""
    if shutil.which("node") is None:
        pytest.skip("node is not on this machine")
    code = here(A_BROWSERS_INPUT + script + RESULT, analyzing, photos)
    lines = run(["node", "--input-type=module", "-e"], code).splitlines()
    assert lines
    assert all(LINE.match(line) for line in lines), lines


def test_every_way_in_gives_the_same(asking, photos):
    """The same photo, the same labels, best first, at most as many as the file says."""
    photo = SAMPLES / "pier_sunset.jpg"
    answers = (
        asking.get("/analyze", params={"url": f"{photos}/pier_sunset.jpg"}),
        asking.get("/analyze", params={"file": str(photo)}),
        asking.post("/analyze", files={"file": photo.read_bytes()}),
    )
    first, *others = (answer.json()["predictions"] for answer in answers)
    assert all(other == first for other in others)
    shares = [each["confidence"] for each in first]
    assert shares == sorted(shares, reverse=True)
    assert 1 <= len(first) <= 10


def test_labels_come_from_the_everyday_bank(asking):
    """`/health` counts them, and each answered label is one of them."""
    bank = asking.get("/labels", params={"bank": "everyday"}).json()
    assert asking.get("/health").json()["num_labels"] == bank["num_labels"] >= 400
    answer = asking.get("/analyze", params={"file": "cat.jpg"}).json()
    assert {each["label"] for each in answer["predictions"]} <= set(bank["labels"])


@pytest.mark.parametrize(
    ("params", "code", "message"),
    [
        ({}, "no_photo", None),
        ({"url": "http://a.example/", "file": "/a.jpg"}, "invalid_parameter", None),
        ({"file": "/path/to/image.jpg"}, "forbidden_path", "File not found: /path/to/image.jpg"),
        ({"file": "/etc/passwd"}, "forbidden_path", "File not found: /etc/passwd"),
        ({"url": "not a URL"}, "forbidden_url", "Invalid URL"),
        ({"url": "file:///etc/passwd"}, "forbidden_url", "Invalid URL"),
        ({"url": "http://169.254.169.254/latest"}, "forbidden_url", "Invalid URL"),
        ({"url": "{photos}/none.jpg"}, "fetch_failed", None),
        ({"url": "{photos}/LICENSES.md"}, "not_an_image", None),
    ],
)
def test_refusals_have_the_envelope(asking, photos, params, code, message):
    """400 with the words of old where there were any."""
    named = {name: value.format(photos=photos) for name, value in params.items()}
    answer = asking.get("/analyze", params=named)
    body = answer.json()
    assert (answer.status_code, body["service"], body["status"]) == (400, "clip", "error")
    assert body["predictions"] == []
    assert body["metadata"]["processing_time"] > 0
    assert body["error"]["code"] == code
    assert message in (None, body["error"]["message"])


def test_too_large_a_file_is_said_so(asking, tmp_path):
    """Uploaded, above 32 MiB, whether or not the whole body is."""
    for size in (32 * 2**20 + 1, 36 * 2**20):
        answer = asking.post("/analyze", files={"file": bytes(size)})
        assert answer.status_code == 400
        assert answer.json()["error"]["message"] == "File too large"
