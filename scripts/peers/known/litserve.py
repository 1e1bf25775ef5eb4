"""LitServe around open_clip; `programs/litserve_clip.py` is the server."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from scripts.benchmarks.load import FORM, form
from scripts.peers.peer import Peer, Request

_PROGRAM = Path(__file__).parents[1] / "programs" / "litserve_clip.py"

LITSERVE = Peer(
    name="litserve",
    title="LitServe",
    environment="litserve",
    packages=(
        "litserve==0.2.19",
        "numpy==2.4.6",
        "open-clip-torch==3.3.0",
        "pillow==13.0.0",
        "python-multipart==0.0.34",
        "timm==1.0.31",
        "torch==2.15.0",
        "torchvision==0.29.2",
    ),
    command=lambda folder, checkpoint, port: [
        str(folder / "bin" / "python"),
        *(str(_PROGRAM), str(checkpoint.open_clip), str(port)),
    ],
    request=Request("/predict", FORM, lambda jpeg: form(jpeg, "content"), lambda it: it),
    settings="`scripts/peers/programs/litserve_clip.py`, after its documentation: batches of up to "
    "16 within 5 ms, one worker with a thread a core, open_clip in fp32 as that loads by itself",
)
IN_BF16 = replace(
    LITSERVE,
    name="litserve-bf16",
    title="LitServe, bf16",
    settings="the same with open_clip's `precision='bf16'`, which someone has to know and to check",
    variables=lambda _: {"PRECISION": "bf16"},
    needs_bf16=True,
)
