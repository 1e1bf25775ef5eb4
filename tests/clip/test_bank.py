"""Label banks: from labels and templates to frozen unit vectors."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from framed.bank_structure import BankStructure, LabelFacts, LabelGroup
from framed.errors import Code, FramedError
from runners.clip.banks.bank import bank_checksum, check_bank_name
from runners.clip.banks.bank_text import BankText
from runners.clip.banks.build import assemble_bank, label_digests, prompts_of
from runners.clip.banks.source import read_bank

CONFIG = Path(__file__).parents[2] / "config"

TEXT = BankText("small", ("dog", "red car", "sea"), ("a photo of {}", "a {} scene", "{}"))


def vectors_of(text: BankText, dim: int = 8) -> dict[str, np.ndarray]:
    """A random vector a prompt, of any length."""
    rng = np.random.default_rng(5)
    return {prompt: rng.normal(size=dim).astype(np.float32) * 9 for prompt in prompts_of(text)}


def test_prompts_stand_once_in_order() -> None:
    """Each prompt is encoded once, in the order of labels and then templates."""
    text = BankText("b", ("sea", "a sea"), ("{}", "a {}"))
    assert prompts_of(text) == ("sea", "a sea", "a a sea")


@pytest.mark.parametrize("label", ["{}", "{0}", "{name}", "100%", "%s", "a}{b", "\\1"])
def test_labels_are_put_in_as_they_stand(label: str) -> None:
    """Braces, percent signs and backslashes of a label are just characters."""
    assert prompts_of(BankText("b", (label,), ("a {} b",))) == (f"a {label} b",)


def test_a_label_s_prompts_are_its_templates_with_each_of_its_words() -> None:
    """Its own templates instead of the bank's, its synonyms after itself; others keep theirs."""
    facts = {"sea": LabelFacts(synonyms=("ocean",)), "dog": LabelFacts(templates=("my {}",))}
    text = BankText("b", ("dog", "sea"), ("{}", "a {}"), structure=BankStructure(facts))
    assert prompts_of(text) == ("my dog", "sea", "a sea", "ocean", "a ocean")
    bank = assemble_bank(text, vectors_of(text), "r")
    assert bank.structure == text.structure
    vectors = [v / np.linalg.norm(v) for v in map(vectors_of(text).__getitem__, prompts_of(text))]
    mean = sum(vectors[1:])
    np.testing.assert_allclose(bank.embeddings[1], mean / np.linalg.norm(mean), atol=1e-6)


@pytest.mark.parametrize(
    "facts",
    [
        LabelFacts(synonyms=("ocean",)),
        LabelFacts(templates=("my {}",)),
        LabelFacts(templates=("ocean", "{}")),
    ],
)
def test_what_a_label_s_prompts_are_made_of_is_digested(facts: LabelFacts) -> None:
    """Its synonyms and own templates change its digest, and that of no other label."""
    plain = label_digests(TEXT)
    told = label_digests(replace(TEXT, structure=BankStructure({"sea": facts})))
    assert {label for label in plain if plain[label] != told[label]} == {"sea"}
    assert label_digests(assemble_bank(TEXT, vectors_of(TEXT), "r")) == plain


def test_what_changes_no_prompt_changes_no_digest() -> None:
    """Shares and parents; templates that are the bank's all the same."""
    facts = {"sea": LabelFacts(share=0.3, parent="water", templates=TEXT.templates)}
    told = replace(TEXT, structure=BankStructure(facts, share=0.1))
    assert label_digests(told) == label_digests(TEXT)


def test_what_changes_no_prompt_changes_no_row() -> None:
    """Shares, thresholds, parents and groups leave the rows as they are, to the bit."""
    facts = {"dog": LabelFacts(share=0.3, threshold=0.2, parent="pet")}
    groups = {"pets": LabelGroup(("dog",), exclusive=True)}
    text = replace(TEXT, structure=BankStructure(facts, groups, 0.1, 0.4))
    plain = assemble_bank(TEXT, vectors_of(TEXT), "r")
    told = assemble_bank(text, vectors_of(TEXT), "r")
    assert told.embeddings.tobytes() == plain.embeddings.tobytes()


def test_rows_are_means_of_unit_vectors() -> None:
    """A row is the mean of the templates' unit vectors, brought to length 1 again."""
    vectors = vectors_of(TEXT)
    bank = assemble_bank(TEXT, vectors, "revision")
    for row, label in zip(bank.embeddings, TEXT.labels, strict=True):
        units = [vectors[t.replace("{}", label)] for t in TEXT.templates]
        mean = sum(unit / np.linalg.norm(unit) for unit in units)
        np.testing.assert_allclose(row, mean / np.linalg.norm(mean), atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(bank.embeddings, axis=1), 1, atol=1e-6)
    assert bank.embeddings.dtype == np.float32


def test_banks_are_frozen() -> None:
    """Neither the bank nor its vectors can be changed once it is built."""
    bank = assemble_bank(TEXT, vectors_of(TEXT), "revision")
    with pytest.raises(ValueError, match="read-only"):
        bank.embeddings[0, 0] = 2
    with pytest.raises(AttributeError):
        bank.name = "other"  # type: ignore[misc]


def test_a_prompt_without_vector_is_an_error() -> None:
    """A bank is never built with a hole in it."""
    vectors = vectors_of(TEXT)
    del vectors["a sea scene"]
    with pytest.raises(KeyError, match="a sea scene"):
        assemble_bank(TEXT, vectors, "revision")


def test_checksum_changes_with_everything_that_matters() -> None:
    """Another label, template, order or model is another checksum; the same is the same."""
    labels, templates = TEXT.labels, TEXT.templates
    variants = [
        (labels, templates, "r1"),
        (labels, templates, "r2"),
        (labels[::-1], templates, "r1"),
        (labels, templates[::-1], "r1"),
        ((*labels, "new"), templates, "r1"),
        (("dog red car", "sea"), templates, "r1"),
    ]
    checksums = [bank_checksum(*variant) for variant in variants]
    assert len(set(checksums)) == len(variants)
    assert checksums[0] == bank_checksum(list(labels), list(templates), "r1")
    assert all(set(checksum) <= set("0123456789abcdef") for checksum in checksums)


def test_the_checksum_of_a_plain_bank_is_what_it_always_was() -> None:
    """Kept banks and kept answers are found again: groups and parents have no part in it."""
    bank = read_bank("default", CONFIG)
    groups = {name: it for name, it in bank.structure.groups.items() if not it.apart}
    assert groups
    structure = BankStructure(groups=groups, facts={"dog": LabelFacts(parent="pet")})
    assert bank_checksum(bank.labels[:50], bank.templates, "r", structure) == "0cb720088f01d1ef"


def test_the_checksum_changes_with_what_a_bank_says_of_its_labels() -> None:
    """Each share, threshold, template and synonym, of a label or all, and what it learnt."""
    said = [
        BankStructure(),
        BankStructure(share=0.2),
        BankStructure(match_threshold=0.2),
        BankStructure({"dog": LabelFacts(share=0.2)}),
        BankStructure({"sea": LabelFacts(share=0.2)}),
        BankStructure({"dog": LabelFacts(threshold=0.2)}),
        BankStructure({"dog": LabelFacts(templates=("x {}",))}),
        BankStructure({"dog": LabelFacts(synonyms=("x {}",))}),
    ]
    checksums = [bank_checksum(TEXT.labels, TEXT.templates, "r", each) for each in said]
    checksums += [bank_checksum(TEXT.labels, TEXT.templates, "r", learnt=each) for each in "ab"]
    assert len(set(checksums)) == len(said) + 2


@pytest.mark.parametrize(
    "name", ["", "..", "a/b", "/etc", "A", "a b", "a.b", "ü", "x" * 65, "a\n", "a\0b", "\u0661"]
)
def test_names_are_never_paths(name: str) -> None:
    """A bank's name is made of a-z, 0-9, _ and - and nothing else."""
    with pytest.raises(FramedError) as refused:
        check_bank_name(name)
    assert refused.value.code == Code.UNKNOWN_BANK


@pytest.mark.parametrize("name", ["default", "a", "my-bank_2", "x" * 64])
def test_plain_names_are_taken(name: str) -> None:
    """Plain names pass."""
    check_bank_name(name)


def test_a_built_bank_equals_open_clip() -> None:
    """Built from the embedded model's engine, a bank is open_clip's zero-shot classifier."""
    import open_clip

    from runners.clip.engines.torch_choice import open_on_torch
    from runners.clip.models import load, locate

    loaded = load(locate("mini", CONFIG, Path("none")))
    engine = open_on_torch(loaded, device="cpu", precision="fp32", threads=1)
    prompts = prompts_of(TEXT)
    bank = assemble_bank(
        TEXT, dict(zip(prompts, engine.encode_texts(prompts), strict=True)), loaded.facts.revision
    )
    expected = open_clip.build_zero_shot_classifier(
        loaded.model, loaded.tokenizer, TEXT.labels, TEXT.templates
    )
    np.testing.assert_allclose(bank.embeddings, expected.numpy().T, atol=1e-5)
