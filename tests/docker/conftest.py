"""The Kubernetes base and overlays, rendered."""

import shutil

import pytest
from support.k8s_objects import K8S, OVERLAY, ROOT, Object, Overlay, render


@pytest.fixture(scope="module")
def base() -> list[Object]:
    """The base as `kubectl apply --kustomize` would send it."""
    return render(K8S / "base")


@pytest.fixture(scope="module")
def overlay(tmp_path_factory: pytest.TempPathFactory) -> Overlay:
    """Render an overlay as docs/install.md shows one, with a site of its own and components."""

    def rendered(*components: str) -> list[Object]:
        folder = tmp_path_factory.mktemp("overlay")
        shutil.copytree(K8S, folder / "k8s")
        shutil.copy(ROOT / "site.example.yaml", folder / "site.yaml")
        named = ", ".join(f"k8s/{each}" for each in components)
        (folder / "kustomization.yaml").write_text(f"{OVERLAY}components: [{named}]\n")
        return render(folder)

    return rendered


@pytest.fixture(scope="module")
def everything(overlay: Overlay) -> list[Object]:
    """A site with its own Redis and each component for it."""
    return overlay("autoscale", "gpu", "decide")


@pytest.fixture(scope="module")
def cluster(overlay: Overlay) -> list[Object]:
    """A site on a cluster of Redis."""
    return overlay("autoscale-prometheus", "decide", "cluster")
