"""What deploy/ puts around a server, started for tests: a read-only root, nginx, Caddy, Prometheus.

Each runs with the file that an operator would use; only its addresses and folders are others.
"""

from __future__ import annotations

import os
import re
import shutil
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path

import httpx
import yaml

from tests.server.running import REPO, free_port

DEPLOY = REPO / "deploy"
UP_SECONDS = 30.0
UPSTREAM = "127.0.0.1:3000"  # as the files of nginx and Caddy have it

# Everything becomes read-only but the folders that are named first, then the rest is started
# without capabilities: what a container is given by deploy/kubernetes and deploy/compose.
_SEALED = """
mount --make-rprivate / || exit
while [ "$1" != -- ]; do mount --bind "$1" "$1" || exit; shift; done
shift
mount -o remount,ro,bind / || exit
exec setpriv --no-new-privs --bounding-set=-all --inh-caps=-all -- "$@"
"""


def can_seal() -> bool:
    """Whether this user and this machine let a process have a root of its own."""
    if not (shutil.which("unshare") and shutil.which("setpriv")):
        return False
    tried = subprocess.run([*sealed([], ["true"])], capture_output=True, check=False)
    return tried.returncode == 0


def sealed(writable: Sequence[Path], command: Sequence[str]) -> list[str]:
    """`command`, for which only the folders `writable` are not read-only."""
    folders = [str(each) for each in writable]
    return ["unshare", "-m", "sh", "-c", _SEALED, "sh", *folders, "--", *command]


@contextmanager
def nginx(folder: Path, server: str, *, below: str = "") -> Iterator[str]:
    """The address of nginx, by TLS with a certificate of its own, before the server at `server`.

    With `below` it also serves it below that path, as the comments of its file tell.
    """
    port = free_port()
    config = write_nginx(folder, server, port)
    if below:
        said = (folder / "framed.conf").read_text()
        (folder / "framed.conf").write_text(_uncommented(said, below))
    with _running(["nginx", "-e", "stderr", "-c", str(config)], folder):
        yield _up(f"https://127.0.0.1:{port}")


def _uncommented(said: str, below: str) -> str:
    """The lines between `# location BELOW/ {` and the next empty one, without their signs."""
    start = said.index(f"# location {below}/ {{")
    end = said.index("\n\n", start)
    return said[:start] + re.sub(r"^\s*# ", "", said[start:end], flags=re.M) + said[end:]


def write_nginx(folder: Path, server: str, port: int) -> Path:
    """deploy/nginx/framed.conf for these addresses, in the frame that a distribution gives it."""
    folder.mkdir(parents=True, exist_ok=True)
    _make_certificate(folder)
    said = (DEPLOY / "nginx" / "framed.conf").read_text(encoding="utf-8")
    said = said.replace(UPSTREAM, server).replace("/etc/ssl/framed/", f"{folder}/")
    said = said.replace("listen 80;", f"listen 127.0.0.1:{free_port()};")
    said = said.replace("listen 443 ", f"listen 127.0.0.1:{port} ")
    (folder / "framed.conf").write_text(said)
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    places = " ".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
    user = "user root; " if os.getuid() == 0 else ""  # the test's folders are this user's own
    config = folder / "nginx.conf"
    config.write_text(
        f"{user}daemon off; pid {folder}/nginx.pid; error_log stderr; events {{}}\n"
        f"http {{ access_log off; {places} include {folder}/framed.conf; }}\n"
    )
    return config


@contextmanager
def caddy(folder: Path, server: str) -> Iterator[str]:
    """The address of Caddy, without TLS, before the server at `server`."""
    folder.mkdir(parents=True, exist_ok=True)
    address = f"http://127.0.0.1:{free_port()}"
    command = ["caddy", "run", "--config", str(DEPLOY / "caddy" / "Caddyfile")]
    with _running(command, folder, FRAMED_SITE=address, FRAMED_UPSTREAM=server):
        yield _up(address)


@contextmanager
def prometheus(folder: Path, server: str) -> Iterator[str]:
    """The address of a Prometheus that asks the server at `server` every second."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(DEPLOY / "prometheus" / "alerts.yml", folder)
    said = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yml").read_text(encoding="utf-8"))
    said["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
    said["scrape_configs"][0]["static_configs"] = [{"targets": [server]}]
    config = folder / "prometheus.yml"
    config.write_text(yaml.safe_dump(said))
    port = free_port()
    places = [f"--config.file={config}", f"--storage.tsdb.path={folder}/series"]
    command = ["prometheus", *places, f"--web.listen-address=127.0.0.1:{port}"]
    with _running(command, folder):
        yield _up(f"http://127.0.0.1:{port}")


def client(address: str) -> httpx.Client:
    """An HTTP client that trusts the certificate of a test, and goes through no proxy."""
    return httpx.Client(base_url=address, verify=False, trust_env=False, timeout=60)


def as_spelled(door: httpx.Client, path: str) -> tuple[int, str]:
    """Status and body of a GET for a path that nobody makes plainer on the way."""
    url = door.base_url
    kind = HTTPConnection if url.scheme == "http" else _unchecked
    connection = kind(url.host, url.port, timeout=20)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode(errors="replace")
    finally:
        connection.close()


def _unchecked(host: str, port: int, timeout: float) -> HTTPConnection:
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    return HTTPSConnection(host, port, timeout=timeout, context=trusting)


@contextmanager
def _running(command: Sequence[str], folder: Path, **env: str) -> Iterator[None]:
    own: Mapping[str, str] = {"HOME": str(folder), "XDG_DATA_HOME": str(folder), **env}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [*command], cwd=folder, env={**os.environ, **own}, stdout=log, stderr=log
        )
        try:
            yield
        finally:
            process.terminate()
            process.wait(20)
            sys.stdout.write((folder / "log").read_text(errors="replace")[-3000:])


def _up(address: str) -> str:
    end = time.monotonic() + UP_SECONDS
    with client(address) as asking:
        while True:
            try:
                asking.get("/")
            except httpx.TransportError:
                assert time.monotonic() < end, f"nothing answers at {address}"
                time.sleep(0.1)
            else:
                return address


def _make_certificate(folder: Path) -> None:
    asked = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1"]
    names = ["-subj", "/CN=photos.example.org"]
    files = ["-keyout", f"{folder}/privkey.pem", "-out", f"{folder}/fullchain.pem"]
    subprocess.run([*asked, *names, *files], check=True, capture_output=True)


def metric_names(text: str) -> set[str]:
    """The series that a page of metrics holds."""
    return set(re.findall(r"^([a-z_][a-z_0-9]*)[ {]", text, re.MULTILINE))
