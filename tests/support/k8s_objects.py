"""Kubernetes objects as kubectl renders them."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
K8S = ROOT / "docker" / "k8s"
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
SECRET = yaml.safe_load((K8S / "secret.example.yaml").read_text())
OVERLAY = """\
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
namespace: posewarden
resources: [k8s/base]
secretGenerator: [{name: site, behavior: replace, files: [site.yaml]}]
"""
ENDS_WITHIN_S = 5.0  # as `posewarden up`, all roles of which end within it
Object = dict[str, Any]
Overlay = Callable[..., list[Object]]


def render(folder: Path) -> list[Object]:
    """Return the objects of a base or an overlay; skip where kubectl is absent."""
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        pytest.skip("no kubectl on the PATH, which renders the base")
    done = subprocess.run([kubectl, "kustomize", str(folder)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return list(yaml.safe_load_all(done.stdout))


def of(objects: list[Object], *kinds: str) -> dict[str, Object]:
    """Return the objects of some kinds by their names."""
    return {each["metadata"]["name"]: each for each in objects if each["kind"] in kinds}


def pods(objects: list[Object]) -> dict[str, Object]:
    """Return the pod templates by their workloads' names."""
    found = of(objects, "Deployment", "StatefulSet")
    return {name: each["spec"]["template"] for name, each in found.items()}
