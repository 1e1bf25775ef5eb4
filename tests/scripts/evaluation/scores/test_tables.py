"""The tables of scores, for a terminal and for a card."""

from __future__ import annotations

from scripts.evaluation.scores.report import ScoreReport
from scripts.evaluation.scores.tables import as_markdown, as_text

REPORT = ScoreReport({"scores": {"prob": {"ECE": 0.1234, "mAP": None}}, "gate": {}})


def test_every_table_has_a_head_and_its_rows() -> None:
    """A figure that there is not is blank, and a table without rows is left out."""
    assert as_markdown(REPORT).splitlines() == [
        "| scores | ECE | mAP |",
        "| --- | ---: | ---: |",
        "| prob | 0.123 |  |",
    ]
    assert as_text(REPORT).splitlines() == ["scores    ECE  mAP", "prob    0.123"]
