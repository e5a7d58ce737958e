"""The cameras' background pictures in memory."""

from service.ports.site import Backgrounds


class MemoryBackgrounds(Backgrounds):
    """Keeps pictures as long as the process lives."""

    def __init__(self) -> None:
        self._pictures: dict[str, bytes] = {}

    def get(self, camera: str) -> bytes | None:
        return self._pictures.get(camera)

    def put(self, camera: str, picture: bytes) -> None:
        self._pictures[camera] = picture

    def remove(self, camera: str) -> None:
        self._pictures.pop(camera, None)
