"""What `posewarden check-config` finds wrong with the files that a site's file names."""

import contextlib
import ssl
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from inference.flow_onnx import OnnxFlow
from service.adapters.database.site import archive_address
from service.adapters.redis.addresses import check_address, missing_tls_files
from service.config.problem import ConfigProblem
from service.config.storage_settings import ArchiveSettings
from service.config.web_access import TlsSettings, tls_context
from tracker.errors import ConfigError, WardenError
from tracker.sources.redaction import redact
from tracker.sources.source_url import parse_source


def site_problems(given: Mapping[str, Any]) -> Iterator[ConfigProblem]:
    """Yield what is wrong with addresses and files, of settings as they were given.

    Whatever is wrong besides: what does not read is left to the model of the settings, so that
    people see every problem at once. Addresses are looked at, not called.
    """
    looks: Sequence[Callable[[Mapping[str, Any]], Iterable[ConfigProblem]]] = (
        _of_redis,
        _of_archive,
        _of_tls,
        _of_model,
        _of_cameras,
        _of_outputs,
    )
    for look in looks:
        yield from look(given)


def _of_redis(given: Mapping[str, Any]) -> Iterator[ConfigProblem]:
    url = _part(given, "redis").get("url")
    if not isinstance(url, str):
        return
    try:
        check_address(url)
    except ConfigError as err:
        # The key is said beside it.
        yield ConfigProblem("redis.url", str(err).removeprefix("redis.url").lstrip(": "))
    else:
        yield from (ConfigProblem("", text) for text in missing_tls_files(url))


def _of_archive(given: Mapping[str, Any]) -> Iterator[ConfigProblem]:
    """Look at the archive's address, which only its own library can read."""
    with contextlib.suppress(ValidationError):
        settings = ArchiveSettings(**_part(given, "archive"))
        try:
            archive_address(settings)
        except ConfigError as err:
            yield ConfigProblem("", str(err))


def _of_tls(given: Mapping[str, Any]) -> Iterator[ConfigProblem]:
    with contextlib.suppress(ValidationError):
        settings = TlsSettings(**_part(given, "tls"))
        try:
            tls_context(settings)
        except ConfigError as err:
            yield from (ConfigProblem("", line) for line in str(err).splitlines())


def _of_model(given: Mapping[str, Any]) -> Iterator[ConfigProblem]:
    model = given.get("model")
    if not isinstance(model, str | Path):
        return
    if not _is_file(str(model)):
        yield ConfigProblem("model", _missing(str(model)))
        return
    try:
        OnnxFlow(Path(model), provider="cpu")
    except WardenError as err:
        yield ConfigProblem("model", str(err))


def _of_cameras(given: Mapping[str, Any]) -> Iterator[ConfigProblem]:
    for index, camera in _parts(given, "cameras"):
        source = camera.get("source")
        if not isinstance(source, str):
            continue
        with contextlib.suppress(WardenError):
            parsed = parse_source(source)
            if parsed.kind in ("file", "poses") and not _is_file(parsed.place):
                yield ConfigProblem(f"cameras[{index}].source", _missing(redact(source)))


def _of_outputs(given: Mapping[str, Any]) -> Iterator[ConfigProblem]:
    for index, output in _parts(given, "outputs"):
        file = output.get("ca_file")
        if not isinstance(file, str):
            continue
        place = f"outputs[{index}].ca_file"
        if not _is_file(file):
            yield ConfigProblem(place, _missing(file))
            continue
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(file)
        except OSError as err:
            why = err.strerror if not isinstance(err, ssl.SSLError) else "no certificate in PEM"
            yield ConfigProblem(place, f"{file} cannot be read: {why}")


def _part(given: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = given.get(name)
    return found if isinstance(found, Mapping) else {}


def _parts(given: Mapping[str, Any], name: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Yield the mappings of a list with their places."""
    found = given.get(name)
    for index, each in enumerate(found if isinstance(found, list | tuple) else ()):
        if isinstance(each, Mapping):
            yield index, each


def _missing(place: str) -> str:
    return f"there is no file {place!r}; check the path"


def _is_file(place: str) -> bool:
    with contextlib.suppress(OSError, ValueError):
        return Path(place).is_file()
    return False
