"""Compose with Prometheus and Grafana: one way in, no way out for the server, parts that fit."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
import yaml

from framed.settings import PREFIX, Settings
from tests.deploy.metrics import DASHBOARD, DEPLOY

COMPOSE = DEPLOY / "compose"
ELSEWHERE = ("BENTOML_HOME", "HOME")  # variables of the container that are not Framed's
DOORS = {"caddy", "grafana"}


def read(name: str) -> dict[str, Any]:
    """A file of the folder."""
    said: dict[str, Any] = yaml.safe_load((COMPOSE / name).read_text(encoding="utf-8"))
    return said


@pytest.fixture(scope="module")
def stack() -> dict[str, Any]:
    return read("compose.yaml")


@pytest.fixture(scope="module")
def services(stack: dict[str, Any]) -> dict[str, dict[str, Any]]:
    services: dict[str, dict[str, Any]] = stack["services"]
    return services


@pytest.mark.parametrize("name", ["framed", "caddy", "prometheus", "grafana"])
def test_no_service_has_rights(services: dict[str, dict[str, Any]], name: str) -> None:
    """Nothing writable but volumes, no capabilities; only Caddy may bind port 80."""
    service = services[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service.get("cap_add", []) == (["NET_BIND_SERVICE"] if name == "caddy" else [])
    assert not {"privileged", "network_mode", "pid", "ipc", "user"} & set(service)
    assert service["restart"] == "unless-stopped"


def test_the_server_is_reached_by_caddy_alone(
    stack: dict[str, Any], services: dict[str, dict[str, Any]]
) -> None:
    """It hangs on a network without a way out, and only two services are published: to loopback."""
    assert stack["networks"]["inside"]["internal"] is True
    for name, service in services.items():
        assert ("ports" in service) == (name in DOORS)
        assert ("outside" in service["networks"]) == (name in DOORS)
    published = [port for name in DOORS for port in services[name]["ports"]]
    assert all(re.match(r"\$\{\w+:-127\.0\.0\.1\}:", port) for port in published)


@pytest.mark.parametrize("name", ["compose.yaml", "gpu.yaml"])
def test_every_variable_is_a_setting(name: str) -> None:
    """None is passed that nobody reads."""
    known = {PREFIX + field.upper() for field in Settings.model_fields}
    assert set(read(name)["services"]["framed"]["environment"]) <= known | set(ELSEWHERE)


def test_what_the_server_writes_is_a_volume_or_memory(services: dict[str, dict[str, Any]]) -> None:
    """The image's cache outlives it; the rest lies where it is gone afterwards."""
    server = services["framed"]
    assert server["volumes"] == ["cache:/data"]
    assert "FRAMED_CACHE_DIR=/data" in (DEPLOY / "Dockerfile.template.j2").read_text()
    assert server["environment"]["BENTOML_HOME"].startswith("/tmp/")
    assert server["environment"]["HOME"] == "/tmp"
    assert [place.split(":")[0] for place in server["tmpfs"]] == ["/tmp"]


def test_the_proxy_is_trusted_and_nobody_else(
    stack: dict[str, Any], services: dict[str, dict[str, Any]]
) -> None:
    """What Caddy says of callers counts: it speaks from the inner network."""
    (network,) = stack["networks"]["inside"]["ipam"]["config"]
    assert services["framed"]["environment"]["FRAMED_TRUSTED_PROXIES"] == network["subnet"]
    assert services["caddy"]["environment"]["FRAMED_UPSTREAM"] == "framed:3000"


def test_what_is_mounted_is_there(
    stack: dict[str, Any], services: dict[str, dict[str, Any]]
) -> None:
    """Files of the repository are read only; the others are volumes that are declared."""
    for service in services.values():
        for mount in service["volumes"]:
            source, _, mode = mount.partition(":")
            if source.startswith("."):
                assert (COMPOSE / source).exists(), mount
                assert mode.endswith(":ro")
            else:
                assert source in stack["volumes"]


def test_prometheus_asks_the_service(services: dict[str, dict[str, Any]]) -> None:
    """By its name here, for its configuration is that of the repository."""
    config = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yml").read_text())
    (target,) = config["scrape_configs"][0]["static_configs"][0]["targets"]
    assert target.split(":")[0] in services


def test_grafana_shows_the_dashboard(services: dict[str, dict[str, Any]]) -> None:
    """It lies where the provisioning looks for it, asks nobody outside, and has a password."""
    grafana = services["grafana"]
    provider = yaml.safe_load(
        (DEPLOY / "grafana" / "provisioning" / "dashboards" / "framed.yaml").read_text()
    )
    looked_into = provider["providers"][0]["options"]["path"]
    assert any(f":{looked_into}/" in mount for mount in grafana["volumes"])
    assert json.loads(DASHBOARD.read_text())["title"] == "Framed"
    assert grafana["environment"]["GF_ANALYTICS_REPORTING_ENABLED"] == "false"
    assert "GF_SECURITY_ADMIN_PASSWORD__FILE" in grafana["environment"]
    ignored = (DEPLOY.parent / ".gitignore").read_text().splitlines()
    assert "deploy/compose/grafana-password" in ignored


def test_images_are_pinned(services: dict[str, dict[str, Any]]) -> None:
    """To a version; ours is the one that was built."""
    for name, service in services.items():
        tag = service["image"].rsplit(":", 1)[1]
        assert name == "framed" or re.match(r"v?\d+\.\d+", tag), name


def test_the_gpu_is_laid_over(services: dict[str, dict[str, Any]]) -> None:
    """Its file changes the one service, and asks for every GPU."""
    over = read("gpu.yaml")["services"]
    assert set(over) == {"framed"} <= set(services)
    (device,) = over["framed"]["deploy"]["resources"]["reservations"]["devices"]
    assert device == {"driver": "nvidia", "count": "all", "capabilities": ["gpu"]}
    assert over["framed"]["environment"]["FRAMED_DEVICE"] == "cuda"
