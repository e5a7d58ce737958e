"""Says what about the outputs of a site's file is allowed, and probably not meant."""

from collections.abc import Iterator

from service.config.settings import Settings


def output_notes(settings: Settings) -> Iterator[str]:
    """Yield a sentence for each."""
    if settings.outputs and settings.public_url is None:
        yield "messages have no links, because public_url, the page's address, is not set"
    cameras = {camera.name for camera in settings.cameras}
    for output in settings.outputs:
        for name in sorted(set(output.cameras) - cameras):
            yield f"output {output.name} wants alerts of {name!r}, which is no camera of the file"
        ca_file = getattr(output, "ca_file", None)
        if ca_file is not None and not ca_file.is_file():
            yield f"output {output.name}: there is no file {ca_file}; check ca_file"
