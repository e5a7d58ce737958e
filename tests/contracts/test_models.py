"""The registry of flow models, over every store."""

import msgspec
import pytest
from support.small_model import CARD
from support.stores import Stores

from inference.model_schedule import OWN, ModelSchedule
from service.adapters.redis import keys
from service.ports.models import (
    MODEL_BYTES,
    ModelRegistry,
    RegisteredModel,
    RegistryFull,
    ScheduleChanged,
    sha256_of,
)

FILE = b"an ONNX file"


def registered(file: bytes = FILE, name: str = "squares") -> RegisteredModel:
    """Return what is known of a model file."""
    card = msgspec.structs.replace(CARD, name=name)
    return RegisteredModel(
        sha256=sha256_of(file), card=card, file_bytes=len(file), at=1.0, author="ann"
    )


def test_a_model_is_read_as_it_was_registered(road: Stores) -> None:
    """File and card; registered twice it is there once, and an unknown one is not there."""
    store: ModelRegistry = road.models()
    model = registered()
    first, again = store.register(model, FILE), store.register(model, FILE)

    assert (first, again) == (True, False)
    assert store.models() == {model.sha256: model}
    assert store.file(model.sha256) == FILE
    assert store.file("0" * 64) is None


def test_a_removed_model_is_gone(road: Stores) -> None:
    """Its file, too."""
    store = road.models()
    model = registered()
    store.register(model, FILE)
    removed, again = store.remove(model.sha256), store.remove(model.sha256)

    assert (removed, again) == (True, False)
    assert (store.models(), store.file(model.sha256)) == ({}, None)


def test_models_are_bounded_in_number_and_size(road: Stores) -> None:
    """The one too many and the one too large are refused; what is there stays."""
    store = road.models(bound=1)
    store.register(registered(), FILE)
    with pytest.raises(RegistryFull, match="1 models"):
        store.register(registered(b"another"), b"another")
    large = bytes(MODEL_BYTES + 1)
    with pytest.raises(RegistryFull, match=str(MODEL_BYTES + 1)):
        store.register(registered(large), large)

    assert list(store.models()) == [registered().sha256]


def test_a_file_that_is_not_what_its_name_says_is_not_given(road: Stores) -> None:
    """Each load checks the SHA-256; registering the right file again mends it."""
    if road.client is None:
        pytest.skip("nobody else writes into this process's memory")
    store = road.models()
    model = registered()
    store.register(model, FILE)
    road.client.hset(keys.MODEL_FILES, model.sha256, b"another file")
    damaged = store.file(model.sha256)
    store.register(model, FILE)

    assert (damaged, store.file(model.sha256)) == (None, FILE)


def test_only_the_next_version_of_the_schedule_is_taken(road: Stores) -> None:
    """Of two who change it at once, one is refused and changes nothing."""
    store = road.models()
    empty = store.schedule()
    mine, theirs = empty.promoted("a" * 64, 100.0), empty.with_shadow("b" * 64, 50.0)
    store.put_schedule(mine)
    with pytest.raises(ScheduleChanged):
        store.put_schedule(theirs)

    assert empty == ModelSchedule()
    assert empty.live == OWN
    assert store.schedule() == mine


def test_when_a_model_was_promoted_is_remembered(road: Stores) -> None:
    """Of one that is not there, nothing."""
    store = road.models()
    model = registered()
    store.register(model, FILE)
    store.note_promoted(model.sha256, 7.0)
    store.note_promoted("0" * 64, 7.0)

    assert store.models() == {model.sha256: msgspec.structs.replace(model, promoted_at=7.0)}
