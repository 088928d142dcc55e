"""Compose files and Kubernetes manifests: nobody runs as root, writes elsewhere or erases; each queue is served."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from archive.queues import Queue
from deploy.secrets import contents, second
from service.cli import COMMANDS

ROOT: Final = Path(__file__).resolve().parents[3]
KUBERNETES: Final = ROOT / "deploy" / "kubernetes"


def read(name: str) -> Any:  # noqa: ANN401 - YAML
    return yaml.safe_load((ROOT / name).read_text("utf-8"))


def objects() -> list[Any]:
    listed = yaml.safe_load((KUBERNETES / "kustomization.yaml").read_text("utf-8"))["resources"]
    assert set(listed) | {"kustomization.yaml"} == {path.name for path in KUBERNETES.glob("*.yaml")}
    return [each for name in listed for each in yaml.safe_load_all((KUBERNETES / name).read_text("utf-8"))]


COMPOSED: Final = read("docker-compose.yml")
OVERLAY: Final = read("docker-compose.second-site.yml")
OURS: Final = {name: each for name, each in COMPOSED["services"].items() if each["image"].startswith("anjuan:")}
DEPLOYED: Final = {each["metadata"]["name"]: each for each in objects() if each["kind"] == "Deployment"}


def pod(name: str) -> Any:  # noqa: ANN401 - as above
    return DEPLOYED[name]["spec"]["template"]["spec"]


def served(command: str) -> set[str]:
    found = re.search(r"--queues[ ,]+([a-z,]+)", command)
    return set(found[1].split(",")) if found else set()


def test_the_image_is_built_in_stages_from_one_base_and_runs_as_nobody_special() -> None:
    text = (ROOT / "deploy/image/Dockerfile").read_text("utf-8")
    froms = re.findall(r"^FROM (\S+)", text, re.MULTILINE)
    assert len(froms) == 3
    assert set(froms) <= {"${BASE}", "packages"}
    assert re.findall(r"^USER (\S+)", text, re.MULTILINE) == ["999:999"]
    assert "HEALTHCHECK" in text


@pytest.mark.parametrize("name", OURS)
def test_a_composed_container_writes_nowhere_else_and_is_watched(name: str) -> None:
    one = OURS[name]
    assert one["read_only"] is True
    assert one["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in one["security_opt"]
    assert one["healthcheck"]["test"][0] == "CMD"
    assert one["command"].split()[:2] == ["anjuan", one["command"].split()[1]]
    assert one["command"].split()[1] in COMMANDS


def test_every_queue_is_served_by_either_and_one_container_alone_may_erase() -> None:
    assert set().union(*(served(one["command"]) for one in OURS.values())) == set(Queue)
    assert set().union(*(served(",".join(pod(name)["containers"][0]["command"])) for name in DEPLOYED)) == set(Queue)
    assert [name for name, one in OURS.items() if "anjuan_store_destroy_url" in one["secrets"]] == ["destroyer"]
    erases = [name for name in DEPLOYED if "anjuan-destroy" in str(pod(name)["volumes"])]
    assert erases == ["destroyer"]
    overlaid = OVERLAY["services"]
    assert [name for name, one in overlaid.items() if "second_destroy" in one["secrets"]] == ["destroyer"]
    assert set(overlaid) - set(COMPOSED["services"]) == {"minio-second"}


def test_every_secret_that_is_composed_is_made() -> None:
    made = {*contents(), "master_key"}
    assert set(COMPOSED["secrets"]) <= made
    assert set(OVERLAY["secrets"]) == set(second())


@pytest.mark.parametrize("name", DEPLOYED)
def test_a_pod_is_confined_probed_and_bounded(name: str) -> None:
    spec = pod(name)
    [container] = spec["containers"]
    assert (spec["securityContext"]["runAsNonRoot"], spec["automountServiceAccountToken"]) == (True, False)
    confined = container["securityContext"]
    assert (confined["readOnlyRootFilesystem"], confined["allowPrivilegeEscalation"]) == (True, False)
    assert confined["capabilities"] == {"drop": ["ALL"]}
    assert {"livenessProbe", "startupProbe"} <= set(container)
    assert container["resources"]["limits"]["memory"]
    assert container["command"][1] in COMMANDS
    unconfined = spec["securityContext"]["seccompProfile"]["type"] == "Unconfined"
    assert unconfined == ("read" in served(",".join(container["command"]))), "only who opens files makes namespaces"
    assert {each["name"] for each in container["volumeMounts"]} == {each["name"] for each in spec["volumes"]}


def test_what_waits_decides_how_many_read() -> None:
    scaled = [each for each in objects() if each["kind"] == "HorizontalPodAutoscaler"]
    assert {each["spec"]["scaleTargetRef"]["name"] for each in scaled} == {"reader", "light"}
    for each in scaled:
        [metric] = each["spec"]["metrics"]
        assert metric["external"]["metric"]["name"] == "anjuan_jobs_due"
        target = DEPLOYED[each["spec"]["scaleTargetRef"]["name"]]
        assert "replicas" not in target["spec"], "else each apply sets it back"
        queue = metric["external"]["metric"]["selector"]["matchLabels"]["queue"]
        assert queue in served(",".join(pod(target["metadata"]["name"])["containers"][0]["command"]))
