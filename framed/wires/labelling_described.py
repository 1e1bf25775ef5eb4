"""What `/docs` says of the answers of `/classify`, `/labels`, `/reload`."""

from __future__ import annotations

from framed.questions import MAX_LISTED
from framed.wires.answers_described import (
    ANYTHING,
    NUMBER,
    OBJECT,
    TEXT,
    WHOLE,
    YES_NO,
    a_list,
    a_map,
    an_object,
    held,
    or_null,
)
from framed.wires.matches_described import MATCH, NONE_MATCH, REASON, SOMETIMES, of_group

_LABEL = an_object(
    {"display": {**TEXT, "description": "With `language`."}, **SOMETIMES},
    label={**TEXT, "description": '"unsure" where the best is below `threshold`.'},
    prob={**NUMBER, "description": "Softmax share of all labels."},
    score={**NUMBER, "description": "Cosine of photo and label."},
    match=MATCH,
)
CLASSIFIED = an_object(
    {
        "crops": {**OBJECT, "description": "With `crops`: where the model looked closer."},
        "oom_fallback": {**YES_NO, "description": "true where memory sufficed for 224 only."},
        "scores": {**a_map(NUMBER), "description": "With `labels`: every label's share."},
        "top_label": {**TEXT, "description": "With `labels`: the first of them."},
        "inference_time_ms": NUMBER,
        "matches": {**a_map(MATCH), "description": "With `labels`: every label's match."},
        "match_reason": REASON,
        "groups": {**a_map(a_list(of_group(_LABEL))), "description": "With `top_k_per_group`."},
    },
    model=TEXT,
    device=TEXT,
    size={**WHOLE, "enum": [224, 336]},
    top_k=held(WHOLE, 1, MAX_LISTED),
    results=a_list(_LABEL),
    bank=ANYTHING,
    bank_checksum=ANYTHING,
    adjusted={
        **a_list(an_object(name=TEXT, asked=ANYTHING, used=ANYTHING)),
        "description": "Parameters that were held within what is possible.",
    },
    request_id=TEXT,
    none_match=NONE_MATCH,
)
_SAID = an_object(
    {
        "share": {**NUMBER, "description": "How often it is expected to apply."},
        "threshold": {**NUMBER, "description": "The match from which it is said to apply."},
        "templates": {**a_list(TEXT), "description": "Its own instead of the bank's."},
        "synonyms": {**a_list(TEXT), "description": "Further words for it."},
        "parent": {**TEXT, "description": "What stands above it."},
    }
)
_APART = {**YES_NO, "description": "Where true: ranked beside the bank's other labels."}
LABELS = an_object(
    labels=a_list(TEXT),
    templates=a_list(TEXT),
    bank=TEXT,
    checksum=TEXT,
    num_labels=WHOLE,
    languages=a_list(TEXT),
    share={**or_null(NUMBER), "description": "Of all labels; null: the bank does not say."},
    match_threshold={**or_null(NUMBER), "description": "Of all labels; null as above."},
    groups={
        **a_map(an_object({"apart": _APART}, labels=a_list(TEXT), exclusive=YES_NO)),
        "description": "Labels that answer one question, by the name of the group.",
    },
    entries={**a_map(_SAID), "description": "Labels of which the bank says more than their word."},
    banks=a_list(TEXT),
)
_REPORT = {
    "labels": WHOLE,
    "templates": WHOLE,
    "checksum_before": {"type": ["string", "null"]},
    "checksum": TEXT,
    "changed": YES_NO,
    "encoded_prompts": WHOLE,
    "seconds": NUMBER,
    "warnings": a_list(TEXT),
}
_REPORTS = a_map(an_object(**_REPORT))
RELOADED = an_object(
    {"models": {**a_map(_REPORTS), "description": "Where several models are served."}},
    bank=TEXT,
    **_REPORT,
    banks=_REPORTS,
    request_id=TEXT,
)
