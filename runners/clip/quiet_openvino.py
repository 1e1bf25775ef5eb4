"""OpenVINO without its telemetry, which would report every import, and without its converter,
which only an export needs and which is half of the import; `ov` is the module.

Nothing else of ours imports openvino.
"""

from __future__ import annotations

import sys
from typing import Any, cast

_TELEMETRY, _CONVERTER = "openvino_telemetry", "openvino.tools.ovc"

for _name in (_TELEMETRY, _CONVERTER):
    sys.modules.setdefault(_name, cast(Any, None))  # its import fails, OpenVINO goes on

import openvino as ov  # noqa: E402  only now

if sys.modules[_CONVERTER] is None:
    del sys.modules[_CONVERTER]

__all__ = ["converter", "ov"]


def converter() -> Any:
    """OpenVINO's `convert_model`."""
    from openvino.tools.ovc import convert_model

    return convert_model
