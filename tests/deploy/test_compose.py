"""The compose file stands where the embedding service stood: its name, port, user and volume."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from framed.older_names import OLDER_NAMES
from framed.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILE = ROOT / "deploy" / "Dockerfile.template.j2"


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load(
        (ROOT / "deploy" / "docker-compose.yaml").read_text(encoding="utf-8")
    )
    return read


@pytest.fixture(scope="module")
def service(compose: dict[str, Any]) -> dict[str, Any]:
    (only,) = compose["services"].values()
    assert isinstance(only, dict)
    return only


def test_it_listens_where_the_embedding_service_did(service: dict[str, Any]) -> None:
    """Port 8093, for this machine unless said otherwise."""
    assert service["environment"]["PORT"] == "8093"
    assert service["ports"] == ["${FRAMED_PUBLISH:-127.0.0.1}:8093:8093"]
    assert service["environment"]["CLIP_MODEL"].endswith(":-openai-l14}")  # 768 dimensions


def test_every_variable_is_a_setting(service: dict[str, Any]) -> None:
    """None is passed that nobody reads."""
    aliases = (field.validation_alias for field in Settings.model_fields.values())
    known = {name for alias in aliases for name in getattr(alias, "choices", ())}
    assert set(service["environment"]) <= known | set(OLDER_NAMES)


def test_it_has_no_rights(service: dict[str, Any]) -> None:
    """The image's own user stays, without capabilities and without a way to more."""
    assert "user" not in service
    assert "privileged" not in service
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]


def test_health_is_asked_by_the_images_own_question(service: dict[str, Any]) -> None:
    """With the time that the embedding service had to start."""
    assert service["healthcheck"]["start_period"] == "60s"
    assert "test" not in service["healthcheck"]
    assert "HEALTHCHECK" in DOCKERFILE.read_text(encoding="utf-8")


def test_models_outlive_the_container(compose: dict[str, Any], service: dict[str, Any]) -> None:
    """In a volume at the image's cache folder; a folder of the host's is read only."""
    places = [volume.split(":")[-1] for volume in service["volumes"]]
    assert service["volumes"][0] == "framed:/data"
    assert "framed" in compose["volumes"]
    assert places[1:] == ["ro"]
    template = DOCKERFILE.read_text(encoding="utf-8")
    assert "FRAMED_CACHE_DIR=/data" in template
    assert "VOLUME /data" in template


def test_it_is_started_again(service: dict[str, Any]) -> None:
    """In a container BentoML ends when a worker dies, for the policy to start it afresh."""
    assert service["restart"] == "unless-stopped"
