"""Changing the model that scores."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import pytest
from support.model_changes import memory_changes, worker
from support.small_model import CARD, write_model
from support.stores import NOW, Clock

from inference.card import ModelCard
from inference.model_schedule import LEAD_S, OWN
from service.adapters.memory.models import MemoryModels
from service.adapters.memory.site import MemorySite
from service.adapters.memory.windows import MemoryStatusStore
from service.operations.model_changes import ChangeRefused, ModelChanges, UnknownModel
from service.ports.models import MODEL_BYTES, RegistryFull
from service.system_events import StreamEvent, SystemEvent
from service.types import WorkerStatus
from tracker.errors import ModelMismatch
from tracker.memory_telemetry import InMemoryTelemetry


@dataclass
class Site:
    """A registry, workers, and what changes models."""

    folder: Path
    problems: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.clock, self.telemetry = Clock(), InMemoryTelemetry()
        self.models = MemoryModels(clock=self.clock)
        self.board = MemoryStatusStore(MemorySite(), clock=self.clock)
        self.events: list[tuple[str, StreamEvent]] = []

    @property
    def changes(self) -> ModelChanges:
        return memory_changes(
            self.models, CARD, self.board, self.telemetry, self.events, self.problems
        )

    def register(self, number: int = 1, **more: object) -> str:
        """Register a model; return its SHA-256."""
        return self.changes.register(self.file(number, **more), "ann").sha256

    def file(self, number: int = 1, **more: object) -> bytes:
        card: ModelCard = msgspec.structs.replace(
            CARD, name=f"model {number}", weights_hash=f"{number}" * 64, **more
        )
        return write_model(self.folder / "m.onnx", card, frames=card.frames).read_bytes()

    def raised(self) -> list[str]:
        found = [each for _, each in self.events if isinstance(each, SystemEvent)]
        return [each.reason for each in found if each.state == "raised"]


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """A site with one worker that has loaded nothing."""
    made = Site(tmp_path)
    made.board.heartbeat(worker(NOW))
    return made


def test_a_registered_model_can_be_found_by_its_first_digits(site: Site) -> None:
    """Registered twice it is there once; too few digits, or others, find none."""
    name = site.register()
    site.register()
    for wrong in (name[:5], "f" * 12):
        with pytest.raises(UnknownModel, match=name[:12]):
            site.changes.find(wrong)

    assert site.changes.find(name[:12]).card.name == "model 1"
    assert list(site.models.models()) == [name]


@pytest.mark.parametrize("file", [b"\x80\x04K\x01.", b"", b"#!/bin/sh\n"])
def test_only_onnx_files_with_a_card_are_registered(site: Site, file: bytes) -> None:
    """A pickle, an empty file and a script are refused, and not kept."""
    with pytest.raises(ModelMismatch):
        site.changes.register(file, "ann")
    bare = write_model(site.folder / "bare.onnx", None).read_bytes()
    with pytest.raises(ModelMismatch, match="model card"):
        site.changes.register(bare, "ann")
    with pytest.raises(RegistryFull):
        site.changes.register(bytes(MODEL_BYTES + 1), "ann")

    assert site.models.models() == {}


def test_a_promotion_names_a_moment_ahead(site: Site) -> None:
    """By then every worker knows of it; the model before scores up to then."""
    name = site.register()
    site.board.heartbeat(worker(NOW, name))
    schedule = site.changes.promote(name)

    assert schedule.since == NOW + LEAD_S
    assert (schedule.at(NOW), schedule.at(NOW + LEAD_S)) == (OWN, name)
    assert site.models.schedule() == schedule
    assert site.models.models()[name].promoted_at == schedule.since
    assert site.telemetry.value("model_promotions_total", outcome="promoted") == 1


@pytest.mark.parametrize("other", [1, 2])
def test_one_of_two_promotions_at_once_is_refused(
    site: Site, monkeypatch: pytest.MonkeyPatch, other: int
) -> None:
    """Of the same model, too: `rollback` would lead to the model that scores already."""
    name, names = site.register(1), [site.register(number) for number in (1, other)]
    site.board.heartbeat(worker(NOW, *names))
    first = site.changes
    waiting = first._have_loaded

    def meanwhile(loaded: str) -> None:
        waiting(loaded)
        site.changes.promote(names[1])

    monkeypatch.setattr(first, "_have_loaded", meanwhile)
    with pytest.raises(ChangeRefused, match="somebody else changed"):
        first.promote(name)

    schedule = site.models.schedule()
    assert (schedule.live, schedule.previous) == (names[1], (OWN,))


def test_a_promotion_that_fails_leaves_anothers_to_be_loaded(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Workers would drop what the other waits for."""
    one, two = site.register(1), site.register(2)
    site.board.heartbeat(worker(NOW))
    workers = site.board.workers

    def meanwhile() -> Sequence[WorkerStatus]:
        site.models.put_schedule(site.models.schedule().with_staged(two))
        return workers()

    monkeypatch.setattr(site.board, "workers", meanwhile)
    with pytest.raises(ChangeRefused, match="did not load it"):
        site.changes.promote(one)

    assert site.models.schedule().staged == two


def test_nothing_is_promoted_that_a_worker_has_not_loaded(site: Site) -> None:
    """It is given up after a while: the live model goes on, and the service says why."""
    name = site.register()
    site.board.heartbeat(worker(NOW, name))
    site.board.heartbeat(worker(NOW, name="two"))
    with pytest.raises(ChangeRefused, match="two did not load it"):
        site.changes.promote(name)

    assert site.models.schedule().live == OWN
    assert site.models.schedule().staged is None
    assert "two did not load it" in site.raised()[0]


def test_a_worker_that_cannot_load_a_model_says_why(site: Site) -> None:
    """The promotion fails at once, with its reason."""
    name = site.register()
    site.board.heartbeat(worker(NOW, failed={name: "it is damaged"}))

    with pytest.raises(ChangeRefused, match="one: it is damaged"):
        site.changes.promote(name)


def test_a_site_without_workers_changes_nothing(tmp_path: Path) -> None:
    """Nobody could say whether the model loads."""
    site = Site(tmp_path)

    with pytest.raises(ChangeRefused, match="no worker is alive"):
        site.changes.promote(site.register())


def test_a_budget_that_would_not_be_kept_refuses(site: Site) -> None:
    """With the reason; somebody may say that it may begin all the same."""
    name = site.register()
    site.board.heartbeat(worker(NOW, name))
    site.problems.append("gate has 3 h of 24 h of footage")
    with pytest.raises(ChangeRefused, match=r"gate has 3 h of 24 h.*--without-calibration"):
        site.changes.promote(name)
    refused = site.models.schedule().live
    schedule = site.changes.promote(name, without_calibration=True)

    assert (refused, schedule.live) == (OWN, name)


def test_a_model_of_other_windows_is_neither_tried_nor_promoted(site: Site) -> None:
    """Cameras cut windows by the model of the site's file."""
    name = site.register(frames=12)

    for change in (site.changes.shadow, site.changes.promote):
        with pytest.raises(ChangeRefused, match="12 poses at 24/s, but cameras cut windows of 24"):
            change(name)


def test_a_model_with_the_weights_of_the_live_one_is_refused(site: Site) -> None:
    """Nothing could tell their scores apart."""
    name = site.changes.register(
        write_model(
            site.folder / "same.onnx", msgspec.structs.replace(CARD, name="same")
        ).read_bytes(),
        "ann",
    ).sha256

    with pytest.raises(ChangeRefused, match="weights of the live model"):
        site.changes.promote(name)


def test_rollback_leads_to_the_model_before(site: Site) -> None:
    """Step by step back to the site's file; then there is none."""
    one, two = site.register(1), site.register(2)
    site.board.heartbeat(worker(NOW, one, two))
    site.changes.promote(one)
    site.changes.promote(two)
    back = [site.changes.roll_back().live, site.changes.roll_back().live]
    with pytest.raises(ChangeRefused, match="no model was promoted"):
        site.changes.roll_back()

    assert back == [one, OWN]


def test_what_is_in_use_is_not_removed(site: Site) -> None:
    """Neither the live model nor the one that rollback leads to; others are."""
    one, two, three = (site.register(number) for number in (1, 2, 3))
    site.board.heartbeat(worker(NOW, one, two, three))
    site.changes.promote(one)
    site.changes.promote(two)
    for used in (one, two):
        with pytest.raises(ChangeRefused, match="rollback"):
            site.changes.remove(used)
    site.changes.remove(three)

    assert site.models.models().keys() == {one, two}


def test_a_shadow_begins_and_ends(site: Site) -> None:
    """It changes nothing of what scores."""
    name = site.register()
    site.changes.shadow(name)
    begun = site.models.schedule()
    site.changes.shadow(None)

    assert (begun.live, begun.shadow, begun.shadow_since) == (OWN, name, NOW)
    assert site.models.schedule().shadow is None
