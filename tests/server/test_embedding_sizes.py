"""The encoder and the embedding service's snippets, against models of their sizes.

The weights are random and made here, in two layers a tower: what is held to is the wire, not
what the models know.
"""

from __future__ import annotations

import asyncio
import base64
import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from tests.clip.small_models import write_model
from tests.server.own_config import own_config
from tests.server.running import RunningServer, running_server

LOAD_SECONDS = 180.0
LAYERS = 2

VIT_B_32: dict[str, Any] = {
    "embed_dim": 512,
    "quick_gelu": True,
    "vision_cfg": {"image_size": 224, "layers": LAYERS, "width": 768, "patch_size": 32},
    "text_cfg": {
        "context_length": 77,
        "vocab_size": 49408,
        "width": 512,
        "heads": 8,
        "layers": LAYERS,
    },
}
VIT_L_14: dict[str, Any] = {
    "embed_dim": 768,
    "quick_gelu": True,
    "vision_cfg": {"image_size": 224, "layers": LAYERS, "width": 1024, "patch_size": 14},
    "text_cfg": {
        "context_length": 77,
        "vocab_size": 49408,
        "width": 768,
        "heads": 12,
        "layers": LAYERS,
    },
}


def few_labels(folder: Path) -> Path:
    """A configuration with one small bank: large models take minutes for the product's own."""
    config = own_config(folder)
    shutil.rmtree(config / "banks")
    (config / "labels.json").write_text(json.dumps({"labels": ["person", "car"]}))
    (config / "templates.json").write_text(json.dumps({"templates": ["a photo of a {}"]}))
    shutil.rmtree(config / "names", ignore_errors=True)
    return config


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """ViT-B/32 for the encoder service's clients, ViT-L/14 for the embedding service's."""
    folder = tmp_path_factory.mktemp("sizes")
    encoder = f"local-dir:{write_model(folder / 'ViT-B-32', VIT_B_32)}"
    embed = f"local-dir:{write_model(folder / 'ViT-L-14', VIT_L_14)}"
    env = {
        "FRAMED_MODELS": f"{encoder},{embed}",
        "FRAMED_ENCODER_MODEL": encoder,
        "FRAMED_EMBED_MODEL": embed,
        "FRAMED_PRELOAD": "True",
        "FRAMED_ENGINE": "torch",
        "FRAMED_PRECISION": "fp32",  # random weights pass no test of a narrower format
        "FRAMED_CONFIG_DIR": str(few_labels(folder)),
        "FRAMED_DEADLINE": "60",
    }
    with running_server(folder / "server", env=env) as started:
        assert started.wait_for(lambda: set(states(started)) == {"ready"}, LOAD_SECONDS)
        yield started


def states(server: RunningServer) -> list[str]:
    """Of each model; a server is ready once its default one is."""
    models = httpx.get(f"{server.url}/info", trust_env=False, timeout=60).json()["models"]
    return [model["state"] for model in models]


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_encoder_services_curl(server: RunningServer, sample: Path) -> None:
    """Health says 512, and so many numbers come for a photo."""

    def curl(*arguments: str) -> Any:
        said = subprocess.run(
            ["curl", "-sS", "--noproxy", "*", *arguments], capture_output=True, check=True
        )
        return json.loads(said.stdout)

    health = curl(f"{server.url}/health")
    assert (health["status"], health["embedding_size"]) == ("healthy", 512)
    row = curl("-X", "POST", f"{server.url}/encode_image", "-F", f"image=@{sample}")
    assert len(row) == 512
    assert np.linalg.norm(row) == pytest.approx(1, abs=1e-5)


def test_the_encoder_services_python(
    server: RunningServer, sample: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It prints what its text says it prints."""
    requests = pytest.importorskip("requests", reason="the package requests is not installed")
    with open(sample, "rb") as f:
        response = requests.post(
            f"{server.url}/encode_image", files={"image": f}, proxies={"http": None}
        )

    embedding = response.json()
    print(f"Embedding dimensions: {len(embedding)}")
    assert capsys.readouterr().out == "Embedding dimensions: 512\n"


def test_the_embedding_services_python(server: RunningServer, sample: Path) -> None:
    """Its integration example gets 768 numbers, of the dimension that health states."""
    image_base64 = base64.b64encode(sample.read_bytes()).decode()

    async def get_embedding(image_base64: str) -> Any:
        async with httpx.AsyncClient(trust_env=False, timeout=60) as client:
            response = await client.post(f"{server.url}/embed", json={"image": image_base64})
            return response.json()["embedding"]

    row = asyncio.run(get_embedding(image_base64))
    assert len(row) == 768
    health = httpx.get(f"{server.url}/health", trust_env=False).json()
    assert (health["embedding_dimension"], health["model_loaded"]) == (768, True)
    assert health["vram_used_gb"] >= 0


def test_the_embedding_services_numbers_hang_together(server: RunningServer, sample: Path) -> None:
    """Similarity is the dot product to 1e-5, and no photo is an anomaly to itself."""
    image = base64.b64encode(sample.read_bytes()).decode()
    texts = ["delivery person", "suspicious individual", "resident"]
    with httpx.Client(base_url=server.url, trust_env=False, timeout=60) as client:

        def ask(path: str, **given: Any) -> Any:
            answer = client.post(path, json=given)
            assert answer.status_code == 200, answer.text
            return answer.json()

        row = ask("/embed", image=image)["embedding"]
        model = client.post("/embed", json={"image": image}).headers["x-model"]
        words = np.array(ask("/encode_text", texts=texts, model=model))
        found = ask("/batch-similarity", image=image, texts=texts)["similarities"]
        np.testing.assert_allclose(list(found.values()), words @ row, atol=1e-5)
        one = ask("/similarity", image=image, text=texts[0])["similarity"]
        assert one == pytest.approx(found[texts[0]], abs=1e-5)
        own = ask("/anomaly-score", image=image, baseline_embedding=row)
        assert own["anomaly_score"] < 1e-3
        refused = client.post("/anomaly-score", json={"image": image, "baseline_embedding": [0.5]})
        assert (refused.status_code, "768" in refused.text) == (400, True)
