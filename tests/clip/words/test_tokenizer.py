"""The tokenizer: the ids that open_clip gives, for any text, with neither open_clip nor torch."""

from __future__ import annotations

import gzip
import json
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from runners.clip.words.tokenizer import (
    TOKENIZER_FILE,
    ClipTokenizer,
    open_clip_vocabulary,
    padded,
)

ROOT = Path(__file__).parents[3]
CONFIG = ROOT / "config"

ODD = (
    "",
    " ",
    "\t\n\r\v\f",
    "\x1c\x1d\x1e\x1f\x85\u2028\u2029",
    "a\x00b\x01c\x1bd\x7fe\x9ff",
    "\x1b[31mred\x1b[0m",
    "it's we've I'm they'll he'd don't you're IT'S WE'VE 'S'T",
    "it\u2019s we\u2019ve \u2018quoted\u2019 \u201cquoted\u201d",
    "'\u017f \u212a \u0130stanbul STRASSE stra\u00dfe \u1e9e \ufb01ne \ufb02at \ufb05op",
    "&amp; &amp;amp; &amp;amp;amp; &lt;b&gt; &eacute; &#233; &#xe9; &notit; &AMP &copy &#0; "
    "&#xD800;",
    "<b>&eacute;</b> &lt;start_of_text&gt;",
    "<start_of_text><end_of_text> a<END_OF_TEXT>b <start_of_text",
    "<\u017ftart_of_text> <\uff53tart_of_text>",
    "sch\u00c3\u00b6n caf\u00c3\u00a9 \u00e2\u20ac\u0153quoted\u00e2\u20ac\u009d "
    "l\u00e2\u20ac\u2122\u00e9t\u00e9 \u00f0\u0178\u02dc\u20ac",
    "e\u0301 \u00e9 n\u0303 A\u030a \u1112\u1161\u11ab",
    "\uff21\uff22\uff23\uff11\uff12\uff13\u3000\uff76\uff9e",
    "\U0001f600 \U0001f469\u200d\U0001f469\u200d\U0001f467 \U0001f1e9\U0001f1ea "
    "\U0001f44d\U0001f3fd \u2764\ufe0f",
    "\u5915\u713c\u3051\u306e\u6d77 \ud55c\uad6d\uc5b4 \u4e2d\u6587\u7b80\u4f53 "
    "\u0939\u093f\u0928\u094d\u0926\u0940 \u0627\u0644\u0639\u0631\u0628\u064a\u0629 "
    "\u05e2\u05d1\u05e8\u05d9\u05ea \u0e44\u0e17\u0e22",
    "\ud800",
    "a\udfffb",
    "\ud83d\ude00 in two halves",
    "\ufeffmark \ufffd \ufffe \U0010ffff",
    "\u00bd \u00b2 \u2167 \u0663 \u2460 1,234.56 3rd 007 2024-01-31",
    "___ --- ... !!! $%^&*() a_b a-b a.b C++ C# #tag @name http://x.org/?a=b&c=d",
    "\u00a0non\u00a0breaking\u200bzero\u00adsoft",
    "x" * 500,
    "ab " * 200,
    "\U0001f600" * 100,
    " ".join(map(str, range(100))),
    "pneumonoultramicroscopicsilicovolcanoconiosis " * 12,
)


@pytest.fixture(scope="module")
def tokenizer() -> ClipTokenizer:
    return ClipTokenizer.from_vocabulary(open_clip_vocabulary())


@pytest.fixture(scope="module")
def reference() -> Any:
    import open_clip

    return open_clip.get_tokenizer("ViT-B-32")


def config_texts() -> Iterator[str]:
    """Every text of the label banks that ship, each label in each template among them."""
    texts = [*_strings(json.loads((CONFIG / "labels.json").read_text(encoding="utf-8")))]
    templates = [*_strings(json.loads((CONFIG / "templates.json").read_text(encoding="utf-8")))]
    lines = [
        line
        for file in (CONFIG / "banks").rglob("*")
        if file.suffix in (".txt", ".json", ".jsonl", ".csv", ".md")
        for line in file.read_text(encoding="utf-8").splitlines()
    ]
    yield from texts
    yield from templates
    yield from lines
    yield from (template.replace("{}", text) for template in templates for text in texts)


def _strings(found: Any) -> Iterator[str]:
    if isinstance(found, str):
        yield found
    elif isinstance(found, dict):
        yield from found
        for inner in found.values():
            yield from _strings(inner)
    elif isinstance(found, list):
        for inner in found:
            yield from _strings(inner)


def written_words() -> list[str]:
    """English as it stands in the sources and documents of this very project."""
    files = sorted(
        [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *ROOT.glob("runners/**/*.py")]
    )
    lines = (line for file in files for line in file.read_text(encoding="utf-8").splitlines())
    return list(islice(dict.fromkeys(filter(None, map(str.strip, lines))), 3000))


def random_texts(count: int) -> list[str]:
    """Characters of all kinds in any order, seeded; the kinds mixed within a text."""
    chance = random.Random(13)
    kinds: list[Callable[[], str]] = [
        lambda: chr(chance.randrange(0x20, 0x7F)),
        lambda: chr(chance.randrange(0x20, 0x7F)),
        lambda: chance.choice("aeiourstln "),
        lambda: chr(chance.randrange(0x250)),
        lambda: chr(chance.randrange(0x3000)),
        lambda: chr(chance.randrange(0x10000)),  # surrogates too
        lambda: chr(chance.randrange(0x110000)),
        lambda: chance.choice(("'s", "'LL", "&amp;", "&#x27;", "\u2019", "</", "_of_text>")),
    ]
    return [
        "".join(chance.choice(kinds)() for _ in range(chance.randrange(1, 40)))
        for _ in range(count)
    ]


def mojibake() -> list[str]:
    """Accented words whose bytes were read in a wrong encoding, once or twice."""
    words = (
        "caf\u00e9 cr\u00e8me",
        "\u00fcber \u00c4pfel",
        "na\u00efve \u2014 \u201cyes\u201d",
        "\u00a3 \u20ac 5",
        "\u0141\u00f3d\u017a",
        "\u5bcc\u58eb\u5c71",
        "\U0001f60a",
    )
    once = [
        word.encode().decode(wrong, "replace")
        for word in words
        for wrong in ("cp1252", "latin-1", "cp437", "cp1251")
    ]
    return once + [text.encode().decode("latin-1") for text in once]


def assert_same(tokenizer: ClipTokenizer, reference: Any, texts: list[str]) -> None:
    expected = reference(texts).numpy()
    found = padded(tokenizer(texts), tokenizer.context_length)
    wrong = [texts[row] for row in np.flatnonzero((expected != found).any(axis=1))]
    assert wrong == []
    assert found.dtype == expected.dtype


@pytest.mark.parametrize(
    "texts",
    [
        pytest.param(lambda: list(ODD), id="odd ones"),
        pytest.param(lambda: list(config_texts()), id="labels and templates"),
        pytest.param(written_words, id="English lines"),
        pytest.param(lambda: random_texts(4000), id="random characters"),
        pytest.param(mojibake, id="mojibake"),
        pytest.param(lambda: [chr(code) for code in range(0x3400)], id="single characters"),
    ],
)
def test_ids_are_those_of_open_clip(
    tokenizer: ClipTokenizer, reference: Any, texts: Callable[[], list[str]]
) -> None:
    """Every id of every text, from the start to the cut, is the one that open_clip gives."""
    assert_same(tokenizer, reference, texts())


@pytest.mark.parametrize("length", [2, 3, 16, 32, 76])
def test_other_context_lengths_cut_as_open_clip_does(reference: Any, length: int) -> None:
    """Models of another context length get the same ids, and the same cut."""
    tokenizer = ClipTokenizer.from_vocabulary(open_clip_vocabulary(), length)
    texts = [*ODD, *written_words()[:200]]
    expected = reference(texts, context_length=length).numpy()
    np.testing.assert_array_equal(padded(tokenizer(texts), length), expected)


def test_a_row_is_not_padded_and_has_both_ends(tokenizer: ClipTokenizer) -> None:
    """A row begins with BOS, ends with EOT, and is as long as its text needs."""
    empty, word, long = tokenizer(["", "cat", "cat " * 100])
    assert empty == [tokenizer.bos, tokenizer.eot]
    assert (word[0], len(word), word[-1]) == (tokenizer.bos, 3, tokenizer.eot)
    assert (len(long), long[-1]) == (tokenizer.context_length, tokenizer.eot)
    assert tokenizer.eot not in long[:-1]


def test_saved_and_loaded_it_is_the_same(tokenizer: ClipTokenizer, tmp_path: Path) -> None:
    """A folder with the saved file is all that is needed later, the context length included."""
    short = ClipTokenizer.from_vocabulary(open_clip_vocabulary(), 12)
    short.save(tmp_path)
    again = ClipTokenizer.load(tmp_path)
    texts = [*ODD, *random_texts(200)]
    assert again(texts) == short(texts) != tokenizer(texts)


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda whole: b"", id="empty"),
        pytest.param(lambda whole: whole[: len(whole) // 2], id="half"),
        pytest.param(lambda whole: b"[]", id="a list"),
        pytest.param(lambda whole: b'{"version": "1.0", "model": {}}', id="another format"),
        pytest.param(
            lambda whole: whole.replace(b'"merges": "', b'"merges": 5, "x": "'), id="types"
        ),
    ],
)
def test_a_damaged_file_is_named(
    tokenizer: ClipTokenizer, tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    """What cannot be loaded raises `ValueError` with the file's name."""
    file = tokenizer.save(tmp_path)
    file.write_bytes(damage(file.read_bytes()))
    with pytest.raises(ValueError, match=TOKENIZER_FILE):
        ClipTokenizer.load(tmp_path)


def test_an_absent_file_is_named(tmp_path: Path) -> None:
    """So does a file that is not there, saved or published."""
    with pytest.raises(ValueError, match=TOKENIZER_FILE):
        ClipTokenizer.load(tmp_path)
    with pytest.raises(ValueError, match=r"none\.gz"):
        ClipTokenizer.from_vocabulary(tmp_path / "none.gz")


@pytest.mark.parametrize("text", ["#version\na b\n", "", "a b c\n" * 60_000])
def test_another_vocabulary_is_refused(tmp_path: Path, text: str) -> None:
    """A gzip file that holds something else is not taken for CLIP's vocabulary."""
    file = tmp_path / "other.gz"
    file.write_bytes(gzip.compress(text.encode()))
    with pytest.raises(ValueError, match=r"other\.gz"):
        ClipTokenizer.from_vocabulary(file)


def test_threads_get_the_same(tokenizer: ClipTokenizer) -> None:
    """Eight threads over one tokenizer give what one thread gives."""
    texts = [*ODD, *random_texts(300)]
    fresh = ClipTokenizer.from_vocabulary(open_clip_vocabulary())
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(fresh, [texts] * 8)) == [tokenizer(texts)] * 8


def test_padding_is_zeros_behind() -> None:
    """Rows lie at the left; the rest is 0; too long a row is an error rather than cut."""
    assert padded([[5, 6], [7]]).tolist() == [[5, 6], [7, 0]]
    assert padded([[5]], 3).tolist() == [[5, 0, 0]]
    assert padded([], 3).shape == (0, 3)
    with pytest.raises(ValueError, match="does not fit"):
        padded([[1, 2, 3]], 2)


def test_neither_torch_nor_open_clip_is_imported() -> None:
    """Tokenizing costs a server none of the heavy imports, nor ftfy for plain English."""
    open_clip_vocabulary()  # there is none to be read where open_clip is not installed
    program = (
        "import sys; from runners.clip.words.tokenizer import ClipTokenizer, open_clip_vocabulary; "
        "ClipTokenizer.from_vocabulary(open_clip_vocabulary())(['a photo of a cat, 7 m']); "
        "assert not {'torch', 'open_clip', 'transformers', 'ftfy'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True)


def test_long_words_are_merged_in_the_same_order(tokenizer: ClipTokenizer) -> None:
    """Joining the lowest rank, leftmost first, is joining rank by rank over the whole word."""
    dice = random.Random(8)
    for letters in ("ab", "aaab", "thequickbrown", "etaoinshrdlu"):
        word = "".join(dice.choice(letters) for _ in range(300))
        symbols = [*word[:-1], word[-1] + "</w>"]
        assert tokenizer._merged([*symbols]) == rank_by_rank(tokenizer, symbols)


def rank_by_rank(tokenizer: ClipTokenizer, symbols: list[str]) -> list[str]:
    """The published way, quadratic in the word's length."""
    while True:
        pairs = [f"{left} {right}" for left, right in pairwise(symbols)]
        known = [tokenizer._ranks[pair] for pair in pairs if pair in tokenizer._ranks]
        if not known:
            return symbols
        best, joined, at = min(known), [], 0
        while at < len(symbols):
            is_pair = at < len(pairs) and tokenizer._ranks.get(pairs[at]) == best
            joined.append(symbols[at] + symbols[at + 1] if is_pair else symbols[at])
            at += 2 if is_pair else 1
        symbols = joined
