"""Small random models that the transformers library itself makes and saves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import nn

from tests.clip.transformers_folder.written import PREPROCESS, RECORD, write_vocabulary

DTYPES = {"fp32": torch.float32, "fp16": torch.float16, "bf16": torch.bfloat16}


def make_folder(
    folder: Path, *, act: str = "quick_gelu", dtype: str = "fp32", shard: str = "5GB"
) -> Any:
    """A model with its processor, saved into `folder`; gives the model back, as it was saved."""
    import transformers

    torch.manual_seed(11)
    parts = {name: {**RECORD[name], "hidden_act": act} for name in ("text_config", "vision_config")}
    config = transformers.CLIPConfig(projection_dim=RECORD["projection_dim"], **parts)
    model = transformers.CLIPModel(config).eval()
    _roughen(model)
    folder.mkdir(parents=True)
    model.to(DTYPES[dtype]).save_pretrained(folder, max_shard_size=shard)
    make_processor(folder)
    return model.float()


def make_processor(folder: Path) -> None:
    """The processor's files, as the library writes them."""
    from transformers import CLIPImageProcessor, CLIPProcessor, CLIPTokenizer

    write_vocabulary(folder)
    images = {key: value for key, value in PREPROCESS.items() if not key.endswith("_type")}
    tokenizer = CLIPTokenizer.from_pretrained(folder)
    CLIPProcessor(CLIPImageProcessor(**images), tokenizer).save_pretrained(folder)


@torch.no_grad()
def _roughen(model: nn.Module) -> None:
    """Nothing stays zero or one: a tensor in another's place changes every number."""
    for parameter in model.parameters():
        noise = torch.randn_like(parameter)
        if parameter.ndim < 2:
            parameter += 0.2 * noise
        else:
            parameter.copy_(noise / parameter[0].numel() ** 0.5)


@torch.no_grad()
def rows_of(features: Any) -> Any:
    """The library's features [N, D], in whatever form, as unit rows."""
    rows = getattr(features, "pooler_output", features)
    return nn.functional.normalize(rows.float(), dim=-1).numpy()
