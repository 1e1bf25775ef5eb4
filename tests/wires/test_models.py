"""The served models in OpenAI's shape."""

from __future__ import annotations

from dataclasses import replace

import pytest

from framed.errors import Code, FramedError
from framed.results import ModelState
from framed.wires.models import model_body, models_body
from tests.fakes import FACTS

STATES = (
    ModelState(("fake", "framed/fake", "alias"), "framed/fake", "ready", 3),
    ModelState(("other", "owner/name", "ViT-B/32"), "owner/name", "unloaded", 512),
)
SEVERAL = replace(FACTS, models=STATES)


def test_every_model_is_listed() -> None:
    """The default one first, whether it is loaded or not, each by the name to ask for."""
    body = models_body(SEVERAL, 1700000000)
    assert body["object"] == "list"
    assert [each["id"] for each in body["data"]] == ["fake", "other"]
    assert body["data"][1] == {
        "id": "other",
        "object": "model",
        "created": 1700000000,
        "owned_by": "owner",
        "root": "owner/name",
        "dimensions": 512,
    }


@pytest.mark.parametrize("name", ["other", "Owner/Name", "vit-b/32"])
def test_a_model_is_found_by_any_of_its_names(name: str) -> None:
    """In any case, slashes and all."""
    assert model_body(SEVERAL, name, 0)["id"] == "other"


def test_a_model_that_is_not_served() -> None:
    """It is refused with those that are."""
    with pytest.raises(FramedError, match="there is fake, other") as refused:
        model_body(SEVERAL, "gpt-4", 0)
    assert refused.value.code is Code.UNKNOWN_MODEL


def test_one_model_alone() -> None:
    """It is known without a list."""
    assert [each["id"] for each in models_body(FACTS, 0)["data"]] == ["fake"]
