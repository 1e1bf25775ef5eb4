"""The bill of materials of this environment."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packaging.utils import canonicalize_name

from framed import __version__
from scripts import sbom
from scripts.supply_chain.bill import kept
from scripts.supply_chain.served import PINS, pins

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("sbom") / "below" / "sbom.json"
    assert sbom.main(["--into", str(file)]) == 0
    return file


def test_it_is_cyclonedx(written):
    """By the specification's own schema; a few components show it, all would take many seconds."""
    few = kept(json.loads(written.read_text()), {"pillow", "numpy", "fastapi"}, __version__)
    assert len(few["components"]) == 3
    validator = JsonStrictValidator(SchemaVersion.V1_6)
    assert validator.validate_str(json.dumps(few)) is None


def test_it_names_what_is_served_and_no_tools(written):
    """Every pin with its version, what the pins bring along, and nothing of the developers'."""
    said = json.loads(written.read_text())
    listed = {canonicalize_name(each["name"]): each["version"] for each in said["components"]}
    pinned = {canonicalize_name(pin.name): pin for pin in pins(PINS)}
    assert all(pinned[name].specifier.contains(listed[name]) for name in pinned)
    assert not {"pytest", "ruff", "mypy", "cyclonedx-bom"} & set(listed)
    assert said["metadata"]["component"]["name"] == "framed"
    assert said["metadata"]["component"]["version"] == __version__


def test_it_is_the_same_again_and_tells_nothing_of_this_machine(written, tmp_path):
    """No time, no serial number, no path."""
    again = tmp_path / "again.json"
    sbom.main(["--into", str(again)])
    assert again.read_text() == written.read_text()
    assert str(ROOT) not in written.read_text()
    assert "file:" not in written.read_text()
