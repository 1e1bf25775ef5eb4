"""The settings' names of older services, heard where the `FRAMED_*` name is not set."""

from __future__ import annotations

import ipaddress
import os
from typing import Any

from pydantic_settings import DotEnvSettingsSource, PydanticBaseSettingsSource

OLDER_NAMES = {  # the names of older services, weakest first; FRAMED_* wins over all of them
    "PORT": "port",
    "HOST": "host",
    "CLIP_MODEL": "model",
    "CLIP_MODEL_PATH": "model",
    "CLIP_ENGINE_PATH": "engine_cache",
    "CLIP_USE_TENSORRT": "tensorrt",
    "CLIP_CONFIDENCE_THRESHOLD": "analyze_threshold",
    "CLIP_MAX_PREDICTIONS": "analyze_predictions",
    "API_HOST": "emoji_host",
    "API_PORT": "emoji_port",
    "API_TIMEOUT": "emoji_timeout",
    "PRIVATE": "private",
    "PYROSCOPE_ENABLED": "profiling",
    "PYROSCOPE_URL": "profiling_url",
    "ENVIRONMENT": "environment",
}


_FALSE = ("false", "0", "no", "off")


class OlderNames(PydanticBaseSettingsSource):
    """The older services' names (`PORT`, `HOST`, `CLIP_MODEL` …), weaker than any `FRAMED_*`."""

    def get_field_value(self, field: Any, field_name: str) -> tuple[Any, str, bool]:
        return None, field_name, False

    def __call__(self) -> dict[str, Any]:
        dotenv = DotEnvSettingsSource(self.settings_cls)
        named = {k.upper(): v for k, v in (*dotenv.env_vars.items(), *os.environ.items()) if v}
        found = {field: named[name] for name, field in OLDER_NAMES.items() if name in named}
        if "host" in found and not _is_address(str(found["host"])):
            del found["host"]  # conda exports HOST as a build triplet
        if str(found.get("private")).lower() in _FALSE:
            found.setdefault("host", "0.0.0.0")  # who says so means the public service it was
        return found


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
