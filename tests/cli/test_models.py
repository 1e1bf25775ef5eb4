"""`python -m framed models`: list, pull and check."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from framed.__main__ import COMMANDS, main
from framed.settings import Settings, settings
from runners.clip import opening
from runners.clip import pull as pulling
from runners.clip.model_files import CONFIG_FILE, TEXT_TOWER_FOLDER, WEIGHTS_FILE
from runners.clip.models import ModelFiles
from tests.clip.small_models import vit_config

CONFIG = Path(__file__).parents[2] / "config"


@pytest.fixture(autouse=True)
def _own_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Settings of a machine that has fetched nothing."""
    monkeypatch.setenv("FRAMED_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("FRAMED_DEVICE", "cpu")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    settings.cache_clear()
    yield
    settings.cache_clear()


class Hub:
    """Stands for the hub: writes what a repository holds, or fails after the first file."""

    def __init__(self, *, quick_gelu: bool = True, weights: bool = True, fails: bool = False):
        self.config = {"model_cfg": vit_config(224, quick_gelu=quick_gelu), "preprocess_cfg": {}}
        self.weights, self.fails = weights, fails
        self.asked: list[str] = []

    def __call__(self, hub_id: str, patterns: tuple[str, ...], folder: Path) -> None:
        self.asked.append(hub_id)
        (folder / ".cache" / "huggingface").mkdir(parents=True)
        if CONFIG_FILE in patterns:
            (folder / CONFIG_FILE).write_text(json.dumps(self.config))
        else:
            (folder / "config.json").write_text("{}")
        if self.fails:
            raise pulling.PullError(f"{hub_id} could not be fetched: the line is dead")
        if self.weights and WEIGHTS_FILE in patterns:
            (folder / WEIGHTS_FILE).write_bytes(b"weights")


def test_list_names_every_preset(capsys: pytest.CaptureFixture[str]) -> None:
    """The list has a line a preset, and says that only the embedded one is here."""
    assert main(["models", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    here = {line.split()[0]: line.split()[1] for line in lines[1:]}
    assert here.pop("mini") == "yes"
    assert set(here.values()) == {"no"}
    assert {"datacomp-l14", "openai-b32", "openai-l14-336", "siglip2-b16"} <= set(here)


def test_list_shows_what_is_broken(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A model whose files are there and wrong is neither here nor absent; the reason is told."""
    hub = Hub(quick_gelu=False)
    pulling.pull(pulling.hub_model("openai-b32", CONFIG), tmp_path / "cache/models/openai-b32", hub)
    assert main(["models", "list"]) == 0
    shown = capsys.readouterr()
    assert [line.split()[1] for line in shown.out.splitlines() if "openai-b32" in line] == [
        "broken"
    ]
    assert "quick_gelu" in shown.err


def test_a_model_is_prepared_for_another_machine(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder is served where the settings name it, and the list shows it."""
    folder = tmp_path / "carried"
    assert main(["models", "prepare", "mini", "--into", str(folder)]) == 0
    assert f"mini is prepared in {folder}" in capsys.readouterr().out
    assert main(["models", "prepare", "mini", "--into", str(folder)]) == 1
    assert "is not empty" in capsys.readouterr().err
    monkeypatch.setenv("FRAMED_MODEL", str(folder))
    settings.cache_clear()
    assert main(["models", "list"]) == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert [row[1:3] for row in rows if row[0] == str(folder)] == [["prepared", "224"]]


def test_check_encodes_with_the_embedded_model(capsys: pytest.CaptureFixture[str]) -> None:
    """Checking the default model loads it, encodes, and prints what it is."""
    assert main(["models", "check"]) == 0
    shown = capsys.readouterr().out
    assert "mini" in shown
    assert "256" in shown
    assert "fp32 on cpu" in shown


def test_check_opens_the_model_as_the_server_does(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The model named is opened with all other settings as they are."""
    opened: list[tuple[str, Settings]] = []

    def noted(files: ModelFiles, chosen: Settings) -> opening.OpenModel:
        opened.append((files.name, chosen))
        return open_model(files, chosen)

    open_model = opening.open_model
    monkeypatch.setattr(opening, "open_model", noted)
    monkeypatch.setenv("FRAMED_MODEL", "openai-b32")
    monkeypatch.setenv("FRAMED_THREADS", "2")
    assert main(["models", "check", "mini"]) == 0
    assert [(name, each.threads, each.device) for name, each in opened] == [("mini", 2, "cpu")]


@pytest.mark.parametrize("name", ["openai-b32", "nonsense"])
def test_check_of_an_absent_model_fails_plainly(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A model that is not here is one message and exit code 1, without a trace."""
    assert main(["models", "check", name]) == 1
    shown = capsys.readouterr().err
    assert "Traceback" not in shown
    assert name in shown


def test_pull_puts_the_model_where_it_is_found(tmp_path: Path) -> None:
    """What was fetched is complete, free of the hub's own notes, and no half is left beside it."""
    target = tmp_path / "cache" / "models" / "openai-b32"
    pulling.pull(pulling.hub_model("ViT-B/32", CONFIG), target, Hub())
    assert sorted(file.name for file in target.iterdir()) == [CONFIG_FILE, WEIGHTS_FILE]
    assert [folder.name for folder in target.parent.iterdir()] == ["openai-b32"]
    from runners.clip.models import locate

    assert locate("ViT-B/32", CONFIG, tmp_path / "cache").folder == target


def test_pull_brings_the_description_of_a_foreign_text_tower(tmp_path: Path) -> None:
    """A model whose text tower is described elsewhere gets that description too."""
    hub, target = Hub(), tmp_path / "model"
    model = pulling.hub_model("multilingual-b32", CONFIG)
    pulling.pull(model, target, hub)
    assert hub.asked == [model.hub_id, model.text_tower]
    assert (target / TEXT_TOWER_FOLDER / "config.json").is_file()


@pytest.mark.parametrize("hub", [Hub(fails=True), Hub(weights=False)], ids=["dead line", "no file"])
def test_a_failed_pull_leaves_nothing(hub: Hub, tmp_path: Path) -> None:
    """A fetch that breaks off, or finds no safetensors, leaves no half a model."""
    with pytest.raises(pulling.PullError):
        pulling.pull(pulling.hub_model("openai-b32", CONFIG), tmp_path / "in" / "model", hub)
    assert list((tmp_path / "in").iterdir()) == []


def test_pull_never_overwrites(tmp_path: Path) -> None:
    """A folder that holds something is left alone."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("precious")
    with pytest.raises(pulling.PullError, match="not empty"):
        pulling.pull(pulling.hub_model("openai-b32", CONFIG), tmp_path / "mine", Hub())


@pytest.mark.parametrize(
    ("name", "reason"),
    [("mini", "comes with Framed"), ("nonsense", "Known: "), ("hf-hub:x", "owner/name")],
)
def test_pull_of_what_is_not_on_the_hub_fails_plainly(
    name: str, reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The embedded model, unknown words and malformed ids are told apart, with exit code 1."""
    assert main(["models", "pull", name]) == 1
    assert reason in capsys.readouterr().err


def test_pull_without_network_fails_plainly(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Without a network the message says what to check, in place of a trace."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    assert main(["models", "pull", "openai-b32", "--into", str(tmp_path / "here")]) == 1
    assert "Check the network" in capsys.readouterr().err
    assert not (tmp_path / "here").exists()


def test_pull_of_what_is_here_does_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A model that was fetched before is not fetched again."""
    target = tmp_path / "cache" / "models" / "openai-b32"
    pulling.pull(pulling.hub_model("openai-b32", CONFIG), target, Hub())
    assert main(["models", "pull", "openai-b32"]) == 0
    assert "already" in capsys.readouterr().out


@pytest.mark.parametrize("call", [[], ["nonsense"], ["models"], ["models", "nonsense"]], ids=str)
def test_wrong_calls_exit_with_two(call: list[str]) -> None:
    """A call that names no command ends with exit code 2."""
    with pytest.raises(SystemExit) as ended:
        main(call)
    assert ended.value.code == 2


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    """`--help` lists the commands and ends well."""
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    shown = capsys.readouterr().out
    assert all(name in shown for name in COMMANDS)


def test_wrong_settings_are_one_message(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A bad setting is told in words, with exit code 1."""
    monkeypatch.setenv("FRAMED_PORT", "no-number")
    settings.cache_clear()
    assert main(["models", "list"]) == 1
    assert "FRAMED_PORT" in capsys.readouterr().err
