"""Finds every problem of given settings in one go.

Some checks look at several settings together, and pydantic makes them only once all of these read.
So what does not read is left out, and the rest is checked again: people mend a file once.
"""

from collections.abc import Collection, Iterator, Mapping, Set
from typing import Any

from pydantic import ValidationError

from service.config.problem import ConfigProblem
from service.config.settings import Settings
from service.config.validation import Place, dotted, error_sentence, place_of
from service.sentences.arming import NO_CAMERA_OF_MODE

ROUNDS = 8  # checks of checks are nested less deeply
# Checks that compare names, and whose: without all of them they would find what is not wrong.
COMPARING: Mapping[Place, tuple[str, ...]] = {(): ("arming", "cameras"), ("outputs",): ("outputs",)}


def every_problem(given: Mapping[str, Any]) -> list[ConfigProblem]:
    """Return what is wrong with settings, each with its path."""
    left_out: set[Place] = set()
    found: dict[str, ConfigProblem] = {}
    for _ in range(ROUNDS):
        added: set[Place] = set()
        for place, kind, problem in _round(given, left_out):
            if not _follows(place, left_out):
                found.setdefault(str(problem), problem)
            # Without a required setting the whole does not read either.
            lacks = kind == "missing" or place in left_out
            added.add(place[:-1] if lacks else place)
        if added <= left_out or () in added:
            break
        left_out |= added
    for problem in _unknown_cameras(given):
        found.setdefault(str(problem), problem)
    return list(found.values())


def _round(
    given: Mapping[str, Any], left_out: Set[Place]
) -> Iterator[tuple[Place, str, ConfigProblem]]:
    try:
        Settings(**_without(given, left_out, ()))
    except ValidationError as err:
        for each in err.errors(include_url=False, include_input=False):
            place = place_of(each["loc"], given, each["type"], left_out)
            text = error_sentence(each["type"], each["msg"], each.get("ctx", {}))
            yield place, each["type"], ConfigProblem(dotted(place), text)


def _without(value: Any, left_out: Set[Place], place: Place) -> Any:  # noqa: ANN401 -- any setting
    if isinstance(value, Mapping):
        steps = [(key, each, (*place, key)) for key, each in value.items()]
        return {key: _without(each, left_out, at) for key, each, at in steps if at not in left_out}
    if isinstance(value, list | tuple):
        places = [(each, (*place, index)) for index, each in enumerate(value)]
        return [_without(each, left_out, at) for each, at in places if at not in left_out]
    return value


def _follows(place: Place, left_out: Set[Place]) -> bool:
    """Tell whether a problem may only be there because something was left out."""
    if place in COMPARING:
        return any(_has_names(each, COMPARING[place]) for each in left_out)
    return any(place[: len(each)] == each or each[: len(place)] == place for each in left_out)


def _has_names(place: Place, named: Collection[object]) -> bool:
    return place[0] in named and (len(place) <= 2 or place[2] == "name")


def _unknown_cameras(given: Mapping[str, Any]) -> Iterator[ConfigProblem]:
    """Look for cameras that modes name and the site lacks, though the rest may not read."""
    cameras = given.get("cameras")
    listed = cameras if isinstance(cameras, list | tuple) else ()
    names = [each.get("name") for each in listed if isinstance(each, Mapping)]
    known = sorted(each for each in names if isinstance(each, str))
    arming = given.get("arming")
    modes = arming.get("modes") if isinstance(arming, Mapping) else None
    for name, mode in modes.items() if isinstance(modes, Mapping) else ():
        named = mode.get("cameras") if isinstance(mode, Mapping) else None
        for camera in named if isinstance(named, list | tuple) else ():
            if isinstance(camera, str) and camera not in known:
                said = NO_CAMERA_OF_MODE(mode=str(name), camera=camera, cameras=known)
                yield ConfigProblem("", f"arming.{said}")
