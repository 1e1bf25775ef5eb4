"""From a transformers record to open_clip's: the same towers, or a refusal."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from framed.errors import StartupError
from runners.clip.transformers_folder.architecture import open_clip_config
from runners.clip.transformers_folder.records import Record
from tests.clip.transformers_folder.written import RECORD


def config_of(values: dict[str, Any]) -> dict[str, Any]:
    return open_clip_config(Record(values, "config.json"))


def changed(part: str | None, **values: Any) -> dict[str, Any]:
    """The small record with other values, in one of its towers or at its top."""
    record = copy.deepcopy(RECORD)
    (record if part is None else record[part]).update(values)
    return record


def test_towers_are_taken_over() -> None:
    """Widths, heads, layers, sizes and epsilons of both towers are those of the record."""
    assert config_of(RECORD) == {
        "embed_dim": 24,
        "quick_gelu": True,
        "vision_cfg": {
            "image_size": 64,
            "patch_size": 16,
            "width": 48,
            "head_width": 16,
            "layers": 3,
            "mlp_ratio": 100 / 48,
            "norm_kwargs": {"eps": 1e-3},
        },
        "text_cfg": {
            "context_length": 77,
            "vocab_size": 49408,
            "width": 32,
            "heads": 2,
            "layers": 2,
            "mlp_ratio": 65 / 32,
            "norm_kwargs": {"eps": 1e-4},
            "pool_type": "argmax",
        },
    }


def test_a_bare_record_means_the_librarys_own_model() -> None:
    """What a record leaves out is as in ViT-B/32, with QuickGELU."""
    config = config_of({"model_type": "clip"})
    assert (config["embed_dim"], config["quick_gelu"]) == (512, True)
    vision, text = config["vision_cfg"], config["text_cfg"]
    assert (vision["width"], vision["layers"], vision["patch_size"]) == (768, 12, 32)
    assert (vision["head_width"], vision["mlp_ratio"]) == (64, 4)
    assert (text["width"], text["layers"], text["heads"]) == (512, 12, 8)


@pytest.mark.parametrize("hidden", [1, 7, 49, 100, 131, 195])
def test_every_hidden_width_comes_out_whole(hidden: int) -> None:
    """open_clip multiplies the ratio again: no unit is lost to rounding."""
    for width in range(1, 300):
        record = changed(
            "text_config", hidden_size=width, num_attention_heads=1, intermediate_size=hidden
        )
        assert int(width * config_of(record)["text_cfg"]["mlp_ratio"]) == hidden


def test_an_early_record_wins_whole() -> None:
    """Where `text_config_dict` stands, what it leaves out is the library's and not
    `text_config`'s, as the library has it."""
    record = changed(None, text_config_dict={"num_hidden_layers": 4})
    text = config_of(record)["text_cfg"]
    assert (text["layers"], text["width"]) == (4, 512)
    assert config_of(changed(None, text_config_dict=None)) == config_of(RECORD)


@pytest.mark.parametrize("act", ["gelu", "quick_gelu"])
def test_the_activation_is_the_records(act: str) -> None:
    """Both activations of CLIP are told apart."""
    record = changed("text_config", hidden_act=act)
    record["vision_config"]["hidden_act"] = act
    assert config_of(record)["quick_gelu"] == (act == "quick_gelu")


@pytest.mark.parametrize("end", [2, 49407])
def test_both_ways_to_say_the_end_are_one(end: int) -> None:
    """Early records say 2 and mean the highest id, which is the end token."""
    assert config_of(changed("text_config", eos_token_id=end)) == config_of(RECORD)


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (changed(None, model_type="siglip"), 'model_type = "siglip"'),
        ({}, "model_type = null"),
        (changed(None, quantization_config={"bits": 4}), "quantization_config"),
        (changed(None, projection_dim=0), "projection_dim = 0"),
        (changed(None, text_config=[1]), "text_config, is no JSON object"),
        (changed("text_config", hidden_act="gelu"), "both towers"),
        (changed("vision_config", hidden_act="gelu_new"), 'hidden_act = "gelu_new"'),
        (changed("text_config", eos_token_id=1), "eos_token_id = 1"),
        (changed("text_config", vocab_size=30522), "vocab_size = 30522"),
        (changed("text_config", max_position_embeddings=1), "no text fits"),
        (changed("text_config", num_attention_heads=5), "num_attention_heads = 5"),
        (changed("text_config", layer_norm_eps=0), "layer_norm_eps = 0"),
        (changed("vision_config", num_channels=1), "num_channels = 1"),
        (changed("vision_config", image_size=[64, 64]), "image_size"),
        (changed("vision_config", hidden_size="768"), 'hidden_size = "768"'),
        (changed("vision_config", num_hidden_layers=True), "num_hidden_layers = true"),
        (changed("vision_config", patch_size=65), "patch_size = 65"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_would_differ_is_refused(record: dict[str, Any], reason: str) -> None:
    """Each is a start-up error that names the file, the value and what would be right."""
    with pytest.raises(StartupError, match=r"^config\.json") as refused:
        config_of(record)
    assert reason in str(refused.value)
