"""infinity, by its own command line."""

from __future__ import annotations

import base64
import json
from typing import Any

from scripts.peers.peer import Peer, Request

_MODEL = "clip"


def _body(jpeg: bytes) -> bytes:
    photo = f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}"
    return json.dumps({"model": _MODEL, "modality": "image", "input": [photo]}).encode()


def _find(answer: Any) -> object:
    return answer["data"][0]["embedding"]


INFINITY = Peer(
    name="infinity",
    title="infinity",
    environment="infinity",
    packages=(
        "infinity-emb[torch,vision,server]==0.0.78",
        "aiohttp==3.14.5",  # its extras leave out what it opens photos with
        "numpy==1.26.4",
        "pillow==13.0.0",
        "torch==2.15.0",
        "torchvision==0.29.2",
        "transformers==4.47.1",
    ),
    command=lambda folder, checkpoint, port: [
        str(folder / "bin" / "infinity_emb"),
        "v2",
        *("--model-id", str(checkpoint.transformers), "--served-model-name", _MODEL),
        *("--engine", "torch", "--device", "cpu"),
        *("--host", "127.0.0.1", "--port", str(port)),
    ],
    request=Request("/embeddings", "application/json", _body, _find),
    settings="`infinity_emb v2 --engine torch --device cpu`, else its defaults (batches of up to "
    "32, torch.compile); its only number format for CLIP on a CPU is fp32; photos as data URIs in "
    "JSON, as it takes no forms",
    variables=lambda _: {"HF_HUB_OFFLINE": "1", "DO_NOT_TRACK": "1"},
)
