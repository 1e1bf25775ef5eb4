"""What the log says of labels."""

from __future__ import annotations

from dataclasses import replace

from framed.routes.logged import label_fields
from tests.wires.results import features


def test_a_long_list_is_counted() -> None:
    """Its first labels, and how many there are; a short one stands as it is."""
    about = features().classification
    assert about is not None
    assert "topk_count" not in label_fields(about)
    many = about.ranking.results[:1] * 600
    line = label_fields(replace(about, ranking=replace(about.ranking, results=many)))
    assert (len(line["topk_labels"]), line["topk_count"]) == (10, 600)
