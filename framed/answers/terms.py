"""What holds for all photos of one `/features` request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from framed.errors import FramedError
from framed.imaging.views import VERSION as VIEWS
from framed.photo import PlaneName
from framed.questions import FeaturesQuestion
from framed.results import Adjustment, ClipFacts, Measurements, TechnicalFacts
from framed.wires.kept import FORM

NOISE_FULL = "noise_full"


@dataclass(frozen=True)
class Terms:
    """The question, and the runners as they were when the request began.

    `clip` is None where the model could not be asked and fallback labels are answered; `refusal`
    says why. `technical` is None where the metrics have not answered yet.
    """

    question: FeaturesQuestion
    clip: ClipFacts | None
    technical: TechnicalFacts | None
    size: int | None = None
    adjusted: tuple[Adjustment, ...] = ()
    refusal: FramedError | None = None

    @property
    def requested(self) -> tuple[str, ...]:
        """The metrics that are measured only because this request asks for them."""
        return (NOISE_FULL,) if self.question.noise_full else ()

    @property
    def planes(self) -> tuple[PlaneName, ...]:
        """The views that the metrics look at."""
        return self.technical.planes(self.requested) if self.technical else ()

    def asked(self, clip: ClipFacts) -> dict[str, Any]:
        """What tells two cached answers about one photo apart that are both worth keeping."""
        question, rank = self.question, self.question.rank
        return {
            "model": clip.model_id,
            "bank": rank.bank or clip.default_bank,
            "size": self.size,
            "top_k": rank.top_k,
            "temperature": rank.temperature,
            "threshold": rank.threshold,
            "match_threshold": rank.match_threshold,
            "share": rank.share,
            "order": rank.order,
            "top_k_per_group": rank.top_k_per_group,
            "parents": rank.parents,
            "decode": question.decode,
            "crops": question.crops,
            "noise_full": question.noise_full,
            "backends": self._backends(),
        }

    def _backends(self) -> dict[str, str]:
        metrics = self.technical.metrics if self.technical else {}
        return {name: metric.backend for name, metric in metrics.items()}

    def version(self, content: str, limits: Mapping[str, Any]) -> dict[str, Any] | None:
        """All that an answer depends on: at any change it is made anew; None: not known now.

        `content` is the SHA-256 of the photo's bytes, `limits` what is refused.
        """
        if self.clip is None or self.technical is None:
            return None
        asked = self.asked(self.clip)
        banks = {bank.name: bank for bank in self.clip.banks}
        bank = banks.get(asked["bank"])
        if bank is None:
            return None
        metrics = self.technical.metrics
        return {
            "content": content,
            "model": self.clip.model_id,
            "revision": self.clip.revision,
            "engine": f"{self.clip.engine} {self.clip.precision} {self.clip.device}",
            "views": VIEWS,
            "form": FORM,
            "limits": dict(limits),
            "bank": asked["bank"],
            "bank_checksum": bank.checksum,
            "bank_edition": bank.edition,
            "metrics": {name: metric.version for name, metric in metrics.items()},
            "backends": asked["backends"],
            "settings": {name: value for name, value in asked.items() if name not in _TOLD},
        }

    def unmeasured(self, code: str) -> Measurements:
        """The measurements where the runner gave none: every number null, with the reason."""
        metrics = self.technical.metrics if self.technical else {}
        asked: Mapping[str, Any] = {
            name: metric
            for name, metric in metrics.items()
            if name in self.requested or not metric.on_request
        }
        return Measurements(
            values={number: None for metric in asked.values() for number in metric.names},
            warnings=dict.fromkeys(asked, code) or {"technical": code},
        )


_TOLD = ("model", "bank", "backends")  # by the version itself
