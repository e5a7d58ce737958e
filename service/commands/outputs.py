"""`posewarden outputs`: lists where alerts go, and tries one out."""

import time
from collections.abc import Iterator

from service.adapters.outputs.registry import build_output
from service.commands.site_config import read_site
from service.config.output_editor import OutputRefused, output_of
from service.config.settings import Settings
from service.outputs.composer import Composer, MessageLinks
from service.outputs.desk import TestResult, send_test
from service.outputs.languages import wording_of
from tracker.errors import ConfigError

NONE = "no outputs; add some under `outputs` of the site's file, or over the API"


def list_outputs(settings: Settings) -> Iterator[str]:
    """Yield a line for each output.

    Raises:
        StoreUnavailable: Redis did not answer.
    """
    site = read_site(settings)
    for output in site.settings.outputs:
        origin = "api" if output.name in site.outputs.of_api else "file"
        state = "enabled" if output.enabled else "disabled"
        yield f"{output.name}  {output.type}  {state}  {origin}"
    if not site.settings.outputs:
        yield NONE


def try_output(settings: Settings, name: str) -> TestResult:
    """Send a message that says that it is a test; return what the receiver answered.

    Raises:
        ConfigError: there is no such output.
        StoreUnavailable: Redis did not answer.
    """
    try:
        output = output_of(read_site(settings), name)
    except OutputRefused as err:
        raise ConfigError(f"no output is called {name!r}; `posewarden outputs list`") from err
    composer = Composer(
        name, wording=wording_of(output.language), links=MessageLinks(settings.public_url)
    )
    return send_test(build_output(output), composer, time.time())
