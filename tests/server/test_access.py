"""A real server with keys: who gets an answer, by which name, for which page, through which proxy.

Its proxy is this machine, so what is forwarded counts; its file of keys changes while it runs.
"""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import bentoml
import httpx
import openai
import pytest

from framed.access.key import new_key
from framed.access.key_file import write_keys
from framed.access.scopes import Scope
from tests.server.running import REPO, RunningServer, running_server

PROBES = ("/ping", "/livez", "/readyz", "/healthz", "/health")
BENTOMLS = ("/metrics", "/schema.json", "/docs.json")
METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH")
SPELLINGS = ("{}/", "/{}", "//{}", "/x/..{}", "/.{}", "{};a", "{}?a=b", "{}%2f", "/%2e{}")
SCOPES = ("classify", "reload", "metrics", "admin")
PATIENT = 15  # seconds; a change of the file is seen within one


@dataclass
class Kept:
    """The server, its file of keys, and a secret of each scope."""

    server: RunningServer
    file: Path
    secrets: dict[str, str] = field(default_factory=dict)

    def keys(self, *call: str) -> str:
        """What `python -m framed keys` prints."""
        command = [sys.executable, "-m", "framed", "keys", "--file", str(self.file), *call]
        done = subprocess.run(command, cwd=REPO, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    @cached_property
    def connection(self) -> HTTPConnection:
        return HTTPConnection("127.0.0.1", self.server.port, timeout=60)

    def ask(self, method: str, target: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body; the target goes out as it is written here."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.connection.putrequest(method, target, skip_host="Host" in named)
        for name, value in named.items():
            self.connection.putheader(name, value)
        self.connection.endheaders()
        answer = self.connection.getresponse()
        body = answer.read()
        return answer.status, {k.lower(): v for k, v in answer.getheaders()}, body

    def status(self, method: str, target: str, scope: str = "admin", **headers: str) -> int:
        """With the key of a scope."""
        bearer = f"Bearer {self.secrets[scope]}"
        return self.ask(method, target, Authorization=bearer, **headers)[0]

    def becomes(self, status: int, scope: str) -> bool:
        """Whether a key is soon answered so; asked seldom, as wrong keys are counted."""
        for _ in range(PATIENT):
            if self.status("GET", "/labels", scope) == status:
                return True
            time.sleep(1.0)
        return False


def spelled(paths: Iterable[str]) -> Iterator[str]:
    """Each path in other ways; in the last one a letter is written as odd characters are."""
    for path in paths:
        yield from (spelling.format(path) for spelling in SPELLINGS)
        yield f"/%{ord(path[1]):02x}{path[2:]}" if len(path) > 1 else "/%2f"


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    folder = tmp_path_factory.mktemp("access")
    file = folder / "keys.json"
    made = {scope: new_key(f"its-{scope}", frozenset({Scope(scope)})) for scope in SCOPES}
    write_keys(file, [key for key, _ in made.values()])
    env = {
        "FRAMED_API_KEYS_FILE": str(file),
        "FRAMED_ALLOWED_HOSTS": "photos.example.org",
        "FRAMED_CORS_ORIGINS": "https://let-in.example",
        "FRAMED_TRUSTED_PROXIES": "127.0.0.1",
        "FRAMED_RATE_PHOTOS": "100000",
        "FORWARDED_ALLOW_IPS": "*",  # uvicorn's own, which has no say
    }
    with running_server(folder, env=env) as server:
        yield Kept(server, file, {scope: secret for scope, (_, secret) in made.items()})


def test_nothing_but_probes_answers_without_a_key(kept: Kept) -> None:
    """Every route there is, in every spelling and method, is 401 in its error shape."""
    admin = {"Authorization": f"Bearer {kept.secrets['admin']}"}
    documented = json.loads(kept.ask("GET", "/openapi.json", **admin)[2])["paths"]
    ours = {"/docs", "/openapi.json", "/docs/oauth2-redirect", "/static-offline-docs/x", "/nope"}
    paths = sorted({*documented, *BENTOMLS, *ours} - set(PROBES))
    assert len(paths) > 20
    plain = itertools.product(METHODS, paths)
    for method, target in (*plain, *itertools.product(("GET", "POST"), spelled(paths))):
        status, headers, body = kept.ask(method, target)
        assert (status, headers["www-authenticate"]) == (401, "Bearer"), (method, target)
        if method != "HEAD":
            said = json.loads(body)
            vision = isinstance(said["error"], str)  # PhotoPrism's route
            assert (said["error_code"] if vision else said["error"]["code"]) == "unauthorized"


def test_probes_answer_without_a_key(kept: Kept) -> None:
    """To readers; whoever writes to them needs one like everywhere."""
    for path in PROBES:
        assert kept.ask("GET", path)[0] == 200
        assert kept.ask("HEAD", path)[0] == 200
        for method in ("POST", "DELETE", "OPTIONS"):
            assert kept.ask(method, path)[0] == 401


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("GET", "/info", "metrics"),
        ("GET", "/metrics", "metrics"),
        ("POST", "/reload", "reload"),
        ("POST", "/reload-labels", "reload"),
        ("POST", "/classify", "classify"),
        ("POST", "/v1/embeddings", "classify"),
    ],
)
def test_a_key_is_good_for_its_scope(kept: Kept, method: str, path: str, scope: str) -> None:
    """And for no other; what every key may read is for all of them."""
    forbidden = {each: kept.status(method, path, each) == 403 for each in SCOPES}
    assert forbidden == {each: each not in (scope, "admin") for each in SCOPES}
    for each in SCOPES:
        assert [kept.status("GET", open_) for open_ in ("/labels", "/docs", "/schema.json")] == [
            200
        ] * 3, each


def test_reloading_is_for_its_key_from_anywhere(kept: Kept) -> None:
    """Through a proxy too; this machine alone is no reason any more."""
    assert kept.status("POST", "/reload", "reload", X_Forwarded_For="192.0.2.9") == 200
    assert kept.ask("POST", "/reload")[0] == 401


def test_keys_come_and_go_without_a_restart(kept: Kept) -> None:
    """A new one is good within seconds, a revoked one worthless; a broken file changes nothing."""
    kept.secrets["new"] = kept.keys("new", "newcomer", "--scope", "admin")
    assert kept.becomes(200, "new")
    kept.keys("revoke", "newcomer")
    assert kept.becomes(401, "new")
    whole = kept.file.read_text()
    kept.file.write_text("{")
    time.sleep(1.5)
    assert [kept.status("GET", "/labels", each) for each in SCOPES] == [200] * len(SCOPES)
    assert kept.server.says("the keys are as before")
    kept.file.write_text(whole)


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("photos.example.org", 200),
        ("localhost:3000", 200),
        ("framed:3000", 200),
        ("192.0.2.7", 200),
        ("rebound.example", 403),
        ("localhost.rebound.example", 403),
        ("", 403),
    ],
)
def test_names_that_lead_here(kept: Kept, host: str, status: int) -> None:
    """A name of somebody else's is refused, with a key too; probes do not mind."""
    assert kept.status("GET", "/labels", Host=host) == status
    assert kept.status("GET", "/metrics", Host=host) == status
    assert kept.ask("GET", "/livez", Host=host or "rebound.example")[0] == 200


def test_pages_of_other_origins(kept: Kept, sample: Path) -> None:
    """A form that a foreign page posts is refused, that of a page that was let in is answered."""
    bearer = {"Authorization": f"Bearer {kept.secrets['classify']}"}
    with httpx.Client(base_url=kept.server.url, headers=bearer, trust_env=False) as client:

        def posted(**headers: str) -> httpx.Response:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            files = {"file": sample.read_bytes()}
            return client.post("/classify", files=files, headers=named, timeout=60)

        for foreign in ("https://evil.example", "null", "http://127.0.0.1:1"):
            assert posted(origin=foreign, sec_fetch_site="cross-site").status_code == 403
        assert posted(sec_fetch_site="cross-site").status_code == 403
        let_in = posted(origin="https://let-in.example", sec_fetch_site="cross-site")
        assert let_in.status_code == 200
        assert let_in.headers["access-control-allow-origin"] == "https://let-in.example"
        assert "RateLimit" in let_in.headers["access-control-expose-headers"]
        assert posted(origin=kept.server.url, sec_fetch_site="same-origin").status_code == 200


def test_the_log_knows_client_and_key(kept: Kept) -> None:
    """The nearest address that the proxy names, and the key by name; no secret stands there."""
    forwarded = "6.6.6.6, 192.0.2.9"
    for rid, headers in (("one", {}), ("two", {"X_Forwarded_For": forwarded})):
        kept.status("GET", "/labels", "classify", X_Request_ID=rid, **headers)
    (one,), (two,) = kept.server.requests("one"), kept.server.requests("two")
    assert (one["client"], one["key"]) == ("127.0.0.1", "its-classify")
    assert (two["client"], two["key"]) == ("192.0.2.9", "its-classify")
    assert not [secret for secret in kept.secrets.values() if secret in kept.server.text()]
    assert kept.server.says("FORWARDED_ALLOW_IPS=*")


def test_what_is_left_is_told(kept: Kept, sample: Path) -> None:
    """With every answer to a caller who was let in."""
    bearer = {"Authorization": f"Bearer {kept.secrets['admin']}"}
    answer = httpx.post(
        f"{kept.server.url}/features",
        files=[("files", sample.read_bytes())] * 3,
        headers=bearer,
        timeout=60,
        trust_env=False,
    )
    assert answer.status_code == 200
    assert answer.headers["ratelimit-policy"] == '"photos";q=100000;w=60'
    _, headers, _ = kept.ask("GET", "/labels", **bearer)
    left = int(headers["ratelimit"].split(";")[1].removeprefix("r="))
    assert 99_000 < left <= 100_000 - 3
    assert "ratelimit" not in kept.ask("GET", "/readyz")[1]


def test_openais_client_brings_its_key(kept: Kept) -> None:
    """As it always does; a wrong one it is told of in its own words."""

    def embed(key: str) -> Any:
        http = openai.DefaultHttpxClient(trust_env=False)
        url = f"{kept.server.url}/v1"
        with openai.OpenAI(base_url=url, api_key=key, http_client=http, max_retries=0) as client:
            return client.embeddings.create(model="mini", input=["a cat"])

    assert len(embed(kept.secrets["classify"]).data) == 1
    with pytest.raises(openai.AuthenticationError):
        embed("wrong")
    with pytest.raises(openai.PermissionDeniedError):
        embed(kept.secrets["metrics"])


def test_bentomls_client_brings_its_key(kept: Kept, sample: Path) -> None:
    """Its `token`; it reads the schema with it, then calls."""
    with bentoml.SyncHTTPClient(kept.server.url, token=kept.secrets["classify"]) as framed:
        assert framed.classify(file=sample, top_k=1)["results"]
