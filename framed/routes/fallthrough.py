"""Which requests reach BentoML's own router: readers of its two pages, and nothing else.

Everything else is ours in every spelling of the path, so that no declared API function (whose file
fields would fetch a web address) is ever run by a request. Its pages too are asked for through our
edge, which lets in whom it lets in, and answers the others.
"""

from __future__ import annotations

from collections.abc import Callable, Container

from starlette.types import ASGIApp, Receive, Scope, Send

PAGES = ("/schema.json", "/docs.json")  # its client reads both to call anything
BENTOML = "framed.bentoml"  # in a scope: the application that has the pages


class FallThrough:
    """ASGI middleware before BentoML's application: `web()` gives the one that answers first."""

    def __init__(self, app: ASGIApp, web: Callable[[], ASGIApp]) -> None:
        self._bentoml = app
        self._web = web

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._bentoml(scope, receive, send)
        return await self._web()({**scope, BENTOML: self._bentoml}, receive, send)


class Behind:
    """Inside our edge: hands readers of `pages` on to BentoML, everything else to `app`."""

    def __init__(self, app: ASGIApp, pages: Container[str]) -> None:
        self._app = app
        self._pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] in self._pages and scope["method"] == "GET":
            await scope.get(BENTOML, self._app)(scope, receive, send)
            return
        # in ASGI the path has the sub-path in front; Starlette's mounted files insist on it
        whole = scope.get("root_path", "") + scope["path"]
        await self._app({**scope, "path": whole}, receive, send)
