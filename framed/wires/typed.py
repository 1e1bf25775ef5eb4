"""The typed signatures of the API functions: what the schema and the client SDK know of a route.

Each is the route's own parameters with the photos beside them, so that the two cannot differ.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import Field

from framed.wires.encoder import EncodeImageParameters, EncodeTextParameters
from framed.wires.features import FeaturesParameters
from framed.wires.labelling import BankParameters, ClassifyParameters

_NO_FILE: Any = None  # BentoML cannot take `Path | None`; as a default it makes a file optional


class ClassifyCall(ClassifyParameters):
    """`classify(file=…)` or `classify(image=base64)`."""

    file: Path = Field(_NO_FILE, description="The photo.")
    image: str | None = Field(None, description="The photo as base64 or data URI instead.")


class FeaturesCall(FeaturesParameters):
    """`features(file=…)`, `features(files=[…])` or `features(artifacts=[…])`."""

    files: list[Path] = Field(_NO_FILE, description="The photos.")
    file: Path = Field(_NO_FILE, description="One photo.")
    artifacts: list[dict[str, Any]] | None = Field(
        None, description="Artifacts that name photos below the service's folders instead."
    )


class ReloadCall(BankParameters):
    """`reload()` or `reload(bank=…)`."""


class EncodeImageCall(EncodeImageParameters):
    """`encode_image(image=[…])`."""

    image: list[Path] = Field(description="The photos.")


class EncodeTextCall(EncodeTextParameters):
    """`encode_text(texts=[…])`."""
