"""OpenVINO without its telemetry, which would report every import; `ov` is the module.

Nothing else of ours imports openvino.
"""

from __future__ import annotations

import sys
from typing import Any, cast

_TELEMETRY = "openvino_telemetry"

sys.modules.setdefault(_TELEMETRY, cast(Any, None))  # its import fails, OpenVINO goes on

import openvino as ov  # noqa: E402  only now

__all__ = ["ov"]
