"""Which methods a path takes: what is documented, HEAD where GET is, and OPTIONS, which asks."""

from __future__ import annotations

from starlette.requests import Request

from framed.routes.context import context_of

_PAGE = ("get",)  # what is not documented is a page: the documentation itself


def allowed_methods(request: Request) -> str:
    """The `Allow` header of the path that `request` asks for."""
    documented = request.app.openapi()["paths"].get(context_of(request).path, _PAGE)
    methods = {method.upper() for method in documented} | {"OPTIONS"}
    return ", ".join(sorted(methods | ({"HEAD"} if "GET" in methods else set())))
