"""How Kubernetes scales, moves and ends our pods."""

import re
from collections.abc import Mapping
from typing import Any, get_args

import pytest
from support.k8s_objects import COMPOSE, ENDS_WITHIN_S, SECRET, Object, of, pods

from service.adapters.redis import keys
from service.adapters.redis.leases import LEASE_LIFE_S
from service.cameras.assignment_dependencies import AssignmentOptions
from tracker.metric_names import CameraGauge

ZONES_AND_MACHINES = {"kubernetes.io/hostname", "topology.kubernetes.io/zone"}
QUEUES = ("windows", "windows-11", "rtmo")


def test_workers_scale_on_the_lag_of_their_stream(everything: list[Object]) -> None:
    """KEDA is told the stream and the group that the code uses, and nobody else sets a number."""
    (scaled,) = of(everything, "ScaledObject").values()
    (trigger,) = scaled["spec"]["triggers"]
    (login,) = of(everything, "TriggerAuthentication").values()
    (password,) = login["spec"]["secretTargetRef"]

    assert trigger["type"] == "redis-streams"
    assert trigger["metadata"]["stream"] == keys.windows(0)
    assert trigger["metadata"]["consumerGroup"] == keys.WORKER_GROUP
    assert {"lagCount", "activationLagCount"} <= trigger["metadata"].keys()  # KEDA wants both
    assert trigger["authenticationRef"]["name"] == login["metadata"]["name"]
    assert (password["name"], password["key"]) == ("posewarden", "redis_password")
    assert password["key"] in SECRET["stringData"]
    assert (
        "replicas"
        not in of(everything, "Deployment")[scaled["spec"]["scaleTargetRef"]["name"]]["spec"]
    )


def test_workers_scale_on_what_prometheus_knows_of_all_shards(cluster: list[Object]) -> None:
    """The query asks for a metric of ours, for the streams of every shard and no other queue."""
    (scaled,) = of(cluster, "ScaledObject").values()
    (trigger,) = scaled["spec"]["triggers"]

    asked = re.fullmatch(
        r'sum\(max by \(queue\) \(posewarden_(\w+)\{queue=~"(.+)"\}\)\)',
        trigger["metadata"]["query"],
    )

    assert asked is not None
    assert asked[1] in get_args(CameraGauge)
    assert [each for each in QUEUES if re.fullmatch(asked[2], each)] == ["windows", "windows-11"]


@pytest.mark.parametrize("site", ["base", "cluster"])
def test_every_workload_moves_without_harm(request: pytest.FixtureRequest, site: str) -> None:
    """A budget of one pod at a time, spread over machines and zones, and time to end for each."""
    objects = request.getfixturevalue(site)
    budgets = of(objects, "PodDisruptionBudget")
    for name, template in pods(objects).items():
        spec, labels = template["spec"], {"app.kubernetes.io/name": name}
        spread = spec["topologySpreadConstraints"]
        assert budgets[name]["spec"]["maxUnavailable"] == 1, name
        assert budgets[name]["spec"]["selector"]["matchLabels"] == labels, name
        assert {each["topologyKey"] for each in spread} == ZONES_AND_MACHINES, name
        assert all(each["labelSelector"]["matchLabels"] == labels for each in spread), name
        assert spec["terminationGracePeriodSeconds"] > _slept_s(spec) + ENDS_WITHIN_S, name


def test_cameras_have_the_time_to_be_handed_over(base: list[Object]) -> None:
    """In Kubernetes as in Compose: longer than an ending process waits for its successors."""
    needed_s = AssignmentOptions().leave_s + AssignmentOptions().end_s
    granted_s = pods(base)["camera"]["spec"]["terminationGracePeriodSeconds"]

    assert granted_s > needed_s
    assert COMPOSE["camera"]["stop_grace_period"] == f"{granted_s}s"


def test_a_rollout_starts_the_new_before_it_ends_the_old(base: list[Object]) -> None:
    """Of cameras and workers: whoever ends gives to somebody who is there already."""
    deployments = of(base, "Deployment")
    for name in ("camera", "worker"):
        spec = deployments[name]["spec"]
        assert spec["strategy"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}, name
        assert spec["minReadySeconds"] > LEASE_LIFE_S, name  # it has joined, and got a share


def test_workers_on_gpus_say_so(everything: list[Object]) -> None:
    """The component asks for a device, takes compose's image and wants CUDA."""
    (container,) = pods(everything)["worker"]["spec"]["containers"]

    assert container["image"] == COMPOSE["worker-gpu"]["image"]
    assert container["resources"]["limits"]["nvidia.com/gpu"] == 1
    assert {"name": "POSEWARDEN_PROVIDER", "value": "cuda"} in container["env"]


def _slept_s(spec: Mapping[str, Any]) -> float:
    """How long a pod's container sleeps before it is told to end."""
    hook = spec["containers"][0].get("lifecycle", {}).get("preStop", {})
    return float(hook.get("sleep", {}).get("seconds", 0))
