"""`/classify`, `/labels` and `/reload` as the labelling service answered them, and more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

from framed.questions import ClassifyQuestion, TemplateChoice
from framed.results import Adjustment, BankFacts, Classification, RankedLabel, ReloadReport
from framed.wires.body import read_json
from framed.wires.parameters import (
    MAX_LABELS,
    Label,
    Name,
    Parameters,
    RankParameters,
    check,
    distinct,
)


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


class BankParameters(Parameters):
    """What `/labels` and `/reload` take."""

    bank: Name | None = Field(None, description="Label bank; none: the default one, or all.")


def classify_question(given: Mapping[str, Any]) -> ClassifyQuestion:
    """The question of a `/classify` request; raises `invalid_parameter`."""
    asked = check(ClassifyParameters, given)
    return ClassifyQuestion(
        rank=asked.question(asked.labels, asked.templates),
        size=asked.size,
        model=asked.model,
        decode=asked.decode,
    )


def classify_body(found: Classification, request_id: str) -> dict[str, Any]:
    """The answer; with own labels also every label's share, the first, and the time."""
    ranking = found.ranking
    body = {
        "model": found.model,
        "device": found.device,
        "size": found.size,
        "top_k": ranking.top_k,
        "results": [label_body(label) for label in ranking.results],
        "bank": ranking.bank,
        "bank_checksum": ranking.bank_checksum,
        "adjusted": adjusted_body(found.adjusted),
        "request_id": request_id,
    }
    if found.oom_fallback:
        body["oom_fallback"] = True
    return body if ranking.every is None else body | _own_labels(found, ranking.every)


def _own_labels(found: Classification, every: Sequence[RankedLabel]) -> dict[str, Any]:
    return {
        "scores": {label.label: label.prob for label in every},
        "top_label": max(every, key=lambda label: label.prob).label,
        "inference_time_ms": round(found.inference_ms, 3),
    }


def label_body(label: RankedLabel) -> dict[str, Any]:
    """One result: label, softmax share, cosine."""
    return {"label": label.label, "prob": label.prob, "score": label.score}


def adjusted_body(adjusted: Sequence[Adjustment]) -> list[dict[str, Any]]:
    """Parameters that were held within what is possible."""
    return [{"name": each.name, "asked": each.asked, "used": each.used} for each in adjusted]


def bank_parameter(given: Mapping[str, Any]) -> str | None:
    """The `bank` of a `/labels` or `/reload` request."""
    return check(BankParameters, given).bank


def labels_body(bank: BankFacts, names: Sequence[str]) -> dict[str, Any]:
    """One bank's labels and templates, and which banks there are."""
    return {
        "labels": list(bank.labels),
        "templates": list(bank.templates),
        "bank": bank.name,
        "checksum": bank.checksum,
        "num_labels": len(bank.labels),
        "banks": list(names),
    }


def reload_body(reports: Sequence[ReloadReport], request_id: str) -> dict[str, Any]:
    """Counts, checksums and seconds of the first bank, and of each one under `banks`."""
    first = _report_body(reports[0])
    return {
        "bank": reports[0].bank,
        **first,
        "seconds": round(sum(report.seconds for report in reports), 3),
        "banks": {report.bank: _report_body(report) for report in reports},
        "request_id": request_id,
    }


def _report_body(report: ReloadReport) -> dict[str, Any]:
    return {
        "labels": report.labels,
        "templates": report.templates,
        "checksum_before": report.checksum_before,
        "checksum": report.checksum,
        "changed": report.checksum_before != report.checksum,
        "encoded_prompts": report.encoded_prompts,
        "seconds": round(report.seconds, 3),
    }
