"""Labels as a server has them: those of a bank, and the same ones as a caller's own."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from framed.errors import StartupError
from framed.settings import Settings
from runners.clip.around_engine import by_examples, reference_of, texts_of
from runners.clip.banks.bank import LabelBank
from runners.clip.banks.bank_text import BankText
from runners.clip.banks.build import assemble_bank, prompts_of
from runners.clip.opening import OpenModel
from runners.clip.reference.build import ReferenceSet
from runners.clip.reference.learnt import learnt_from_reference
from runners.clip.reference.material import Material, read_material
from runners.clip.reference.scorer import scorer_of
from runners.clip.reference.scorers import Scorers
from runners.clip.texts import TextEncoder
from runners.clip.words_asked import WordsAsked

Mask = npt.NDArray[np.bool_]

SHIPPED = "shipped"  # how a bank says that it learnt from the reference photos


@dataclass(frozen=True, eq=False)
class Served:
    """The `bank` with all that its files say and what it learnt, and its labels as a caller's `own`
    through its templates. `reference` is what both are held against, and `truth` [R, M] what is
    true of its photos among its own labels. `by_offsets` is the bank without prototypes, where it
    learnt from these photos."""

    bank: WordsAsked
    own: WordsAsked
    reference: ReferenceSet
    truth: Mask
    by_offsets: WordsAsked | None = None


def served_by(model: OpenModel, settings: Settings, text: BankText) -> Served:
    """`text` as a server of `settings` has it; takes a second or minutes, and is kept for servers.

    Raises `StartupError` where the reference set cannot be made; the log says why.
    """
    chosen = settings.model_copy(update={"match": True})
    plain = BankText("own", text.labels, text.templates)
    with ThreadPoolExecutor(1, "engine") as executor:
        texts = texts_of(model, chosen, executor)
        bank, own = (_bank(each, texts, model.facts.revision) for each in (text, plain))
        bank = by_examples(bank, model, chosen)
        scorers = Scorers(reference_of(model, texts, chosen, executor))
        scorers.expect(bank)
        scorers.start()
        scorers.wait()
        scorers.close()
    scorer, reference = scorers.of(bank), scorers.of_templates(bank.templates)
    if scorer is None or reference is None:
        raise StartupError("The reference set cannot be made: no label has a match.")
    asked, material = WordsAsked(bank, bank.embeddings, scorer), read_material(chosen.config_dir)
    return Served(
        asked,
        own_words(own, reference),
        reference,
        material.truth,
        without_prototypes(asked, reference, material),
    )


def own_words(own: LabelBank, reference: ReferenceSet) -> WordsAsked:
    """Labels of which nothing is said and nothing was learnt."""
    scorer = scorer_of(own.labels, own.embeddings, reference)
    return WordsAsked(own, own.embeddings, scorer)


def without_prototypes(
    asked: WordsAsked, reference: ReferenceSet, material: Material
) -> WordsAsked | None:
    """The same labels with the offsets alone that the photos of `material` teach them; None where
    they learnt nothing from these."""
    if asked.scores.calibrated != SHIPPED:
        return None
    bank = asked.bank
    learnt = learnt_from_reference(bank, reference, material, prototypes=False)
    scorer = scorer_of(bank.labels, bank.embeddings, reference, bank.structure, learnt)
    return WordsAsked(bank, bank.embeddings, scorer)


def _bank(text: BankText, texts: TextEncoder, revision: str) -> LabelBank:
    return assemble_bank(text, texts.encode_and_wait(prompts_of(text)), revision)
