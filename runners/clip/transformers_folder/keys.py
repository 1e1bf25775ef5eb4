"""Where open_clip's tensors come from in a transformers CLIP checkpoint."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

IDLE = frozenset(  # rows of numbers that older versions of the library saved, too
    {"text_model.embeddings.position_ids", "vision_model.embeddings.position_ids"}
)

_BOTH = ("weight", "bias")
_IN_A_BLOCK = {  # open_clip's name -> theirs
    "ln_1": "layer_norm1",
    "ln_2": "layer_norm2",
    "attn.out_proj": "self_attn.out_proj",
    "mlp.c_fc": "mlp.fc1",
    "mlp.c_proj": "mlp.fc2",
}
_NORMS = {
    "visual.ln_pre": "vision_model.pre_layrnorm",  # spelt so
    "visual.ln_post": "vision_model.post_layernorm",
    "ln_final": "text_model.final_layer_norm",
}
_WHOLE = {
    "logit_scale": "logit_scale",
    "visual.class_embedding": "vision_model.embeddings.class_embedding",
    "visual.conv1.weight": "vision_model.embeddings.patch_embedding.weight",
    "visual.positional_embedding": "vision_model.embeddings.position_embedding.weight",
    "token_embedding.weight": "text_model.embeddings.token_embedding.weight",
    "positional_embedding": "text_model.embeddings.position_embedding.weight",
}
_TURNED = {  # open_clip multiplies from the other side
    "visual.proj": "visual_projection.weight",
    "text_projection": "text_projection.weight",
}


@dataclass(frozen=True)
class Source:
    """The tensors, stacked along their first axis, that one of open_clip's consists of; `turned`:
    with its two axes exchanged."""

    names: tuple[str, ...]
    turned: bool = False


def sources(*, vision_layers: int, text_layers: int) -> dict[str, Source]:
    """open_clip's name of every tensor of its `CLIP` -> where it comes from."""
    return dict(_all(vision_layers, text_layers))


def _all(vision_layers: int, text_layers: int) -> Iterator[tuple[str, Source]]:
    yield from ((ours, Source((theirs,))) for ours, theirs in _WHOLE.items())
    yield from ((ours, Source((theirs,), turned=True)) for ours, theirs in _TURNED.items())
    for ours, theirs in _NORMS.items():
        yield from _both(ours, theirs)
    for layer in range(vision_layers):
        yield from _block(f"visual.transformer.resblocks.{layer}", f"vision_model.{_layer(layer)}")
    for layer in range(text_layers):
        yield from _block(f"transformer.resblocks.{layer}", f"text_model.{_layer(layer)}")


def _layer(layer: int) -> str:
    return f"encoder.layers.{layer}"


def _block(ours: str, theirs: str) -> Iterator[tuple[str, Source]]:
    for kind in _BOTH:
        parts = tuple(f"{theirs}.self_attn.{part}_proj.{kind}" for part in "qkv")
        yield f"{ours}.attn.in_proj_{kind}", Source(parts)
    for own, other in _IN_A_BLOCK.items():
        yield from _both(f"{ours}.{own}", f"{theirs}.{other}")


def _both(ours: str, theirs: str) -> Iterator[tuple[str, Source]]:
    yield from ((f"{ours}.{kind}", Source((f"{theirs}.{kind}",))) for kind in _BOTH)
