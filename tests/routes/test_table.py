"""The table of routes: every path has its limits and its place in the documentation."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from fastapi.routing import APIRoute

from framed.routes.limits import SMALL
from framed.routes.table import DOCUMENTATION, ROUTERS, ROUTES
from framed.wires.analyze import AnalyzeParameters
from framed.wires.encoder import EncodeImageParameters
from framed.wires.features import FeaturesParameters
from framed.wires.labelling import BankParameters, ClassifyParameters
from framed.wires.parameters import Parameters
from tests.routes.conftest import Send

PROBES = {"/ping", "/livez", "/readyz", "/healthz", "/health", "/info", "/metrics"}
TAKES_A_BODY = {"POST", "PUT", "PATCH"}


def routes() -> Iterator[APIRoute]:
    """Every route of every router."""
    for router in ROUTERS:
        for route in router.routes:
            assert isinstance(route, APIRoute)
            yield route


def methods_of(route: APIRoute) -> set[str]:
    """The HTTP methods that it answers."""
    return route.methods or set()


def test_limits_are_of_routes_that_there_are() -> None:
    """No line of the table is left over from a route that went."""
    assert ROUTES.keys() <= {route.path for route in routes()}


@pytest.mark.parametrize("route", routes(), ids=lambda route: route.path)
def test_what_takes_a_body_has_limits_of_its_own(route: APIRoute) -> None:
    """A photo would not fit into the limit of other routes."""
    if methods_of(route) & TAKES_A_BODY:
        assert ROUTES[route.path] is not SMALL
    assert (ROUTES.get(route.path, SMALL).is_probe) == (route.path in PROBES)


def test_no_path_is_declared_twice() -> None:
    """The second one would never be reached."""
    declared = [(route.path, method) for route in routes() for method in methods_of(route)]
    assert len(declared) == len(set(declared))


def test_every_route_is_documented(send: Send) -> None:
    """With a sentence each, the page included."""
    documented = send("GET", "/openapi.json").json()["paths"]
    assert documented.keys() == {route.path_format for route in routes()}
    for operations in documented.values():
        for operation in operations.values():
            assert operation["summary"]
            assert operation["description"]


@pytest.mark.parametrize(
    ("path", "method", "parameters"),
    [
        ("/classify", "post", ClassifyParameters),
        ("/features", "post", FeaturesParameters),
        ("/encode_image", "post", EncodeImageParameters),
        ("/labels", "get", BankParameters),
        ("/analyze", "get", AnalyzeParameters),
    ],
)
def test_every_parameter_is_documented(
    path: str, method: str, parameters: type[Parameters], send: Send
) -> None:
    """What a route takes and what /docs says that it takes cannot differ."""
    operation = send("GET", "/openapi.json").json()["paths"][path][method]
    listed = {each["name"]: each for each in operation["parameters"]}
    assert listed.keys() == parameters.model_fields.keys()
    assert all(each["description"] for each in listed.values())


def test_documented_schemas_hang_together(send: Send) -> None:
    """Every reference inside the documentation leads somewhere."""
    text = send("GET", "/openapi.json").text
    components = send("GET", "/openapi.json").json().get("components", {}).get("schemas", {})
    for name in re.findall(r'"#/components/schemas/([^"]+)"', text):
        assert name in components
    assert '"#/$defs/' not in text


def test_the_documentation_needs_no_network(send: Send) -> None:
    """Its scripts and styles come from here, and are counted under names of their own."""
    page = send("GET", "/docs")
    assert page.status_code == 200
    fetched = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert fetched
    for address in fetched:
        assert not re.match(r"(https?:)?//", address)
        assert send("GET", address).status_code == 200
    assert {"/docs", "/openapi.json", *fetched} == DOCUMENTATION.keys()
