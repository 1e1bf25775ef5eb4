"""A plain BentoML service around open_clip; `programs/bento_clip.py` is the server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from scripts.benchmarks.load import FORM, form
from scripts.peers.peer import Peer, Request

_PROGRAMS = Path(__file__).parents[1] / "programs"


def _find(answer: Any) -> object:
    return answer[0]


BENTO = Peer(
    name="bento",
    title="plain BentoML",
    environment="bento",
    packages=(
        "bentoml==1.4.39",
        "numpy==2.4.6",
        "open-clip-torch==3.3.0",
        "pillow==13.0.0",
        "timm==1.0.31",
        "torch==2.15.0",
        "torchvision==0.29.2",
    ),
    command=lambda folder, _, port: [
        *(str(folder / "bin" / "bentoml"), "serve", "bento_clip:Embeddings"),
        *("--working-dir", str(_PROGRAMS), "--host", "127.0.0.1", "--port", str(port)),
    ],
    request=Request("/encode_image", FORM, lambda jpeg: form(jpeg, "items"), _find),
    settings="`scripts/peers/programs/bento_clip.py`, after BentoML's own example: a batchable "
    "method of up to 16 photos, one worker with a thread a core, open_clip in fp32",
    variables=lambda checkpoint: {
        "BENTOML_DO_NOT_TRACK": "True",
        "CLIP_FOLDER": str(checkpoint.open_clip),
    },
)
