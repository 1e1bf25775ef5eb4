"""The pages a browser shows: every route is there, and nothing comes from elsewhere."""

from __future__ import annotations

import html
import re
import shutil
import subprocess
from collections.abc import Callable
from urllib.parse import urljoin, urlsplit

import pytest

from tests.server.running import RunningServer

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-proxy-server",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",  # no network but this server
    "--virtual-time-budget=10000",
    "--dump-dom",
)
BROWSER_SECONDS = 120
API = {
    ("/", "get"),
    ("/analyze", "get"),
    ("/analyze", "post"),
    ("/anomaly-score", "post"),
    ("/api/v1/vision/labels", "post"),
    ("/batch-similarity", "post"),
    ("/classify", "post"),
    ("/embed", "post"),
    ("/embeddings", "post"),
    ("/encode_image", "post"),
    ("/encode_text", "post"),
    ("/features", "post"),
    ("/health", "get"),
    ("/healthz", "get"),
    ("/info", "get"),
    ("/labels", "get"),
    ("/livez", "get"),
    ("/metrics", "get"),
    ("/models", "get"),
    ("/models/{name}", "get"),
    ("/ping", "get"),
    ("/predict", "post"),
    ("/readyz", "get"),
    ("/reload", "post"),
    ("/reload-labels", "post"),
    ("/similarity", "post"),
    ("/v1/embeddings", "post"),
    ("/v1/models", "get"),
    ("/v1/models/{name}", "get"),
}
PAGES = ("/", "/docs")

Rendered = Callable[[str], str]


@pytest.fixture(scope="module")
def rendered(server: RunningServer, tmp_path_factory: pytest.TempPathFactory) -> Rendered:
    """A page's document once its scripts have run in a real browser."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        pytest.skip(f"no browser here (looked for {', '.join(BROWSERS)})")
    profile = tmp_path_factory.mktemp("browser")

    def render(path: str) -> str:
        shown = subprocess.run(
            [browser, *FLAGS, f"--user-data-dir={profile}", f"{server.url}{path}"],
            capture_output=True,
            text=True,
            timeout=BROWSER_SECONDS,
        )
        assert shown.returncode == 0, shown.stderr
        return shown.stdout

    return render


def _foreign_assets(document: str, base: str) -> list[str]:
    """What a page loads or links from another host."""
    addresses = re.findall(r"""(?:src|href|action)\s*=\s*["']([^"']*)["']""", document)
    addresses += re.findall(r"""url\(\s*["']?([^"')]+)""", document)
    resolved = [urljoin(base, html.unescape(each)) for each in addresses]
    return [
        each
        for each in resolved
        if urlsplit(each).scheme in ("http", "https") and urlsplit(each).netloc != _host(base)
    ]


def _host(url: str) -> str:
    return urlsplit(url).netloc


def _operations(document: str) -> set[tuple[str, str]]:
    """Route and method of each operation that the rendered documentation lists."""
    blocks = re.findall(r'<div class="opblock opblock-(\w+)', document)
    paths = re.findall(r'<span[^>]*class="opblock-summary-path"[^>]*data-path="([^"]+)"', document)
    return set(zip(map(html.unescape, paths), blocks, strict=True))


def test_rendered_docs_show_every_route(rendered):
    """A person who opens `/docs` in a browser sees each route of the API."""
    assert _operations(rendered("/docs")) == API


def test_rendered_start_page_says_what_serves(rendered, client, server):
    """The start page names the model and gives a command with this server's own address."""
    shown = html.unescape(rendered("/"))
    facts = client.get("/info").json()
    assert facts["model"] in shown
    assert f"{server.url}/classify" in shown


@pytest.mark.parametrize("path", PAGES)
def test_rendered_pages_come_from_here(rendered, server, path):
    """Nothing of a rendered page comes from another host: it works without a network."""
    assert _foreign_assets(rendered(path), server.url + path) == []


@pytest.mark.parametrize("path", PAGES)
def test_pages_come_from_here(client, server, path):
    """Without a browser as well: the page names no other host, and all it loads is there."""
    page = client.get(path)
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    assert _foreign_assets(page.text, server.url + path) == []
    for asset in re.findall(r"""(?:src|href)=["'](/?[^"'#:]+)["']""", page.text):
        assert client.get(urljoin(server.url + path, asset)).status_code == 200, asset


def test_foreign_assets_are_seen():
    """The look for other hosts can fail."""
    page = '<link href="/docs"><script src="//cdn.example.org/a.js"></script>'
    assert _foreign_assets(page, "http://127.0.0.1:3000/") == ["http://cdn.example.org/a.js"]


def test_openapi_names_every_route(client):
    """The schema has each route with its method, each with a summary and a way to refuse."""
    paths = client.get("/openapi.json").json()["paths"]
    assert {(path, method) for path, each in paths.items() for method in each} == API
    for path, method in API:
        assert paths[path][method]["summary"], path


def test_links_of_the_start_page_lead_somewhere(client):
    """Each link of the start page is answered."""
    links = re.findall(r'href="([^"]+)"', client.get("/").text)
    assert links
    for link in links:
        assert client.get(urljoin("/", link)).status_code == 200, link


@pytest.mark.parametrize("path", ["/metrics", "/schema.json"])
def test_bentomls_own_pages_are_kept(client, path):
    """BentoML's schema, and `/metrics` where BentoML had it, stay reachable."""
    assert client.get(path).status_code == 200
