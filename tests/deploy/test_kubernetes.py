"""The manifests: right by Kubernetes' own schema, without rights, and fitting one another."""

from __future__ import annotations

from typing import Any

import kubernetes_validate
import pytest

from framed.settings import PREFIX, Settings
from tests.deploy.kubernetes import FOLDER, OVERLAYS, container, documents, of_kind, pod, read

VERSIONS = ("1.30", kubernetes_validate.latest_version())  # the oldest meant, the newest known
VARIANTS = ("base", *OVERLAYS)
NAME = {"app.kubernetes.io/name": "framed"}
HANDFUL = 600  # seconds that a first start may take at least


def environment(variant: str = "base") -> dict[str, str]:
    """The variables of the container."""
    return {each["name"]: each["value"] for each in container(variant)["env"]}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("variant", VARIANTS)
def test_every_document_is_kubernetes(variant: str, version: str) -> None:
    """By the schema of the version, with no name that it does not know."""
    for document in documents(variant):
        kubernetes_validate.validate(document, version, strict=True)


def test_a_wrong_document_is_noticed() -> None:
    """The schema would find a mistyped name in ours."""
    document = of_kind("Deployment")
    document["spec"]["template"]["spec"]["containers"][0]["redinessProbe"] = {}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(document, VERSIONS[-1], strict=True)


def test_every_file_is_applied() -> None:
    """None lies in the base that its kustomization leaves out."""
    files = {file.name for file in (FOLDER / "base").glob("*.yaml")} - {"kustomization.yaml"}
    assert set(read(FOLDER / "base" / "kustomization.yaml")["resources"]) == files


def test_all_of_it_stands_in_one_namespace() -> None:
    """Which refuses pods that ask for more than the restricted standard of pod security."""
    namespace = of_kind("Namespace")
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    others = [each for each in documents() if each is not namespace and each["kind"] != "Namespace"]
    assert {each["metadata"]["namespace"] for each in others} == {namespace["metadata"]["name"]}


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_pod_has_no_rights(variant: str) -> None:
    """Not root, no capabilities, no way to more, no token of the cluster, the host out of reach."""
    spec, only = pod(variant), container(variant)
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["runAsUser"] == 1034  # BentoML's user in the image
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert spec["automountServiceAccountToken"] is False
    assert of_kind("ServiceAccount", variant)["automountServiceAccountToken"] is False
    assert only["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert not {"hostNetwork", "hostPID", "hostIPC", "hostUsers"} & set(spec)
    assert not [volume for volume in spec["volumes"] if "hostPath" in volume]


def test_what_is_written_is_mounted() -> None:
    """The folders of Framed, BentoML and the system lie where something may be written.

    That nothing else is written is tests/deploy/test_together.py's.
    """
    mounts = {each["mountPath"]: each["name"] for each in container()["volumeMounts"]}
    kinds = {each["name"]: each for each in pod()["volumes"]}
    variables = environment()
    assert "persistentVolumeClaim" in kinds[mounts[variables["FRAMED_CACHE_DIR"]]]
    for name in ("TMPDIR", "HOME"):
        assert kinds[mounts[variables[name]]]["emptyDir"]["sizeLimit"]
    assert variables["BENTOML_HOME"].startswith("/tmp/")


def test_the_cache_is_one_for_all_replicas() -> None:
    """That is how a reload of one becomes every one's."""
    claim = of_kind("PersistentVolumeClaim")
    claimed = [each.get("persistentVolumeClaim") for each in pod()["volumes"]]
    assert {"claimName": claim["metadata"]["name"]} in claimed
    assert claim["spec"]["accessModes"] == ["ReadWriteMany"]
    assert environment()["FRAMED_REPLICA_GROUP"]


def test_keys_come_from_a_secret_that_has_to_be_there() -> None:
    """As a folder, so that changed keys reach it; without the Secret no pod starts."""
    file = environment()["FRAMED_API_KEYS_FILE"]
    (mount,) = (each for each in container()["volumeMounts"] if each["name"] == "api-keys")
    (volume,) = (each for each in pod()["volumes"] if each["name"] == "api-keys")
    assert file.startswith(mount["mountPath"] + "/")
    assert mount["readOnly"] is True
    assert "subPath" not in mount
    assert "optional" not in volume["secret"]
    assert not [each for each in documents() if each["kind"] == "Secret"]  # none is committed


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_variable_is_a_setting(variant: str) -> None:
    """None is passed that nobody reads."""
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    ours = {name for name in environment(variant) if name.startswith(PREFIX)}
    assert ours <= known


def test_the_cluster_sets_no_setting_of_ours() -> None:
    """A Service named framed would make FRAMED_PORT an address, which is no port."""
    assert of_kind("Service")["metadata"]["name"] == "framed"
    assert pod()["enableServiceLinks"] is False


def test_probes_ask_for_what_they_mean() -> None:
    """Ready by /readyz, with minutes for a first start; alive by /livez, with patience."""
    only = container()
    startup, ready, alive = (only[f"{kind}Probe"] for kind in ("startup", "readiness", "liveness"))
    assert startup["httpGet"] == ready["httpGet"]
    assert ready["httpGet"]["path"] == "/readyz"
    assert alive["httpGet"]["path"] == "/livez"
    assert startup["periodSeconds"] * startup["failureThreshold"] >= HANDFUL
    assert alive["periodSeconds"] * alive["failureThreshold"] >= 60
    for probe in (startup, ready, alive):
        assert probe["httpGet"]["port"] == only["ports"][0]["name"]


def test_a_pod_leaves_the_service_before_it_ends() -> None:
    """It goes on taking requests for a while, and has time for those that run."""
    wait = int(container()["lifecycle"]["preStop"]["exec"]["command"][-1])
    assert wait >= 5
    assert wait + 30 <= pod()["terminationGracePeriodSeconds"]  # runners are killed after 30 s


def test_all_mean_the_same_pods() -> None:
    """Service, budget, policy and spread select what the Deployment makes."""
    deployment = of_kind("Deployment")["spec"]
    assert deployment["template"]["metadata"]["labels"].items() >= NAME.items()
    selectors = [
        deployment["selector"]["matchLabels"],
        of_kind("Service")["spec"]["selector"],
        of_kind("PodDisruptionBudget")["spec"]["selector"]["matchLabels"],
        of_kind("NetworkPolicy")["spec"]["podSelector"]["matchLabels"],
        pod()["topologySpreadConstraints"][0]["labelSelector"]["matchLabels"],
    ]
    assert selectors == [NAME] * len(selectors)


def test_one_pod_may_always_go() -> None:
    """The budget leaves room to drain a node: fewer are demanded than there are at least."""
    scaler = of_kind("HorizontalPodAutoscaler")["spec"]
    assert of_kind("PodDisruptionBudget")["spec"]["minAvailable"] < scaler["minReplicas"]
    assert "replicas" not in of_kind("Deployment")["spec"]  # applying again would undo the scaler


def test_the_network_is_closed() -> None:
    """In: one port, from labelled namespaces. Out: nothing but names."""
    policy = of_kind("NetworkPolicy")["spec"]
    assert set(policy["policyTypes"]) == {"Ingress", "Egress"}
    ((allowed,),) = ([each] for each in policy["ingress"])
    assert [each["port"] for each in allowed["ports"]] == [3000]
    assert [set(each) for each in allowed["from"]] == [{"namespaceSelector"}]
    assert allowed["from"][0]["namespaceSelector"]["matchLabels"]
    assert _ports(policy["egress"]) == {53}


def test_only_the_web_is_added_for_photos_by_address() -> None:
    """Private, loopback and link-local networks stay closed, the clouds' metadata among them."""
    *_, web = of_kind("NetworkPolicy", "url-input")["spec"]["egress"]
    refused = {network for block in web["to"] for network in block["ipBlock"]["except"]}
    assert _ports([web]) == {80, 443}
    assert refused >= {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16"}
    assert refused >= {"127.0.0.0/8", "fc00::/7", "fe80::/10"}
    assert environment("url-input")["FRAMED_URL_INPUT"] == "on"


def test_a_gpu_is_asked_for() -> None:
    """One a replica, on nodes that keep others away, with a model that is worth it."""
    assert container("gpu")["resources"]["limits"]["nvidia.com/gpu"] == 1
    assert pod("gpu")["tolerations"]
    assert environment("gpu")["FRAMED_DEVICE"] == "cuda"
    assert environment("gpu")["FRAMED_MODEL"] != environment()["FRAMED_MODEL"]


def test_replicas_are_added_by_the_wait_for_a_turn() -> None:
    """The scaler asks for the metric that the rule for prometheus-adapter makes."""
    (metric,) = of_kind("HorizontalPodAutoscaler")["spec"]["metrics"]
    (rule,) = read(FOLDER / "prometheus-adapter.yaml")["rules"]["custom"]
    assert metric["pods"]["metric"]["name"] == rule["name"]["as"]
    assert 'stage="turn"' in rule["seriesQuery"]
    assert {"namespace", "pod"} <= set(rule["resources"]["overrides"])


def _ports(rules: list[dict[str, Any]]) -> set[int]:
    return {each["port"] for rule in rules for each in rule["ports"]}
