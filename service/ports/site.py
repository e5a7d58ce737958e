"""Where a site's settings are kept that people change while it runs."""

from collections.abc import Mapping
from typing import Literal, Protocol, TypeAlias

import msgspec

from tracker.errors import WardenError

DOCUMENT_BYTES = 65_536
DOCUMENTS_BOUND = 2_000
# What decoding a document may raise that others wrote, or that was damaged.
UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
Section: TypeAlias = Literal["cameras", "zones", "arming", "outputs", "budgets", "backgrounds"]


class SiteDocument(msgspec.Struct, frozen=True):
    """One thing that was set.

    Attributes:
        body: JSON.
        version: of the whole site when this was written.
    """

    body: bytes
    version: int


class SiteDocuments(msgspec.Struct, frozen=True):
    """All that was set, as of one moment.

    Attributes:
        version: grows with every change; 0 before the first.
        sections: documents by section and name.
    """

    version: int = 0
    sections: Mapping[str, Mapping[str, SiteDocument]] = {}

    def of(self, section: Section) -> Mapping[str, SiteDocument]:
        """Return a section's documents by name."""
        return self.sections.get(section, {})


class SiteChanged(WardenError):
    """Somebody else has changed the document since it was read."""


class SiteFull(WardenError):
    """There are too many documents, or this one is too large."""


class SiteStore(Protocol):
    """What was set over the API, on top of the site file; it outlives every process.

    Every call raises StoreUnavailable while Redis does not answer.
    """

    def version(self) -> int:
        """Return the version of the whole: cheap, to be asked every second."""
        ...

    def read(self) -> SiteDocuments:
        """Return everything as of one moment."""
        ...

    def write(
        self, section: Section, name: str, body: bytes | None, *, expected: int | None = None
    ) -> int:
        """Set one document, or remove it with None; return the version that this makes.

        Args:
            body: JSON, at most DOCUMENT_BYTES.
            expected: the version that the document must still have, 0 for none; None: any.

        Raises:
            SiteChanged: it has another version.
            SiteFull: there are DOCUMENTS_BOUND documents, or the body is too large.
        """
        ...


class Backgrounds(Protocol):
    """Pictures that people put behind the skeletons of cameras; they outlive every process.

    Every call raises StoreUnavailable while Redis does not answer.
    """

    def get(self, camera: str) -> bytes | None:
        """Return a camera's picture."""
        ...

    def put(self, camera: str, picture: bytes) -> None:
        """Keep a camera's picture, in the place of an older one."""
        ...

    def remove(self, camera: str) -> None:
        """Forget a camera's picture, if it has one."""
        ...
