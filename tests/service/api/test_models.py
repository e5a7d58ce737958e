"""`/models`: which models there are, and changing them."""

import time
from pathlib import Path

import msgspec
import pytest
from support.api import KnownKeys, Service, SpeedFlow
from support.model_changes import worker
from support.small_model import CARD, write_model

from service.access.directory import Directory
from service.access.principal import Principal
from service.adapters.memory.models import MemoryModels


@pytest.fixture
def directory() -> Directory:
    """An admin, somebody who looks, and an admin of one camera."""
    return KnownKeys(
        Principal(name="ann", role="admin", cameras=None, kind="key"),
        Principal(name="vic", role="viewer", cameras=None, kind="key"),
        Principal(name="ted", role="admin", cameras=frozenset({"gate"}), kind="key"),
    )


def registered(service: Service, folder: Path) -> str:
    """Register a model that fits, and let a worker have it; return its SHA-256."""
    own = SpeedFlow().card
    card = msgspec.structs.replace(
        CARD, name="harbour", frames=own.frames, fps=own.fps, weights_hash="1" * 64
    )
    file = write_model(folder / "m.onnx", card, frames=own.frames).read_bytes()
    name = service.dependencies.model_changes.register(file, "ann").sha256
    service.site_status.heartbeat(worker(time.time(), name))
    return name


def test_models_are_tried_promoted_and_gone_back_from(service: Service, tmp_path: Path) -> None:
    """Each change answers what holds from then on, and stands in the audit log."""
    name = registered(service, tmp_path)
    headers = {"Authorization": "Bearer ann"}
    tried = service.http.post(f"/models/{name[:12]}/shadow", headers=headers)
    trial = service.http.get("/models/shadow", headers=headers).json()
    listed = {each["sha256"]: each["state"] for each in _models(service, headers)}
    promoted = service.http.post(f"/models/{name}/promote", headers=headers)
    after = {each["sha256"]: each["state"] for each in _models(service, headers)}
    back = service.http.post("/models/rollback", headers=headers)
    done = service.http.get("/audit", headers=headers).json()["entries"]

    assert (tried.status_code, tried.json()["state"]) == (200, "shadow")
    assert (trial["model"]["name"], trial["windows"]) == ("harbour", 0)
    assert listed == {None: "live", name: "shadow"}
    assert (promoted.status_code, promoted.json()["sha256"]) == (200, name)
    assert after == {None: "registered", name: "live"}
    assert (back.status_code, back.json()["sha256"]) == (200, None)
    assert [each["action"] for each in done][:3] == [
        "model.rollback",
        "model.promote",
        "model.shadow",
    ]


def test_a_trial_ends(service: Service, tmp_path: Path) -> None:
    """Then there is nothing to tell of it."""
    name = registered(service, tmp_path)
    headers = {"Authorization": "Bearer ann"}
    service.http.post(f"/models/{name}/shadow", headers=headers)
    ended = service.http.delete("/models/shadow", headers=headers)

    assert ended.status_code == 200
    assert service.http.get("/models/shadow", headers=headers).json()["model"] is None


def test_who_may_not_administer_the_whole_site_changes_nothing(
    service: Service, tmp_path: Path
) -> None:
    """A viewer may look; an admin of one camera may not change what scores all of them."""
    name = registered(service, tmp_path)
    statuses = {
        (key, path): service.http.post(path, headers={"Authorization": f"Bearer {key}"}).status_code
        for key in ("vic", "ted")
        for path in (f"/models/{name}/shadow", f"/models/{name}/promote", "/models/rollback")
    }
    looked = service.http.get("/models", headers={"Authorization": "Bearer vic"})

    assert set(statuses.values()) == {403}
    assert looked.status_code == 200
    assert service.dependencies.model_registry.schedule().version == 0


def test_what_cannot_be_is_refused_with_the_reason(service: Service, tmp_path: Path) -> None:
    """An unknown model is not found; going back without a promotion conflicts."""
    registered(service, tmp_path)
    headers = {"Authorization": "Bearer ann"}
    unknown = service.http.post(f"/models/{'f' * 64}/promote", headers=headers)
    none = service.http.post("/models/rollback", headers=headers)

    assert (unknown.status_code, unknown.json()["type"]) == (404, "about:blank#no-such-model")
    assert (none.status_code, none.json()["type"]) == (409, "about:blank#model-refused")
    assert "no model was promoted" in none.json()["detail"]
    assert isinstance(service.dependencies.model_registry, MemoryModels)


def _models(service: Service, headers: dict[str, str]) -> list[dict[str, str]]:
    found: list[dict[str, str]] = service.http.get("/models", headers=headers).json()
    return found
