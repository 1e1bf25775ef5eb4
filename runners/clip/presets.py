"""The models that Framed knows by name: `models.json`, read into frozen records."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from framed.errors import StartupError
from framed.regular_file import read_regular_text

EMBEDDED = "embedded"
HUB_PREFIX = "hf-hub:"
PRESETS_FILE = "models.json"


@dataclass(frozen=True)
class Preset:
    """A known model.

    `source` is "embedded" (it lies in the configuration folder) or "hf-hub:owner/name". `sizes`
    are the square sides, in pixels, that it may look at. `quick_gelu` is the activation that its
    weights were trained with. `text_tower` names the hub repository whose `config.json` describes
    a text tower of the transformers library; None for towers that open_clip brings itself.
    """

    name: str
    source: str
    aliases: tuple[str, ...]
    sizes: tuple[int, ...]
    quick_gelu: bool
    note: str
    text_tower: str | None = None

    @property
    def hub_id(self) -> str | None:
        """`owner/name` on the Hugging Face hub, or None for an embedded model."""
        if self.source.startswith(HUB_PREFIX):
            return self.source.removeprefix(HUB_PREFIX)
        return None

    @property
    def model_id(self) -> str:
        """The name that answers carry."""
        return self.hub_id or f"framed/{self.name}"

    @property
    def words(self) -> tuple[str, ...]:
        """Everything that this model may be called, the name first."""
        return (self.name, self.model_id, *self.aliases)


def load_presets(config_dir: Path) -> tuple[Preset, ...]:
    """The presets of `config_dir`/models.json, in file order.

    Raises `StartupError` that names the file, and the line or the entry at fault.
    """
    file = config_dir / PRESETS_FILE
    try:
        entries = json.loads(read_regular_text(file))["presets"]
    except OSError as error:
        raise StartupError(f"{file} cannot be read: {error.strerror}.") from None
    except json.JSONDecodeError as error:
        raise StartupError(f"{file}, line {error.lineno}: {error.msg}.") from None
    except (KeyError, TypeError, UnicodeDecodeError):
        raise StartupError(f'{file} must be UTF-8 JSON of the form {{"presets": […]}}.') from None
    return tuple(_preset(entry, number, file) for number, entry in enumerate(entries, start=1))


def find_preset(word: str, presets: Sequence[Preset]) -> Preset | None:
    """The preset called `word` (name, alias or hub id, in any case), or None."""
    wanted = word.removeprefix(HUB_PREFIX).casefold()
    for preset in presets:
        if wanted in (name.casefold() for name in preset.words):
            return preset
    return None


def _preset(entry: Mapping[str, Any], number: int, file: Path) -> Preset:
    try:
        return Preset(
            name=str(entry["name"]),
            source=str(entry["source"]),
            aliases=tuple(map(str, entry.get("aliases", ()))),
            sizes=tuple(map(int, entry["sizes"])),
            quick_gelu=bool(entry["quick_gelu"]),
            note=str(entry["note"]),
            text_tower=entry.get("text_tower"),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise StartupError(f"{file}, preset {number}: {error!r} is missing or wrong.") from None
