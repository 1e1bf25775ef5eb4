"""Label banks, and what `/analyze` shows of them."""

from __future__ import annotations

from pydantic import BaseModel, Field


class Labels(BaseModel):
    """Label banks, and what `/analyze` shows of them."""

    default_bank: str = Field("default", description="Label bank used when a request names none.")
    replica_group: str | None = Field(
        None,
        pattern=r"^[A-Za-z0-9_-]{1,64}$",
        description="Name of a group of servers that share a cache folder: a reload of one of them "
        "serves on all within seconds; none: each reloads for itself.",
    )
    match: bool = Field(
        True,
        description="Work out each label's `match`: `False` saves the look at 44 reference photos "
        "when a model is first loaded, and every `match` is null.",
    )
    analyze_bank: str = Field("everyday", description="Label bank of `/analyze`.")
    analyze_threshold: float = Field(
        0.01,
        ge=0,
        le=1,
        description="Least confidence of a prediction of `/analyze`.",
    )
    analyze_predictions: int = Field(
        10,
        ge=1,
        le=1000,
        description="Most predictions of `/analyze`.",
    )
    emoji_host: str | None = Field(
        None,
        description="Host of an `emoji_mappings.json` to ask where Framed's own emoji end; none: "
        "nobody is asked.",
    )
    emoji_port: int = Field(
        8080,
        ge=1,
        le=65535,
        description="Port of that host.",
    )
    emoji_timeout: float = Field(
        2.0,
        gt=0,
        description="Seconds that host has to answer.",
    )
    fallback_labels: bool = Field(
        False,
        description="`True`: where the model fails, `/features` answers the first five labels of "
        "the default bank without figures and with `fallback: true`, instead of an error.",
    )
