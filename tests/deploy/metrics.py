"""The metrics of Framed that dashboard, rules and the autoscaler may ask for, and who asks what."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
RULES = DEPLOY / "prometheus" / "alerts.yml"
DASHBOARD = DEPLOY / "grafana" / "dashboard.json"
ADAPTER = DEPLOY / "kubernetes" / "prometheus-adapter.yaml"

HISTOGRAMS = {  # name -> its own labels
    "framed_stage_seconds": {"stage"},
    "framed_request_seconds": {"route", "status"},
    "framed_batch_size": set(),
}
OTHERS = {
    "framed_requests_total": {"route", "status", "code"},
    "framed_requests_in_flight": set(),
    "framed_photos_total": {"format", "outcome"},
    "framed_cache_total": {"outcome"},
    "framed_oom_fallbacks_total": set(),
    "framed_model_info": {"model", "revision", "engine", "device", "precision"},
    "framed_bank_info": {"model", "bank", "checksum"},
    "framed_waiting_photos": set(),
    "framed_process_start_time_seconds": {"process"},
    "framed_ready": set(),
}
SERIES: dict[str, set[str]] = {
    **OTHERS,
    **{
        name + part: labels | ({"le"} if part == "_bucket" else set())
        for name, labels in HISTOGRAMS.items()
        for part in ("_bucket", "_sum", "_count")
    },
}
AROUND = {"job", "instance", "namespace", "pod"}  # put on by whoever scrapes

_VARIABLES = {"$__rate_interval": "1m", "$instance": ".*"}
_ADAPTED = {"<<.GroupBy>>": "pod", "<<.LabelMatchers>>": 'namespace="framed"'}
_SERIES = re.compile(r"\b(framed_[a-z_0-9]+)(?:\{([^}]*)\})?")
_LABEL = re.compile(r"(\w+)\s*(?:=~|!=|!~|=)")
_GROUPING = re.compile(r"\bby \(([^)]*)\)")


def panels() -> Iterator[tuple[str, str]]:
    """Title of a panel and a query of it, as Prometheus gets it from Grafana."""
    for panel in json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]:
        for target in panel.get("targets", ()):
            yield panel["title"], _filled(target["expr"], _VARIABLES)


def alerts() -> Iterator[dict[str, Any]]:
    """Every alert."""
    for group in yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]:
        yield from group["rules"]


def adapted() -> str:
    """What prometheus-adapter asks for the autoscaler, for all pods of a namespace."""
    (rule,) = yaml.safe_load(ADAPTER.read_text(encoding="utf-8"))["rules"]["custom"]
    return _filled(rule["metricsQuery"], _ADAPTED)


def queries() -> list[tuple[str, str]]:
    """Who asks, and what, in all of deploy/."""
    rules = [(alert["alert"], alert["expr"]) for alert in alerts()]
    return [*panels(), *rules, ("prometheus-adapter", adapted())]


def series(query: str) -> Iterator[tuple[str, set[str]]]:
    """Each series that a query names, with the labels that it is picked by."""
    for name, picked in _SERIES.findall(query):
        yield name, set(_LABEL.findall(picked))


def grouped(query: str) -> set[str]:
    """The labels that a query groups by."""
    return {label.strip() for labels in _GROUPING.findall(query) for label in labels.split(",")}


def _filled(query: str, values: dict[str, str]) -> str:
    for name, value in values.items():
        query = query.replace(name, value)
    return query
