"""Which requests reach BentoML's own router: its two pages, and nothing else.

Everything else is ours in every spelling of the path, so that no declared API function (whose file
fields would fetch a web address) is ever run by a request. A private server's pages too are for
callers on its own machine: the others reach ours, which refuses them.
"""

from __future__ import annotations

from collections.abc import Callable

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from framed.routes.access import is_own_machine

BENTOML_PAGES = ("/schema.json", "/docs.json")


class FallThrough:
    """ASGI middleware: `web()` gives the application that answers first."""

    def __init__(self, app: ASGIApp, web: Callable[[], ASGIApp], *, private: bool = False) -> None:
        self._bentoml = app
        self._web = web
        self._private = private

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        theirs = scope["type"] != "http" or self._is_page(scope)
        await (self._bentoml if theirs else self._web())(scope, receive, send)

    def _is_page(self, scope: Scope) -> bool:
        if scope["path"] not in BENTOML_PAGES or scope["method"] not in ("GET", "HEAD"):
            return False
        return not self._private or is_own_machine(Request(scope))
