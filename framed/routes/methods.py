"""Which methods a path takes: what is documented, HEAD where GET is, and OPTIONS, which asks."""

from __future__ import annotations

from starlette.requests import Request

_PAGE = ("get",)  # what is not documented is a page: the documentation itself


def path_of(request: Request) -> str:
    """The path that `request` asks for, without the one below which a proxy serves all of them."""
    root: str = request.scope.get("root_path", "")
    return request.url.path.removeprefix(root)


def allowed_methods(request: Request) -> str:
    """The `Allow` header of the path that `request` asks for."""
    documented = request.app.openapi()["paths"].get(path_of(request), _PAGE)
    methods = {method.upper() for method in documented} | {"OPTIONS"}
    return ", ".join(sorted(methods | ({"HEAD"} if "GET" in methods else set())))
