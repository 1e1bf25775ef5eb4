"""Models by name: what is found, what is refused, and what is loaded."""

from __future__ import annotations

import json
import logging
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from framed.errors import StartupError
from runners.clip.locate import ModelAbsentError
from runners.clip.model_files import ModelFiles
from runners.clip.models import load, load_presets, locate, served_files
from tests.clip.small_models import PREPROCESS, vit_config, write_model
from tests.fakes import chosen

REPO = Path(__file__).parents[2]
CONFIG = REPO / "config"

ALIASES = {
    "mini": "framed/mini",
    "ViT-B/32": "timm/vit_base_patch32_clip_224.openai",
    "vit-b/16": "timm/vit_base_patch16_clip_224.openai",
    "ViT-L/14": "timm/vit_large_patch14_clip_224.openai",
    "openai/clip-vit-large-patch14": "timm/vit_large_patch14_clip_224.openai",
    "ViT-L/14@336px": "timm/vit_large_patch14_clip_336.openai",
    "hf-hub:laion/CLIP-ViT-L-14-DataComp.XL-s13B-b90K": (
        "laion/CLIP-ViT-L-14-DataComp.XL-s13B-b90K"
    ),
    "laion/CLIP-ViT-L-14-DataComp.XL-s13B-b90K": "laion/CLIP-ViT-L-14-DataComp.XL-s13B-b90K",
}


@pytest.fixture
def no_hub_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The machine's own Hugging Face cache is out of sight."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))


@pytest.fixture
def fake_folder(tmp_path: Path) -> Path:
    """A folder with everything that `locate` reads; its weights are never opened."""
    return fake_model(tmp_path / "somewhere" / "my-model")


def fake_model(folder: Path, *, quick_gelu: bool = False) -> Path:
    folder.mkdir(parents=True)
    config = {"model_cfg": vit_config(224, quick_gelu=quick_gelu), "preprocess_cfg": PREPROCESS}
    (folder / "open_clip_config.json").write_text(json.dumps(config))
    (folder / "open_clip_model.safetensors").write_bytes(b"weights")
    return folder


def test_preset_names_are_unique() -> None:
    """No two presets answer to the same word, in any case."""
    words = [word.casefold() for preset in load_presets(CONFIG) for word in set(preset.words)]
    assert len(words) == len(set(words))


def test_hub_ids_are_those_open_clip_knows() -> None:
    """Every hub preset names a repository that open_clip lists, with the same activation."""
    from open_clip.pretrained import _PRETRAINED

    listed = {
        tag["hf_hub"].rstrip("/"): tag.get("quick_gelu", False)
        for tags in _PRETRAINED.values()
        for tag in tags.values()
        if tag["hf_hub"]
    }
    for preset in load_presets(CONFIG):
        if preset.hub_id:
            assert listed[preset.hub_id] == preset.quick_gelu, preset.name


@pytest.mark.parametrize(("word", "model_id"), ALIASES.items())
def test_known_words_find_their_preset(
    word: str, model_id: str, tmp_path: Path, no_hub_cache: None
) -> None:
    """A preset, an alias or a hub id in any case leads to the same model."""
    preset = next(preset for preset in load_presets(CONFIG) if preset.model_id == model_id)
    if preset.hub_id:
        fake_model(tmp_path / "models" / preset.name, quick_gelu=preset.quick_gelu)
    files = locate(word, CONFIG, tmp_path)
    assert (files.name, files.model_id, files.sizes) == (preset.name, model_id, preset.sizes)


@pytest.fixture
def can_prepare(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on the full set-up."""
    monkeypatch.setattr("runners.clip.locate.is_there", lambda: True)


def test_absent_model_is_to_be_prepared_elsewhere_for_a_slim_set_up(
    tmp_path: Path, no_hub_cache: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it could fetch it could not serve: gigabytes in vain."""
    monkeypatch.setattr("runners.clip.locate.is_there", lambda: False)
    with pytest.raises(ModelAbsentError, match="models prepare datacomp-l14 --into FOLDER") as said:
        locate("datacomp-l14", CONFIG, tmp_path)
    assert "pull" not in str(said.value)


def test_absent_preset_says_what_to_run(
    tmp_path: Path, no_hub_cache: None, can_prepare: None
) -> None:
    """A preset that was never fetched is refused with the command that fetches it."""
    with pytest.raises(ModelAbsentError, match="framed models pull datacomp-l14"):
        locate("datacomp-l14", CONFIG, tmp_path)


def test_absent_preset_says_where_to(
    tmp_path: Path, no_hub_cache: None, can_prepare: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where models are not looked for in the usual folder, pulling there is said with it."""
    with pytest.raises(StartupError, match=f"with: FRAMED_CACHE_DIR={tmp_path} python -m"):
        locate("datacomp-l14", CONFIG, tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(StartupError, match="with: python -m"):
        locate("datacomp-l14", CONFIG, tmp_path / "framed")


def test_a_folder_that_is_not_there_is_no_unknown_name(tmp_path: Path) -> None:
    """Whoever gives a path is told of the path."""
    with pytest.raises(StartupError, match="There is no model folder /models/clip-vit-l"):
        locate("/models/clip-vit-l", CONFIG, tmp_path)


def test_two_models_of_one_name_end_the_start(tmp_path: Path) -> None:
    """Requests could not tell them apart; the same model under two names is one."""
    one, other = (fake_model(tmp_path / place / "same") for place in ("a", "b"))
    both = chosen(models=(f"local-dir:{one}", f"local-dir:{other}"), cache_dir=tmp_path)
    with pytest.raises(StartupError, match="Two models are called 'same'"):
        served_files(both)
    twice = chosen(models=("mini", "MINI", f"local-dir:{one}"), cache_dir=tmp_path)
    assert [files.name for files in served_files(twice).values()] == ["mini", "mini", "same"]


def test_absent_hub_model_says_what_to_run(
    tmp_path: Path, no_hub_cache: None, can_prepare: None
) -> None:
    """So is a hub model without a preset."""
    with pytest.raises(ModelAbsentError, match="models pull hf-hub:someone/some-clip"):
        locate("hf-hub:someone/some-clip", CONFIG, tmp_path)


def test_half_a_download_counts_as_absent(tmp_path: Path, no_hub_cache: None) -> None:
    """A configuration without weights is no model: open_clip would fill it with random ones."""
    folder = fake_model(tmp_path / "models" / "openai-b32", quick_gelu=True)
    (folder / "open_clip_model.safetensors").unlink()
    with pytest.raises(ModelAbsentError):
        locate("openai-b32", CONFIG, tmp_path)


def test_unknown_word_names_the_nearest(tmp_path: Path) -> None:
    """A misspelt name is refused with the nearest one and all presets."""
    with pytest.raises(StartupError, match=r"did you mean datacomp-l14\?.*multilingual-b32"):
        locate("datacomp-114", CONFIG, tmp_path)


@pytest.mark.parametrize("word", ["", "   ", "nobody", "hf-hub:", "hf-hub:../../etc", "../x:y"])
def test_senseless_words_are_refused(word: str, tmp_path: Path) -> None:
    """Words that name nothing are a start-up error, not a crash and not a path."""
    with pytest.raises(StartupError):
        locate(word, CONFIG, tmp_path)


def test_hub_cache_is_looked_into(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A model that another program fetched into the local Hugging Face cache is used from there."""
    hub = tmp_path / "hub" / "models--someone--some-clip"
    snapshot = fake_model(hub / "snapshots" / ("a" * 40))
    (hub / "refs").mkdir()
    (hub / "refs" / "main").write_text("a" * 40)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    files = locate("hf-hub:someone/some-clip", CONFIG, tmp_path)
    assert (files.folder, files.model_id) == (snapshot, "someone/some-clip")


@pytest.mark.parametrize("form", ["{}", "local-dir:{}"])
def test_folders_are_models(form: str, fake_folder: Path, tmp_path: Path) -> None:
    """A folder is a model, with and without the prefix, named after itself."""
    files = locate(form.format(fake_folder), CONFIG, tmp_path)
    assert (files.name, files.folder, files.architecture) == ("my-model", fake_folder, None)


def test_missing_folder_is_named(tmp_path: Path) -> None:
    """A folder that is not there is a start-up error that names it."""
    with pytest.raises(StartupError, match="no-such-folder"):
        locate(f"local-dir:{tmp_path / 'no-such-folder'}", CONFIG, tmp_path)


def test_folder_without_configuration_is_refused(tmp_path: Path) -> None:
    """A folder without open_clip's configuration is refused by that file's name."""
    with pytest.raises(StartupError, match=r"open_clip_config\.json"):
        locate(str(tmp_path), CONFIG, tmp_path)


def test_broken_configuration_is_named(fake_folder: Path, tmp_path: Path) -> None:
    """A configuration that is no JSON is named with the line at fault."""
    (fake_folder / "open_clip_config.json").write_text('{\n"model_cfg": oops}')
    with pytest.raises(StartupError, match=r"open_clip_config\.json, line 2"):
        locate(str(fake_folder), CONFIG, tmp_path)


def test_pickled_weights_are_refused(fake_folder: Path, tmp_path: Path) -> None:
    """Weights that could run code when opened are refused, and the message says so."""
    (fake_folder / "open_clip_model.safetensors").rename(fake_folder / "open_clip_model.bin")
    with pytest.raises(StartupError, match="pickled"):
        locate(str(fake_folder), CONFIG, tmp_path)


def test_wrong_activation_is_refused(tmp_path: Path, no_hub_cache: None) -> None:
    """A preset whose files state the other activation does not load: the numbers would differ."""
    fake_model(tmp_path / "models" / "openai-b32", quick_gelu=False)
    with pytest.raises(StartupError, match="quick_gelu"):
        locate("openai-b32", CONFIG, tmp_path)


@pytest.mark.parametrize("key", ["hf_tokenizer_name", "hf_model_name"])
def test_missing_text_files_are_named(key: str, fake_folder: Path, tmp_path: Path) -> None:
    """A foreign tokenizer or text tower whose files are absent is refused by their names."""
    config = json.loads((fake_folder / "open_clip_config.json").read_text())
    config["model_cfg"]["text_cfg"][key] = "somebody/text"
    (fake_folder / "open_clip_config.json").write_text(json.dumps(config))
    with pytest.raises(StartupError, match=r"tokenizer\.json"):
        locate(str(fake_folder), CONFIG, tmp_path)


def test_missing_transformers_is_named(
    fake_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A foreign tokenizer without the package that reads it is refused with what to install."""
    config = json.loads((fake_folder / "open_clip_config.json").read_text())
    config["model_cfg"]["text_cfg"]["hf_tokenizer_name"] = "somebody/text"
    (fake_folder / "open_clip_config.json").write_text(json.dumps(config))
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (fake_folder / name).write_text("{}")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(StartupError, match="pip install transformers"):
        locate(str(fake_folder), CONFIG, tmp_path)


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ("ViT-B-32:{}/absent.safetensors", "no weights file"),
        ("ViT-B-32:{}/weights.pt", "safetensors"),
        ("ViT-B-3:{}/absent.safetensors", r"did you mean ViT-B-32\?"),
    ],
)
def test_architecture_and_file_are_checked(word: str, reason: str, tmp_path: Path) -> None:
    """An architecture needs a known name and a safetensors file that is there."""
    with pytest.raises(StartupError, match=reason):
        locate(word.format(tmp_path), CONFIG, tmp_path)


def test_looking_up_imports_nothing_heavy() -> None:
    """Locating a model imports neither torch nor open_clip: every process may do it."""
    code = (
        "import sys; from pathlib import Path; from runners.clip.models import locate;"
        f"locate('mini', Path({str(CONFIG)!r}), Path('none'));"
        "assert not {'torch', 'open_clip', 'transformers', 'PIL'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], cwd=REPO, check=True)


def test_mini_says_what_it_is() -> None:
    """The embedded model loads with its own preprocessing, size and temperature, evaluated."""
    loaded = load(locate("mini", CONFIG, Path("none")))
    facts = loaded.facts
    assert facts.preprocess.mean == facts.preprocess.std == (0.5, 0.5, 0.5)
    assert (facts.native_size, facts.embedding_dim, facts.context_length) == (224, 256, 77)
    assert facts.logit_scale == pytest.approx(100, rel=0.01)
    assert not any(module.training for module in loaded.model.modules())
    assert not any(weight.requires_grad for weight in loaded.model.parameters())


def test_mini_has_its_card_and_stays_small() -> None:
    """The embedded model brings a card that begins with the terms of its data, in 24 MB."""
    folder = CONFIG / "models" / "mini"
    card = (folder / "README.md").read_text(encoding="utf-8").splitlines()
    assert "research" in " ".join(card[:8])
    assert sum(file.stat().st_size for file in folder.iterdir()) < 24_000_000


def test_folder_keeps_its_own_preprocessing(tmp_path: Path) -> None:
    """Mean, deviation and the way to the square come from the folder's record."""
    folder = write_model(tmp_path / "vit", vit_config(224))
    loaded = load(locate(str(folder), CONFIG, tmp_path))
    assert loaded.facts.preprocess.mean == tuple(PREPROCESS["mean"])
    assert loaded.facts.preprocess.std == tuple(PREPROCESS["std"])
    assert loaded.facts.preprocess.resize_mode == "squash"


@pytest.mark.parametrize("quick_gelu", [False, True])
def test_folder_keeps_its_own_activation(quick_gelu: bool, tmp_path: Path) -> None:
    """The activation comes from the folder's record, and changes the numbers."""
    from open_clip.transformer import QuickGELU

    folder = write_model(tmp_path / "vit", vit_config(224, quick_gelu=quick_gelu))
    loaded = load(locate(str(folder), CONFIG, tmp_path))
    assert any(isinstance(part, QuickGELU) for part in loaded.model.modules()) == quick_gelu


def test_revision_follows_weights_and_record(tmp_path: Path) -> None:
    """The revision is the same for a copy, another for other weights or another activation."""
    from safetensors.numpy import load_file, save_file

    first = write_model(tmp_path / "first", vit_config(224))
    copied = shutil.copytree(first, tmp_path / "copied")
    gelu = write_model(tmp_path / "gelu", vit_config(224, quick_gelu=True))
    touched = shutil.copytree(first, tmp_path / "touched")
    weights = load_file(touched / "open_clip_model.safetensors")
    weights["logit_scale"] = np.asarray(weights["logit_scale"] + 0.1, dtype=np.float32)
    save_file(weights, touched / "open_clip_model.safetensors")
    revisions = [
        load(locate(str(folder), CONFIG, tmp_path)).facts.revision
        for folder in (first, copied, gelu, touched)
    ]
    assert revisions[0] == revisions[1]
    assert len(set(revisions)) == 3


@pytest.mark.parametrize("damage", ["truncated", "other architecture", "empty"])
def test_damaged_weights_are_named(damage: str, tmp_path: Path) -> None:
    """Weights that do not fit or do not open are one start-up error that names the file."""
    folder = write_model(tmp_path / "vit", vit_config(224))
    weights = folder / "open_clip_model.safetensors"
    if damage == "other architecture":
        config = vit_config(224)
        config["vision_cfg"]["width"] = 96
        record = {"model_cfg": config, "preprocess_cfg": PREPROCESS}
        (folder / "open_clip_config.json").write_text(json.dumps(record))
    else:
        weights.write_bytes(weights.read_bytes()[:100_000] if damage == "truncated" else b"")
    with pytest.raises(StartupError, match=r"open_clip_model\.safetensors cannot be used"):
        load(locate(str(folder), CONFIG, tmp_path))


def test_weights_that_vanish_are_no_random_model(tmp_path: Path) -> None:
    """Files that are gone between looking and loading raise; nothing random is served."""
    folder = write_model(tmp_path / "vit", vit_config(224))
    files = locate(str(folder), CONFIG, tmp_path)
    files.weights.unlink()
    with pytest.raises(StartupError):
        load(files)


def test_bare_weights_file_warns_of_what_it_assumes(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A weights file alone loads into its architecture, and says that it brought no record."""
    import open_clip
    from safetensors.torch import save_file

    state = open_clip.create_model("ViT-S-32-alt").state_dict()
    weights = tmp_path / "weights.safetensors"
    save_file({key: value.contiguous() for key, value in state.items()}, weights)
    files = locate(f"ViT-S-32-alt:{weights}", CONFIG, tmp_path)
    with caplog.at_level(logging.WARNING):
        loaded = load(files)
    assert loaded.facts.embedding_dim == 256
    assert "no record of its own" in caplog.text


def test_loading_leaves_the_environment_alone(tmp_path: Path) -> None:
    """The network is shut off while loading and no longer."""
    before = dict(os.environ)
    load(locate("mini", CONFIG, tmp_path))
    assert dict(os.environ) == before


def test_odd_preprocessing_is_refused(tmp_path: Path) -> None:
    """A way to the square that Framed cannot go is a start-up error, not a near miss."""
    odd = {**PREPROCESS, "interpolation": "random"}
    folder = write_model(tmp_path / "vit", vit_config(224), preprocess=odd)
    with pytest.raises(StartupError, match="interpolation 'random'"):
        load(locate(str(folder), CONFIG, tmp_path))


def test_files_are_frozen(fake_folder: Path, tmp_path: Path) -> None:
    """What was found cannot be changed on its way."""
    files = locate(str(fake_folder), CONFIG, tmp_path)
    assert isinstance(files, ModelFiles)
    with pytest.raises(AttributeError):
        files.name = "other"  # type: ignore[misc]
