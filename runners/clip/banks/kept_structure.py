"""The structure of a bank as plain JSON values, as it is kept with the bank."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from framed.bank_structure import BankStructure, LabelFacts, LabelGroup


def structure_body(structure: BankStructure) -> dict[str, Any]:
    """Plain values, from which `structure_from` makes the same structure."""
    return {
        "facts": {label: asdict(facts) for label, facts in structure.facts.items()},
        "groups": {name: _group_body(group) for name, group in structure.groups.items()},
        "share": structure.share,
        "match_threshold": structure.match_threshold,
    }


def structure_from(body: Mapping[str, Any]) -> BankStructure:
    """The structure again, the empty one of an empty body; raises `KeyError` or `TypeError` for
    another."""
    if not body:
        return BankStructure()
    return BankStructure(
        {label: _facts(facts) for label, facts in body["facts"].items()},
        {name: _group(group) for name, group in body["groups"].items()},
        body["share"],
        body["match_threshold"],
    )


def _facts(body: Mapping[str, Any]) -> LabelFacts:
    lists = {"templates": tuple(body["templates"]), "synonyms": tuple(body["synonyms"])}
    return LabelFacts(**{**body, **lists})


def _group_body(group: LabelGroup) -> dict[str, Any]:
    """Without `apart` where it is not: so banks were kept before there was any."""
    body = asdict(group)
    return body if group.apart else {name: body[name] for name in ("labels", "exclusive")}


def _group(body: Mapping[str, Any]) -> LabelGroup:
    return LabelGroup(tuple(body["labels"]), body["exclusive"], body.get("apart", False))
