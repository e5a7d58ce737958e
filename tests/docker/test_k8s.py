"""The Kubernetes base: valid, sealed, consistent in itself and with the compose file."""

import base64
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import kubernetes_validate
import pytest
from support.images import DOCKERFILE, ROLES
from support.k8s_objects import COMPOSE, ENDS_WITHIN_S, K8S, ROOT, SECRET, Object, Overlay, of, pods

from service.adapters.redis.addresses import SHARDS_OF_THREE_MASTERS, read_address
from service.config.load import load
from service.config.settings import Settings
from service.roles.deciding import DECIDE_METRICS_PORT


@pytest.mark.slow
@pytest.mark.parametrize("version", ["1.30", "1.37"])
@pytest.mark.parametrize("site", ["everything", "cluster"])
def test_every_object_obeys_its_schema(
    request: pytest.FixtureRequest, site: str, version: str
) -> None:
    """Kubernetes' own schemas accept each object, unknown fields refused."""
    objects = [*request.getfixturevalue(site), SECRET]
    ours = [each for each in objects if not each["apiVersion"].startswith("keda.sh/")]
    for each in ours:
        kubernetes_validate.validate(each, version, strict=True)

    assert len(ours) >= 15


def test_selectors_find_pods(base: list[Object]) -> None:
    """Every selector of a service, workload, budget or policy matches a pod of ours."""
    labels = [template["metadata"]["labels"] for template in pods(base).values()]
    for each in base:
        for selector in _selectors(each):
            wanted = selector.get("matchLabels", selector).items()
            assert any(wanted <= each.items() for each in labels), (each["kind"], selector)


@pytest.mark.parametrize("components", [("decide",), ("redis-elsewhere",)])
def test_what_may_stand_anywhere_may_have_any_address(
    overlay: Overlay, components: Sequence[str]
) -> None:
    """A policy that lets a role out does so by IPv4 and by IPv6."""
    policies = of(overlay(*components), "NetworkPolicy").values()
    opened = [
        [peer["ipBlock"]["cidr"] for peer in rule["to"]]
        for policy in policies
        for rule in policy["spec"].get("egress", ())
        if any("ipBlock" in peer for peer in rule["to"])
    ]

    assert len(opened) == 3  # the API, cameras, and the component's
    assert all(blocks == ["0.0.0.0/0", "::/0"] for blocks in opened)


def test_an_api_that_waits_for_redis_is_not_ended(base: list[Object]) -> None:
    """It listens once Redis has answered; Redis may take an hour to have its disk again."""
    (container,) = pods(base)["api"]["spec"]["containers"]
    probe = container["startupProbe"]

    assert probe["httpGet"] == container["livenessProbe"]["httpGet"]
    assert probe["periodSeconds"] * probe["failureThreshold"] >= 3600


def test_an_overlay_replaces_the_site(everything: list[Object]) -> None:
    """The overlay's site.yaml is the only one, and a change of it rolls the roles."""
    (site,) = (each for name, each in of(everything, "Secret").items() if name.startswith("site-"))

    said = base64.b64decode(site["data"]["site.yaml"]).decode()
    assert said == (ROOT / "site.example.yaml").read_text()


def test_references_lead_somewhere(everything: list[Object]) -> None:
    """Each volume's ConfigMap or Secret exists, with the keys that are taken from it."""
    maps = of(everything, "ConfigMap")
    secrets = of([*everything, SECRET], "Secret")
    for name, template in pods(everything).items():
        spec = template["spec"]
        claims = of(everything, "StatefulSet").get(name, {}).get("spec", {})
        volumes = {each["name"] for each in spec["volumes"]}
        volumes |= {each["metadata"]["name"] for each in claims.get("volumeClaimTemplates", [])}
        assert {each["name"] for each in spec["containers"][0]["volumeMounts"]} == volumes
        for volume in spec["volumes"]:
            if "configMap" in volume:
                assert volume["configMap"]["name"] in maps
            if "secret" in volume:
                held = secrets[volume["secret"]["secretName"]]
                known = {**held.get("data", {}), **held.get("stringData", {})}
                assert {each["key"] for each in volume["secret"].get("items", [])} <= known.keys()


def test_secrets_of_outputs_reach_who_delivers_alone(everything: list[Object]) -> None:
    """The API and deciders have every key of the secret, the others those that they need."""
    held = {
        name: [each["secret"] for each in template["spec"]["volumes"] if each["name"] == "secrets"]
        for name, template in pods(everything).items()
    }

    keys_of = {
        name: sorted(e["key"] for e in each.get("items", ())) for name, (each,) in held.items()
    }
    assert keys_of == {
        "api": [],  # all
        "decide": [],
        "camera": ["api_key", "redis_password"],
        "worker": ["api_key", "redis_password"],
        "redis": ["redis_password"],
    }


def test_every_pod_is_sealed(everything: list[Object]) -> None:
    """Each meets the restricted profile, and has a root file system to read only."""
    for name, template in pods(everything).items():
        spec = template["spec"]
        (container,) = spec["containers"]
        assert spec["automountServiceAccountToken"] is False, name
        assert spec["enableServiceLinks"] is False, name  # POSEWARDEN_PORT=tcp://… otherwise
        assert spec["securityContext"]["runAsNonRoot"] is True, name
        assert spec["securityContext"]["runAsUser"] > 0, name
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, name
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }, name
        assert "memory" in container["resources"]["limits"], name
        assert {"readinessProbe", "livenessProbe"} <= container.keys(), name


def test_images_and_settings_are_those_of_compose(base: list[Object]) -> None:
    """The same images serve both; what the roles get in the environment are settings of ours."""
    for name, template in pods(base).items():
        (container,) = template["spec"]["containers"]
        given = [each["name"] for each in container.get("env", [])]
        fields = {each.removeprefix("POSEWARDEN_").lower().split("__")[0] for each in given}
        assert container["image"] == COMPOSE[name]["image"]
        assert fields <= Settings.model_fields.keys()


def test_limits_and_users_are_those_of_compose(base: list[Object]) -> None:
    """What a container was measured to need, and whom its image belongs to, stands in both."""
    for name, template in pods(base).items():
        (container,) = template["spec"]["containers"]
        memory = re.sub(r"^\$\{\w+:-(\w+)\}$", r"\1", COMPOSE[name]["mem_limit"])
        assert container["resources"]["limits"]["memory"].lower() == f"{memory}i", name
        user = COMPOSE[name].get("user") or _image_user()
        security = template["spec"]["securityContext"]
        assert f"{security['runAsUser']}:{security['runAsGroup']}" == user, name


@pytest.mark.parametrize("role", ROLES)
def test_ports_are_the_roles(base: list[Object], role: str) -> None:
    """The container, and the service by which Prometheus finds it, are at the role's default."""
    (container,) = pods(base)[role]["spec"]["containers"]

    assert [each["containerPort"] for each in container["ports"]] == [ROLES[role]]
    assert [each["port"] for each in of(base, "Service")[role]["spec"]["ports"]] == [ROLES[role]]


def test_deciders_are_pods_as_the_others_are(everything: list[Object]) -> None:
    """The component's pods move without harm, reach Redis, and let API pods be any number."""
    decide, worker, api = (pods(everything)[name]["spec"] for name in ("decide", "worker", "api"))
    (ours,), (theirs,) = decide["containers"], worker["containers"]
    budget = of(everything, "PodDisruptionBudget")["decide"]["spec"]
    (server,) = api["containers"]

    assert [ours[name] for name in ("env", "volumeMounts")] == [
        [each for each in theirs[name] if each["name"] != "POSEWARDEN_PROVIDER"]
        for name in ("env", "volumeMounts")
    ]
    assert ours["image"] == server["image"]
    assert [each["containerPort"] for each in ours["ports"]] == [DECIDE_METRICS_PORT]
    assert budget["maxUnavailable"] == 1
    assert decide["terminationGracePeriodSeconds"] > ENDS_WITHIN_S
    assert server["args"][-1] == "--no-decide"
    assert not any("persistentVolumeClaim" in each for each in api["volumes"])
    assert of(everything, "Deployment")["api"]["spec"]["replicas"] > 1


def test_a_cluster_is_one_for_servers_and_roles(cluster: list[Object]) -> None:
    """All have the same address, which names every pod; shards and replicas are used, too."""
    redis = of(cluster, "StatefulSet")["redis"]["spec"]
    service = of(cluster, "Service")["redis"]["spec"]
    (node,) = redis["template"]["spec"]["containers"]
    named = [f"redis-{number}.redis" for number in range(redis["replicas"])]

    assert (service["clusterIP"], service["publishNotReadyAddresses"]) == ("None", True)
    assert redis["podManagementPolicy"] == "Parallel"
    assert node["image"] == COMPOSE["redis"]["image"]
    for template in (each for name, each in pods(cluster).items() if name != "redis"):
        (container,) = template["spec"]["containers"]
        given = {each["name"]: each.get("value") for each in container["env"]}
        url = given["POSEWARDEN_REDIS__URL"]
        assert url == {each["name"]: each["value"] for each in node["env"]}["REDIS_URL"]
        assert [host for host, _ in read_address(url).nodes] == named
        assert int(given["POSEWARDEN_REDIS__SHARDS"]) >= SHARDS_OF_THREE_MASTERS
        assert given["POSEWARDEN_REDIS__WAIT_REPLICAS"] == "1"


def test_nodes_of_a_cluster_may_reach_each_other(cluster: list[Object]) -> None:
    """At their port and at their bus, in both directions."""
    policy = of(cluster, "NetworkPolicy")["redis-cluster"]["spec"]
    ours = {"podSelector": {"matchLabels": {"app.kubernetes.io/name": "redis"}}}

    assert policy["podSelector"] == ours["podSelector"]
    for rule, peers in ((policy["ingress"][0], "from"), (policy["egress"][0], "to")):
        assert rule[peers] == [ours]
        assert [each["port"] for each in rule["ports"]] == [6379, 16379]


def test_redis_elsewhere_takes_its_address_from_the_secret(overlay: Overlay) -> None:
    """No server of ours is left, and every role may reach the other one."""
    objects = overlay("decide", "redis-elsewhere")

    assert "redis" not in {each["metadata"]["name"] for each in objects}
    for template in pods(objects).values():
        (container,) = template["spec"]["containers"]
        (url,) = (each for each in container["env"] if each["name"] == "POSEWARDEN_REDIS__URL")
        assert url["valueFrom"]["secretKeyRef"] == {"name": "posewarden", "key": "redis_url"}
    assert of(objects, "NetworkPolicy")["redis-elsewhere"]["spec"]["policyTypes"] == ["Egress"]


def test_redis_and_the_site_are_configured_as_elsewhere() -> None:
    """Kustomize reads nothing above its folder: its copies are true, the site is good."""
    assert (K8S / "base" / "redis.conf").read_text() == (ROOT / "docker/redis.conf").read_text()
    script = (ROOT / "docker/redis-node.sh").read_text()
    assert (K8S / "cluster" / "redis-node.sh").read_text() == script
    assert load(K8S / "base" / "site.yaml").cameras


def _selectors(each: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    spec = each.get("spec", {})
    for selector in (spec.get("selector"), spec.get("podSelector")):
        if selector and "matchExpressions" not in selector:
            yield selector


def _image_user() -> str:
    (user,) = re.findall(r"^USER (\S+)$", DOCKERFILE.read_text(), re.MULTILINE)
    return str(user)
