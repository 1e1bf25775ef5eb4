"""The manifests as a cluster gets them: the base, and an overlay's patches laid over it."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "deploy" / "kubernetes"
OVERLAYS = ("gpu", "url-input")

Document = dict[str, Any]


def documents(variant: str = "base") -> list[Document]:
    """Every document of the base, or of an overlay, as `kubectl apply -k` would send it."""
    kustomization = read(FOLDER / variant / "kustomization.yaml")
    if variant == "base":
        return [read(FOLDER / "base" / name) for name in kustomization["resources"]]
    patched = documents()
    for patch in kustomization["patches"]:
        (target,) = (each for each in patched if _is_target(each, patch["target"]))
        for operation in yaml.safe_load(patch["patch"]):
            _apply(target, operation)
    return patched


def read(file: Path) -> Document:
    """The one document of a file."""
    document: Document = yaml.safe_load(file.read_text(encoding="utf-8"))
    return document


def of_kind(kind: str, variant: str = "base") -> Document:
    """The one document of a kind."""
    (only,) = (each for each in documents(variant) if each["kind"] == kind)
    return only


def pod(variant: str = "base") -> Document:
    """The pod that the Deployment makes."""
    spec: Document = of_kind("Deployment", variant)["spec"]["template"]["spec"]
    return spec


def container(variant: str = "base") -> Document:
    """Its one container."""
    (only,) = pod(variant)["containers"]
    assert isinstance(only, dict)
    return only


def _is_target(document: Document, target: Document) -> bool:
    return (document["kind"], document["metadata"]["name"]) == (target["kind"], target["name"])


def _apply(document: Document, operation: Document) -> None:
    """One operation of RFC 6902; what it replaces, and what it adds to, has to be there."""
    *way, last = [
        part.replace("~1", "/").replace("~0", "~") for part in operation["path"].split("/")[1:]
    ]
    place: Any = document
    for part in way:
        place = place[int(part)] if isinstance(place, list) else place[part]
    value = copy.deepcopy(operation["value"])
    if isinstance(place, list):
        place.append(value) if last == "-" else place.__setitem__(int(last), value)
    else:
        assert operation["op"] == "add" or last in place, operation["path"]
        place[last] = value
