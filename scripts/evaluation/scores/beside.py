"""Every score beside the others, of vectors alone: how it ranks, what its numbers mean, and
whether it tells that no label applies."""

from __future__ import annotations

from scripts.evaluation.figures import OWN_TEMPERATURE
from scripts.evaluation.scores.judged import Figures, figures_of
from scripts.evaluation.scores.looking import Looked, stacked
from scripts.evaluation.scores.rivals import RIVALS, as_share, cosine, softmax_of_list
from scripts.evaluation.scores.served import Served
from scripts.evaluation.scores.wrong_lists import Lists, highest_share, told_apart, told_lists
from scripts.evaluation.truth import Truth

OFFSETS, BANK = "match of the bank, offsets alone", "match of the bank, vectors alone"


def beside(looked: Looked, served: Served, truth: Truth) -> dict[str, Figures]:
    """Figures by score: rivals by a line learnt on the reference photos, then the bank's match."""
    lists = told_lists(truth)
    return {**_rivals(looked, served, truth, lists), **_of_bank(looked, served, truth, lists)}


def _rivals(looked: Looked, served: Served, truth: Truth, lists: Lists) -> dict[str, Figures]:
    rows, reference = served.own.bank.embeddings, served.reference
    figures: dict[str, Figures] = {}
    for name, rival in RIVALS.items():
        shares = as_share(rival, looked.rows, rows, reference, served.truth)
        if rival is softmax_of_list:  # a list of ten has shares of its own
            logits = cosine(looked.rows, rows, reference) / OWN_TEMPERATURE
            told = told_apart(logits, lists, highest_share)
        else:
            told = told_apart(shares, lists)
        figures[name] = {**figures_of(shares, truth), **told}
    return figures


def _of_bank(looked: Looked, served: Served, truth: Truth, lists: Lists) -> dict[str, Figures]:
    """None of these is told by z there: offsets would lead it astray."""
    figures: dict[str, Figures] = {}
    for name, words in ((OFFSETS, served.by_offsets), (BANK, served.bank)):
        if words is not None:
            tables = looked.unheard.tables(words)
            told = told_apart(stacked(tables, "z"), lists)
            figures[name] = {**figures_of(stacked(tables, "match"), truth), **told}
    return figures
