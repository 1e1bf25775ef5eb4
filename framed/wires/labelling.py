"""`/classify`, `/labels` and `/reload` as the labelling service answered them, and more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from functools import partial
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

from framed.bank_structure import BankStructure, LabelFacts, LabelGroup
from framed.questions import BY_MATCH, BY_Z, ORDERS, ClassifyQuestion, TemplateChoice
from framed.reload_report import ReloadReport
from framed.results import Adjustment, BankFacts, Classification, RankedLabel
from framed.wires.body import read_json
from framed.wires.matches import group_members, match_members, reason_member
from framed.wires.parameters import (
    MAX_LABELS,
    Label,
    Name,
    Parameters,
    check,
    distinct,
    refused,
)
from framed.wires.ranking import RankParameters

_PLAIN = ClassifyQuestion()


def _listed(value: Any) -> Any:
    """A query or form may hold the list as JSON, or one label as it stands."""
    if not isinstance(value, str):
        return value
    if value.lstrip()[:1] == "[":
        return read_json(value.encode())
    if "," in value:
        raise ValueError('Write several labels as JSON, ["a", "b"], or repeat the parameter')
    return [value]


class ClassifyParameters(RankParameters):
    """Everything `/classify` takes beside the photo."""

    labels: Annotated[list[Label] | None, BeforeValidator(_listed), AfterValidator(distinct)] = (
        Field(
            None,
            min_length=1,
            max_length=MAX_LABELS,
            description="Own labels instead of a bank's, up to 1,000, no duplicates.",
        )
    )
    templates: TemplateChoice = Field(
        "raw",
        description="Own labels as they stand (`raw`) or through the bank's templates (`bank`).",
    )
    match: bool = Field(
        True,
        description="`false`: every `match` is null, which spares new own labels their way through "
        "the bank's templates.",
    )


class BankParameters(Parameters):
    """What `/labels` and `/reload` take."""

    bank: Name | None = Field(None, description="Label bank; none: the default one, or all.")
    model: Name | None = Field(
        None, description="Name of the model; none: the default one, or all that are loaded."
    )


def classify_question(given: Mapping[str, Any]) -> ClassifyQuestion:
    """The question of a `/classify` request; raises `invalid_parameter`."""
    asked = check(ClassifyParameters, given)
    if asked.labels is not None:
        _refuse_of_banks(asked)
    if not asked.match:
        _refuse_of_matches(asked)
    return ClassifyQuestion(
        rank=replace(asked.question(asked.labels, asked.templates), match=asked.match),
        size=asked.size,
        model=asked.model,
        decode=asked.decode,
        language=asked.language,
        crops=asked.crops,
        detail=asked.detail,
    )


def _refuse_of_banks(asked: ClassifyParameters) -> None:
    """Raise `invalid_parameter` for what own labels have not."""
    if asked.language is not None:
        raise refused("language", asked.language, "own labels have no names but themselves")
    if asked.order not in ORDERS:
        raise refused("order", asked.order, f"own labels have no groups; {', '.join(ORDERS)}")
    if asked.top_k_per_group is not None:
        raise refused("top_k_per_group", str(asked.top_k_per_group), "own labels have no groups")
    if asked.parents:
        raise refused("parents", "true", "nothing stands above own labels")


def _refuse_of_matches(asked: ClassifyParameters) -> None:
    """Raise `invalid_parameter` for what needs a match where none is wanted."""
    if asked.match_threshold is not None:
        raise refused("match_threshold", str(asked.match_threshold), "not beside match=false")
    if asked.share is not None:
        raise refused("share", str(asked.share), "not beside match=false")
    if asked.order in (BY_MATCH, BY_Z):
        raise refused("order", asked.order, "not beside match=false")


def classify_body(
    found: Classification, request_id: str, question: ClassifyQuestion = _PLAIN
) -> dict[str, Any]:
    """The answer; with own labels also every label's share and match, the first, and the time;
    what else `question` asks to be shown."""
    ranking = found.ranking
    body = {
        "model": found.model,
        "device": found.device,
        "size": found.size,
        "top_k": ranking.top_k,
        "results": [_result(each, question) for each in ranking.results],
        "bank": ranking.bank,
        "bank_checksum": ranking.bank_checksum,
        "adjusted": adjusted_body(found.adjusted),
        "request_id": request_id,
    }
    if found.oom_fallback:
        body["oom_fallback"] = True
    body |= crops_member(found)
    if ranking.every is not None:
        body |= _own_labels(found, ranking.every)
    body |= {"none_match": ranking.none_match, **reason_member(ranking)}
    return body | group_members(ranking, question, "groups", partial(_result, question=question))


def _own_labels(found: Classification, every: Sequence[RankedLabel]) -> dict[str, Any]:
    return {
        "scores": {label.label: label.prob for label in every},
        "top_label": max(every, key=lambda label: label.prob).label,
        "inference_time_ms": round(found.inference_ms, 3),
        "matches": {label.label: label.match for label in every},
    }


def _result(label: RankedLabel, question: ClassifyQuestion) -> dict[str, Any]:
    shown = display(label, question.names) | match_members(label, question)
    return label_body(label) | shown


def label_body(label: RankedLabel) -> dict[str, Any]:
    """A label, its softmax share, its cosine."""
    return {"label": label.label, "prob": label.prob, "score": label.score}


def display(label: RankedLabel, names: Mapping[str, str] | None) -> dict[str, str]:
    """The member beside a label that says what people are shown: its name, else itself."""
    return {} if names is None else {"display": names.get(label.label, label.label)}


def adjusted_body(adjusted: Sequence[Adjustment]) -> list[dict[str, Any]]:
    """Parameters that were held within what is possible."""
    return [{"name": each.name, "asked": each.asked, "used": each.used} for each in adjusted]


def crops_member(found: Classification) -> dict[str, Any]:
    """Where the model looked closer, what it saw there, and how that became the answer; nothing
    where it was not asked to. The first region is the whole photo."""
    if found.crops == "none":
        return {}
    seen = zip(found.regions, found.ranking.by_region, strict=True)
    regions = [{"box": list(box), **label_body(best)} for box, best in seen]
    return {"crops": {"mode": found.crops, "merge": found.ranking.merge, "regions": regions}}


def bank_parameters(given: Mapping[str, Any]) -> BankParameters:
    """The parameters of a `/labels` or `/reload` request; raises `invalid_parameter`."""
    return check(BankParameters, given)


def labels_body(bank: BankFacts, names: Sequence[str]) -> dict[str, Any]:
    """One bank's labels and templates, what it says of them, and which banks there are."""
    return {
        "labels": list(bank.labels),
        "templates": list(bank.templates),
        "bank": bank.name,
        "checksum": bank.checksum,
        "num_labels": len(bank.labels),
        "languages": sorted(bank.names),
        **_structure_members(bank.structure),
        "banks": list(names),
    }


def _structure_members(structure: BankStructure) -> dict[str, Any]:
    groups = structure.groups.items()
    return {
        "share": structure.share,
        "match_threshold": structure.match_threshold,
        "groups": {
            name: {"labels": list(group.labels), "exclusive": group.exclusive} | _apart(group)
            for name, group in groups
        },
        "entries": {label: _said(facts) for label, facts in structure.facts.items()},
    }


def _apart(group: LabelGroup) -> dict[str, bool]:
    return {"apart": True} if group.apart else {}


def _said(facts: LabelFacts) -> dict[str, Any]:
    """What a bank says of a label, without what it does not say."""
    members = asdict(facts).items()
    plain = ((name, list(value) if isinstance(value, tuple) else value) for name, value in members)
    return {name: value for name, value in plain if value not in (None, [])}


def reload_body(reports: Sequence[ReloadReport], request_id: str) -> dict[str, Any]:
    """Counts, checksums and seconds of the first bank, and of each one under `banks`; where
    several models have read them, each one's under `models`."""
    first = reports[0]
    models = list(dict.fromkeys(report.model for report in reports))
    body = {
        "bank": first.bank,
        **_report_body(first),
        "seconds": round(sum(report.seconds for report in reports), 3),
        "banks": _reports_of(first.model, reports),
        "request_id": request_id,
    }
    return body | ({"models": {m: _reports_of(m, reports) for m in models}} if models[1:] else {})


def _reports_of(model: str, reports: Sequence[ReloadReport]) -> dict[str, Any]:
    return {each.bank: _report_body(each) for each in reports if each.model == model}


def _report_body(report: ReloadReport) -> dict[str, Any]:
    return {
        "labels": report.labels,
        "templates": report.templates,
        "checksum_before": report.checksum_before,
        "checksum": report.checksum,
        "changed": report.changed,
        "encoded_prompts": report.encoded_prompts,
        "seconds": round(report.seconds, 3),
        "warnings": list(report.warnings),
    }
