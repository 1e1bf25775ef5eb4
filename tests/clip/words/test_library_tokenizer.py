"""Tokenizers of the library give open_clip's ids, kept in a file, without open_clip."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("transformers", reason="the extra `text` is not installed")

from runners.clip.words.cleaning import CLEANINGS
from runners.clip.words.library_tokenizer import LibraryTokenizer
from tests.clip.library_models import stock_tokenizer, write_siglip2, write_xlm_roberta
from tests.clip.words.test_tokenizer import ODD

ROOT = Path(__file__).parents[3]
TEXTS = [
    *ODD,
    "ein Hund",
    "犬が海辺を走る",
    "كلب على الشاطئ",
    "A-b_c: (D)!",
    "<s> </s> <pad> <eos>",
]


@pytest.fixture(scope="module", params=[write_xlm_roberta, write_siglip2])
def stock(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """open_clip's tokenizer, with whitespace cleaned or punctuation taken out."""
    write: Callable[[Path], Path] = request.param
    return stock_tokenizer(write(tmp_path_factory.mktemp("models") / "made"))


def test_ids_are_open_clips(stock: Any, tmp_path: Path) -> None:
    """For odd texts of all kinds, also once saved and loaded."""
    ours = LibraryTokenizer.of_open_clip(stock, TEXTS, fixed=True)
    ours.save(tmp_path / "tokenizer.json")
    again = LibraryTokenizer.load(tmp_path / "tokenizer.json")
    for tokenizer in (ours, again):
        assert tokenizer.padded(tokenizer(TEXTS)).tolist() == stock(TEXTS).tolist()
        assert tokenizer.context_length == stock.context_length


def test_padding_may_end_with_the_longest(stock: Any) -> None:
    """Unless it is fixed; rows longer than the context are cut, and keep their end."""
    loose = LibraryTokenizer.of_open_clip(stock, TEXTS, fixed=False)
    rows = loose(["犬", "ein Hund", "Hund " * 300])
    assert loose.padded(rows[:2]).shape == (2, len(rows[1]))
    assert len(rows[2]) == stock.context_length
    assert rows[2][-1] == rows[0][-1]
    assert loose.padded([[]]).tolist() == [[loose.padding]]


@pytest.mark.parametrize("name", CLEANINGS)
def test_cleanings_are_open_clips(name: str) -> None:
    """Each of the three, for every odd text."""
    from open_clip.tokenizer import get_clean_fn

    assert list(map(CLEANINGS[name], TEXTS)) == list(map(get_clean_fn(name), TEXTS))


def test_others_are_refused(stock: Any, tmp_path: Path) -> None:
    """A tokenizer of another kind, one that pads in front, and a file of something else."""
    import open_clip

    with pytest.raises(ValueError, match="none of the library"):
        LibraryTokenizer.of_open_clip(open_clip.SimpleTokenizer(), TEXTS, fixed=True)
    state = json.loads(stock.tokenizer.backend_tokenizer.to_str())
    state["padding"]["direction"] = "Left"
    with pytest.raises(ValueError, match="pad behind"):
        LibraryTokenizer(json.dumps(state), "lower", fixed=True)
    (tmp_path / "other.json").write_text('{"format": "other"}')
    with pytest.raises(ValueError, match="format"):
        LibraryTokenizer.load(tmp_path / "other.json")


@dataclass(frozen=True)
class Changing:
    """A tokenizer of open_clip's that changes ids once more, as it can be told to."""

    stock: Any

    def __call__(self, texts: list[str]) -> Any:
        return self.stock(texts).clamp(max=9)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stock, name)


def test_a_step_behind_the_library_is_noticed(stock: Any) -> None:
    """What open_clip does to the library's ids is not in the library's file."""
    with pytest.raises(ValueError, match="more than its library"):
        LibraryTokenizer.of_open_clip(Changing(stock), TEXTS, fixed=True)


def test_it_needs_no_torch(stock: Any, tmp_path: Path) -> None:
    """Nor open_clip, nor transformers: a server that finds its model prepared imports none."""
    LibraryTokenizer.of_open_clip(stock, TEXTS, fixed=True).save(tmp_path / "t.json")
    code = (
        "import sys; from pathlib import Path;"
        "from runners.clip.words.library_tokenizer import LibraryTokenizer;"
        f"LibraryTokenizer.load(Path({str(tmp_path / 't.json')!r}))(['ein Hund', 'été']);"
        "assert not {'torch', 'open_clip', 'transformers'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
