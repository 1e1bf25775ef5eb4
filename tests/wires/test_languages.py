"""Languages: what is asked for against what a bank has."""

from __future__ import annotations

import pytest

from framed.errors import Code, FramedError
from framed.results import BankFacts
from framed.wires.languages import names_in

BANK = BankFacts("b", ("sea",), ("{}",), "c", {"de": {"sea": "Meer"}, "pt-br": {"sea": "mar"}})


@pytest.mark.parametrize(
    ("language", "name"),
    [("de", "Meer"), ("DE", "Meer"), ("de-AT", "Meer"), ("de_at", "Meer"), ("pt-BR", "mar")],
)
def test_a_language_in_any_spelling(language: str, name: str) -> None:
    """Case and the kind of dash do not matter; a region without names has those of its language."""
    assert names_in(BANK, language) == {"sea": name}


@pytest.mark.parametrize("language", ["xx", "pt", "d", "german", "-", " ", "de.json"])
def test_an_unknown_language_is_told_the_known(language: str) -> None:
    """As a wrong parameter."""
    with pytest.raises(FramedError, match="has names in de, pt-br") as refused:
        names_in(BANK, language)
    assert refused.value.code is Code.INVALID_PARAMETER
    assert refused.value.details == {
        "parameters": [
            {
                "name": "language",
                "value": language,
                "problem": "the label bank 'b' has names in de, pt-br",
            }
        ]
    }


def test_a_bank_without_names_says_so() -> None:
    """There is nothing to choose from."""
    with pytest.raises(FramedError, match="has no names"):
        names_in(BankFacts("b", ("sea",), ("{}",), "c"), "de")
