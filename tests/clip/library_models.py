"""Small random models that read by a tokenizer of the transformers library, as folders.

Of the forms of two presets, written as `models pull` leaves them: `xlm_roberta` has the library's
text tower too, `siglip2` open_clip's own, which looks at every token and at the padding.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

SENTENCES = (
    "ein Hund läuft am Strand", "ein Bild von einem Haus", "a photo of a dog", "a cat on a roof",
    "un chien sur la plage", "собака на пляже", "犬が海辺を走る", "屋根の上の猫", "它是一只猫",
    "كلب على الشاطئ", "قطة على السطح", "समुद्र तट पर एक कुत्ता", "छत पर बिल्ली", "해변의 개",
    "สุนัขบนชายหาด", "🐕 🏖️ 🐈 🏠",
)  # fmt: skip
PREPROCESS: dict[str, Any] = {
    "mean": [0.48145466, 0.4578275, 0.40821073],
    "std": [0.26862954, 0.26130258, 0.27577711],
    "interpolation": "bicubic",
    "resize_mode": "shortest",
}
SIGLIP_PREPROCESS: dict[str, Any] = {
    "mean": [0.5, 0.5, 0.5],
    "std": [0.5, 0.5, 0.5],
    "interpolation": "bicubic",
    "resize_mode": "squash",
}


def write_xlm_roberta(folder: Path) -> Path:
    """A vision transformer with patches of 32 pixels, and two layers of XLM-RoBERTa."""
    words = _write_xlm_tokenizer(folder)
    tower = {
        "architectures": ["XLMRobertaForMaskedLM"],
        "model_type": "xlm-roberta",
        "vocab_size": words,
        "hidden_size": 48,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "intermediate_size": 96,
        "max_position_embeddings": 514,
        "type_vocab_size": 1,
        "pad_token_id": 1,
        "bos_token_id": 0,
        "eos_token_id": 2,
        "layer_norm_eps": 1e-5,
        "initializer_range": 0.5,  # or all texts would look alike
    }
    (folder / "text_tower").mkdir()
    (folder / "text_tower" / "config.json").write_text(json.dumps(tower))
    text = {
        "hf_model_name": "xlm-roberta-base",
        "hf_tokenizer_name": "xlm-roberta-base",
        "hf_proj_type": "mlp",
        "hf_pooler_type": "mean_pooler",
    }
    vision = {"image_size": 224, "layers": 2, "width": 64, "head_width": 32, "patch_size": 32}
    config = {"embed_dim": 32, "vision_cfg": vision, "text_cfg": text}
    import torch

    # weights published before transformers 4.31 hold these numbers
    old = {"text.transformer.embeddings.position_ids": torch.arange(514)[None]}
    return _write_model(folder, config, PREPROCESS, old)


def write_siglip2(folder: Path) -> Path:
    """A small vision transformer of timm's that pools by attention, and a text tower that pools at
    the last of 64 places, whatever stands there."""
    words = _write_gemma_tokenizer(folder)
    text = {
        "context_length": 64,
        "vocab_size": words,
        "hf_tokenizer_name": "timm/ViT-B-16-SigLIP2",
        "tokenizer_kwargs": {"clean": "canonicalize"},
        "width": 64,
        "heads": 2,
        "layers": 2,
        "no_causal_mask": True,
        "proj_bias": True,
        "pool_type": "last",
        "norm_kwargs": {"eps": 1e-6},
        "act_kwargs": {"approximate": "tanh"},
    }
    vision = {
        "image_size": 160,  # timm's own for this one
        "timm_model_name": "test_vit",
        "timm_model_pretrained": False,
        "timm_pool": "map",
        "timm_proj": "none",
    }
    config = {
        "embed_dim": 64,
        "init_logit_bias": -10,
        "custom_text": True,
        "vision_cfg": vision,
        "text_cfg": text,
    }
    return _write_model(folder, config, SIGLIP_PREPROCESS, {})


def stock_model(folder: Path) -> Any:
    """The model of `folder` as open_clip builds it, without Framed's loading; in evaluation."""
    from open_clip.model import CustomTextCLIP
    from safetensors.torch import load_file

    weights = load_file(folder / "open_clip_model.safetensors")
    weights.pop("text.transformer.embeddings.position_ids", None)
    model = CustomTextCLIP(**_local(folder, _config(folder)))
    model.load_state_dict(weights)
    return model.eval()


def stock_tokenizer(folder: Path) -> Any:
    """The tokenizer of `folder` as open_clip calls it."""
    from open_clip.tokenizer import HFTokenizer

    text = _config(folder)["text_cfg"]
    options = text.get("tokenizer_kwargs", {})
    return HFTokenizer(str(folder), context_length=text.get("context_length", 77), **options)


def _config(folder: Path) -> dict[str, Any]:
    config: dict[str, Any] = json.loads((folder / "open_clip_config.json").read_text())["model_cfg"]
    return config


def _local(folder: Path, config: dict[str, Any]) -> dict[str, Any]:
    """`config` for the class itself, its text tower not looked up on the hub."""
    text = dict(config["text_cfg"])
    if "hf_model_name" in text:
        text |= {"hf_model_name": str(folder / "text_tower"), "hf_model_pretrained": False}
    without = {key: value for key, value in config.items() if key != "custom_text"}
    return {**without, "text_cfg": text}


def _write_model(
    folder: Path, config: dict[str, Any], preprocess: dict[str, Any], besides: dict[str, Any]
) -> Path:
    import torch
    from open_clip.model import CustomTextCLIP
    from safetensors.torch import save_file

    record = {"model_cfg": config, "preprocess_cfg": preprocess}
    (folder / "open_clip_config.json").write_text(json.dumps(record))
    torch.manual_seed(7)
    state = {**CustomTextCLIP(**_local(folder, config)).state_dict(), **besides}
    weights = {key: value.contiguous() for key, value in state.items()}
    save_file(weights, folder / "open_clip_model.safetensors")
    return folder


def _write_xlm_tokenizer(folder: Path) -> int:
    """XLM-R's form, of the words and letters of `SENTENCES`; how many ids it has.

    Its library would train another one at every call.
    """
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

    words = dict.fromkeys(f"▁{word}" for text in SENTENCES for word in text.split())
    letters = dict.fromkeys("▁" + "".join(SENTENCES).replace(" ", ""))
    special = [(piece, 0.0) for piece in ("<s>", "<pad>", "</s>", "<unk>")]
    pieces = [*((word, -5.0) for word in words), *((letter, -9.0) for letter in letters)]
    tokenizer = Tokenizer(models.Unigram([*special, *pieces, ("<mask>", 0.0)], unk_id=3))
    tokenizer.add_special_tokens([*(piece for piece, _ in special), "<mask>"])
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    named = {"bos": "<s>", "eos": "</s>", "unk": "<unk>", "pad": "<pad>", "cls": "<s>"}
    return _save_tokenizer(folder, tokenizer, "XLMRobertaTokenizer", {**named, "sep": "</s>"})


def _write_gemma_tokenizer(folder: Path) -> int:
    """Gemma's form: pairs of letters, bytes for what is unknown, an end and no beginning."""
    from tokenizers import Tokenizer, models, normalizers, processors, trainers

    tokenizer = Tokenizer(models.BPE(byte_fallback=True, unk_token="<unk>", fuse_unk=True))
    tokenizer.normalizer = normalizers.Replace(" ", "▁")
    special = ["<pad>", "<eos>", "<bos>", "<unk>", "<mask>"]
    in_bytes = [f"<0x{byte:02X}>" for byte in range(256)]
    trainer = trainers.BpeTrainer(
        vocab_size=600, special_tokens=special + in_bytes, show_progress=False
    )
    tokenizer.train_from_iterator(SENTENCES, trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="$A <eos>", special_tokens=[("<eos>", 1)]
    )
    named = {"bos": "<bos>", "eos": "<eos>", "unk": "<unk>", "pad": "<pad>"}
    options = {"add_bos_token": False, "add_eos_token": True, "padding_side": "right"}
    return _save_tokenizer(folder, tokenizer, "GemmaTokenizer", named, options)


def _save_tokenizer(
    folder: Path,
    tokenizer: Any,
    kind: str,
    named: dict[str, str],
    options: dict[str, Any] | None = None,
) -> int:
    folder.mkdir(parents=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    names = {f"{role}_token": word for role, word in named.items()}
    config = {"tokenizer_class": kind, "model_max_length": 512, **names, **(options or {})}
    (folder / "tokenizer_config.json").write_text(json.dumps(config))
    return int(tokenizer.get_vocab_size())
