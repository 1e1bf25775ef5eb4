"""Rules and dashboard: right by Prometheus' own tools, and they ask for nothing that is not there.

That a running server has these metrics is tests/deploy/test_together.py's.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from framed.errors import Code
from tests.deploy.metrics import (
    AROUND,
    DASHBOARD,
    DEPLOY,
    HISTOGRAMS,
    SERIES,
    adapted,
    alerts,
    grouped,
    panels,
    queries,
    series,
)

PROMETHEUS = DEPLOY / "prometheus"
PROVISIONING = DEPLOY / "grafana" / "provisioning"

needs_promtool = pytest.mark.skipif(
    shutil.which("promtool") is None, reason="promtool is not installed"
)


def promtool(*words: str) -> str:
    """What promtool says of something that has to be right."""
    done = subprocess.run(
        ["promtool", *words], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@needs_promtool
def test_the_configuration_is_prometheus() -> None:
    """And the rules that it names, which lie beside it."""
    assert "1 rule files found" in promtool("check", "config", str(PROMETHEUS / "prometheus.yml"))


@needs_promtool
def test_alerts_warn_where_they_should() -> None:
    """By the examples of tests.yml."""
    promtool("test", "rules", str(PROMETHEUS / "tests.yml"))


def test_every_alert_has_examples_of_both() -> None:
    """One in which it warns, and one in which it stays quiet; each says what to look at."""
    examples = yaml.safe_load((PROMETHEUS / "tests.yml").read_text(encoding="utf-8"))["tests"]
    looks = [look for each in examples for look in each["alert_rule_test"]]
    for alert in alerts():
        expected = {
            bool(look["exp_alerts"]) for look in looks if look["alertname"] == alert["alert"]
        }
        assert expected == {True, False}, alert["alert"]
        assert set(alert["annotations"]) == {"summary", "description"}
        assert alert["labels"]["severity"] in ("page", "ticket")


@needs_promtool
def test_every_query_is_promql(tmp_path: Path) -> None:
    """Those of the dashboard and of the autoscaler too."""
    rules = [
        {"record": f"query:{number}", "expr": query} for number, (_, query) in enumerate(queries())
    ]
    file = tmp_path / "rules.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "queries", "rules": rules}]}))
    promtool("check", "rules", str(file))


@pytest.mark.parametrize(("where", "query"), queries())
def test_only_known_metrics_are_asked_for(where: str, query: str) -> None:
    """And picked and grouped by labels that they have."""
    named = list(series(query))
    known = AROUND.union(*(SERIES.get(name, set()) for name, _ in named))
    assert named or "up{" in query
    assert {name for name, _ in named} <= set(SERIES), where
    assert all(labels <= SERIES[name] | AROUND for name, labels in named), where
    assert grouped(query) <= known, where


def test_every_metric_is_shown() -> None:
    """The dashboard leaves none out."""
    shown = {name for _, query in panels() for name, _ in series(query)}
    histograms = {name for name in HISTOGRAMS if name + "_bucket" in shown}
    assert {name.rsplit("_bucket")[0] for name in shown} >= set(HISTOGRAMS) == histograms
    assert shown >= {name for name in SERIES if not name.startswith(tuple(HISTOGRAMS))}


def test_codes_are_words_of_the_service() -> None:
    """Every code that a rule, panel or example picks is one that Framed answers."""
    picked = re.compile(r'(?:code|outcome)(?:=~?|!~?)"([^"]*)"')
    examples = (PROMETHEUS / "tests.yml").read_text(encoding="utf-8")
    texts = [examples, *(query for _, query in queries() if "framed_cache" not in query)]
    patterns = {word for text in texts for all_ in picked.findall(text) for word in all_.split("|")}
    for pattern in patterns - {"", "ok"}:
        assert any(re.fullmatch(pattern, code) for code in Code), pattern


@needs_promtool
def test_the_autoscaler_sees_the_wait_and_never_nothing(tmp_path: Path) -> None:
    """Seconds of the slowest of twenty for a pod with photos, and 0 for one without."""
    bucket = 'framed_stage_seconds_bucket{namespace="framed",stage="turn",pod="%s",le="%s"}'
    counts = {("busy", "0.5"): "0+0x10", ("busy", "1"): "0+60x10", ("busy", "+Inf"): "0+60x10"}
    idle = {("idle", le): "5x10" for le in ("0.5", "1", "+Inf")}
    ready = {f'framed_ready{{namespace="framed",pod="{pod}"}}': "1x10" for pod in ("busy", "idle")}
    buckets = {bucket % of: values for of, values in {**counts, **idle}.items()}
    example = {
        "interval": "1m",
        "input_series": [{"series": k, "values": v} for k, v in {**buckets, **ready}.items()],
        "promql_expr_test": [
            {
                "expr": adapted(),
                "eval_time": "10m",
                "exp_samples": [
                    {"labels": '{pod="busy"}', "value": 0.975},
                    {"labels": '{pod="idle"}', "value": 0},
                ],
            }
        ],
    }
    file = tmp_path / "tests.yml"
    file.write_text(yaml.safe_dump({"evaluation_interval": "1m", "tests": [example]}))
    promtool("test", "rules", str(file))


def test_grafana_finds_source_and_dashboard() -> None:
    """Under the names that the dashboard and the compose file use."""
    dashboard = json.loads(DASHBOARD.read_text(encoding="utf-8"))
    sources = yaml.safe_load((PROVISIONING / "datasources" / "prometheus.yaml").read_text())
    source, instance = dashboard["templating"]["list"]
    assert source["query"] == sources["datasources"][0]["type"] == "prometheus"
    asked = {panel["datasource"]["uid"] for panel in dashboard["panels"] if "datasource" in panel}
    assert asked == {"${" + source["name"] + "}"}
    assert [name for name, _ in series(instance["query"]["query"])] == ["framed_ready"]


def test_panels_do_not_overlap() -> None:
    """Each has an id and a place of its own in the grid of 24 columns."""
    shown = json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]
    assert len({panel["id"] for panel in shown}) == len(shown)
    cells = [
        (x, y)
        for place in (panel["gridPos"] for panel in shown)
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24
