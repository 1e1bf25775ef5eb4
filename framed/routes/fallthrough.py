"""Which requests reach BentoML's own router: its three pages, and nothing else.

Everything else is ours in every spelling of the path, so that no declared API function (whose file
fields would fetch a web address) is ever run by a request.
"""

from __future__ import annotations

from collections.abc import Callable

from starlette.types import ASGIApp, Receive, Scope, Send

BENTOML_PAGES = ("/metrics", "/schema.json", "/docs.json")


class FallThrough:
    """ASGI middleware: `web()` gives the application that answers first."""

    def __init__(self, app: ASGIApp, web: Callable[[], ASGIApp]) -> None:
        self._bentoml = app
        self._web = web

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        theirs = scope["type"] != "http" or (
            scope["path"] in BENTOML_PAGES and scope["method"] in ("GET", "HEAD")
        )
        await (self._bentoml if theirs else self._web())(scope, receive, send)
