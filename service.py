"""Framed as a Bento: the two runners, the web application before them, and nothing else."""

from __future__ import annotations

from typing import Any

import bentoml

from framed import assemble, starting
from framed.routes.fallthrough import FallThrough
from framed.wires import typed
from runners.clip.runner import ClipRunner
from runners.technical.runner import TechnicalRunner

SETTINGS = starting.start()


@bentoml.service(**starting.service_options(SETTINGS))
class Framed:
    """Typed for the schema and the SDK; over HTTP the web application answers in their place."""

    clip = bentoml.depends(ClipRunner)
    technical = bentoml.depends(TechnicalRunner)

    def __init__(self) -> None:
        from framed.hops import RemoteClip, RemoteTechnical  # the runners import only this module

        self.web = assemble.web(RemoteClip(self.clip), RemoteTechnical(self.technical), SETTINGS)
        self.call = assemble.typed_call(self.web)

    @bentoml.api(input_spec=typed.ClassifyCall)
    async def classify(self, **asked: Any) -> dict[str, Any]:
        """Rank a bank's labels, or your own, against one photo."""
        return await self.call("/classify", asked, "file")

    @bentoml.api(input_spec=typed.FeaturesCall)
    async def features(self, **asked: Any) -> dict[str, Any]:
        """Labels and technical metrics of files, or of artifacts that name photos."""
        return await self.call("/features", asked, "files", "file")

    @bentoml.api(input_spec=typed.ReloadCall)
    async def reload(self, **asked: Any) -> dict[str, Any]:
        """Read the label files again and swap the banks in."""
        return await self.call("/reload", asked)

    @bentoml.api(input_spec=typed.EncodeImageCall)
    async def encode_image(self, **asked: Any) -> list[Any]:
        """Photos to unit embeddings."""
        return await self.call("/encode_image", asked, "image")

    @bentoml.api(input_spec=typed.EncodeTextCall)
    async def encode_text(self, **asked: Any) -> list[list[float]]:
        """Texts to unit embeddings."""
        return await self.call("/encode_text", asked)


svc = Framed
svc.add_asgi_middleware(  # type: ignore[attr-defined]  # the decorator is typed as if it did nothing
    FallThrough, web=lambda: bentoml.get_current_service().web
)
