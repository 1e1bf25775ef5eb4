"""The languages that a bank has names in: what a caller asks for against what there is."""

from __future__ import annotations

from collections.abc import Mapping

from framed.results import BankFacts
from framed.wires.parameters import refused


def names_in(bank: BankFacts, language: str) -> Mapping[str, str]:
    """Label -> name in `language`, or in the wider one (`de` for `de-AT`).

    Raises `invalid_parameter` that says which languages there are.
    """
    tag = language.strip().lower().replace("_", "-")
    while tag:
        if tag in bank.names:
            return bank.names[tag]
        tag = tag.rpartition("-")[0]
    known = f"has names in {', '.join(sorted(bank.names))}" if bank.names else "has no names"
    raise refused("language", language, f"the label bank {bank.name!r} {known}")
