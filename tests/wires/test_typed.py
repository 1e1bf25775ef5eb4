"""The typed signatures: the client SDK knows exactly what a route takes."""

from __future__ import annotations

import pytest

from framed.wires import typed
from framed.wires.encoder import EncodeImageParameters, EncodeTextParameters
from framed.wires.features import FeaturesParameters
from framed.wires.labelling import BankParameters, ClassifyParameters
from framed.wires.parameters import Parameters

CALLS = [
    (typed.ClassifyCall, ClassifyParameters, {"file", "image"}),
    (typed.FeaturesCall, FeaturesParameters, {"file", "files", "artifacts"}),
    (typed.ReloadCall, BankParameters, set()),
    (typed.EncodeImageCall, EncodeImageParameters, {"image"}),
    (typed.EncodeTextCall, EncodeTextParameters, set()),
]


@pytest.mark.parametrize(("call", "parameters", "photos"), CALLS)
def test_a_call_takes_what_its_route_takes(
    call: type[Parameters], parameters: type[Parameters], photos: set[str]
) -> None:
    """The route's parameters and the photos, no more and no less, with the same defaults."""
    assert call.model_fields.keys() == parameters.model_fields.keys() | photos
    for name, field in parameters.model_fields.items():
        assert call.model_fields[name].default == field.default
        assert call.model_fields[name].annotation == field.annotation


@pytest.mark.parametrize("call", [call for call, _, _ in CALLS])
def test_each_parameter_is_described(call: type[Parameters]) -> None:
    """The schema says a sentence of each."""
    for schema in call.model_json_schema()["properties"].values():
        assert schema["description"].endswith(".")


@pytest.mark.parametrize("call", [call for call, _, _ in CALLS])
def test_only_what_a_route_cannot_do_without_is_required(call: type[Parameters]) -> None:
    """A photo may come in two ways for some, so that neither is; texts must come."""
    required = {name for name, field in call.model_fields.items() if field.is_required()}
    assert required <= {"texts", "image"}
