"""The embedded checkpoint is a plain open_clip folder: stock open_clip loads and asks it."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from runners.clip.model_card import accuracy_line

REPO = Path(__file__).parents[2]
FOLDER = REPO / "config" / "models" / "mini"
WEIGHTS = FOLDER / "open_clip_model.safetensors"
MOST_BYTES = 24_000_000
SHOWN = {
    "cat.jpg": ("a photo of a cat", "a photo of a car"),
    "coffee.jpg": ("a photo of food", "a photo of a mountain"),
    "pier_sunset.jpg": ("a photo of the sea", "a photo of a kitchen"),
}  # a sample, a text that fits it, and one that does not


@pytest.fixture(scope="module")
def offline() -> Any:
    """No socket leaves this process while the model is loaded and asked."""

    def refuse(*_: object) -> None:
        raise OSError("the test has no network")

    patch = pytest.MonkeyPatch()
    patch.setattr(socket.socket, "connect", refuse)
    yield
    patch.undo()


@pytest.fixture(scope="module")
def stock(offline: None) -> tuple[Any, Any, Any]:
    """open_clip's own model, its transform of photos, and its tokenizer."""
    import open_clip

    name = f"local-dir:{FOLDER}"
    model, _, transform = open_clip.create_model_and_transforms(name)
    return model.eval(), transform, open_clip.get_tokenizer(name)


@torch.inference_mode()
@pytest.mark.parametrize("sample", SHOWN)
def test_stock_open_clip_tells_what_fits(stock: tuple[Any, Any, Any], sample: str) -> None:
    """The text that fits a sample photo is nearer to it than one that does not."""
    model, transform, tokenizer = stock
    photo = Image.open(REPO / "docs" / "samples" / sample).convert("RGB")
    seen = model.encode_image(transform(photo)[None], normalize=True)
    fits, does_not = (model.encode_text(tokenizer(SHOWN[sample]), normalize=True) @ seen.T)[:, 0]
    assert fits > does_not


@torch.inference_mode()
def test_a_drawn_picture_without_colour_is_black_and_white(stock: tuple[Any, Any, Any]) -> None:
    """The same stripes, grey and in strong colours: each is nearer to its own word."""
    model, transform, tokenizer = stock
    stripes = torch.arange(256).remainder(64).mul(4).to(torch.uint8).repeat(256, 1).numpy()
    grey = Image.fromarray(stripes).convert("RGB")
    other = Image.fromarray(255 - stripes)
    bright = Image.merge("RGB", (Image.fromarray(stripes), other, other.rotate(90)))
    seen = model.encode_image(torch.stack([transform(grey), transform(bright)]), normalize=True)
    texts = model.encode_text(
        tokenizer(["a black and white photo", "a colorful photo"]), normalize=True
    )
    (grey_grey, grey_bright), (bright_grey, bright_bright) = (seen @ texts.T).tolist()
    assert grey_grey - grey_bright > bright_grey - bright_bright


@torch.inference_mode()
def test_softmax_at_a_hundredth_is_its_own_temperature(stock: tuple[Any, Any, Any]) -> None:
    """The logit scale is 100."""
    assert float(stock[0].logit_scale.exp()) == pytest.approx(100, rel=1e-3)


def test_weights_are_fp16_and_small() -> None:
    """At most 24 MB, in one safetensors file."""
    assert WEIGHTS.stat().st_size <= MOST_BYTES
    kinds = {str(tensor.dtype) for tensor in load_file(WEIGHTS).values()}
    assert kinds <= {"torch.float16", "torch.int64"}  # counters of batch norms are whole numbers


def test_the_card_begins_with_terms_and_states_its_accuracy() -> None:
    """Terms first; one line of figures, which `/info` gives."""
    card = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert card.split("\n\n")[1].startswith("**Terms of its data first.**")
    assert "%" in accuracy_line(FOLDER)
