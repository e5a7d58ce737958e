"""The site's documents in memory."""

from service.ports.site import (
    DOCUMENT_BYTES,
    DOCUMENTS_BOUND,
    Section,
    SiteChanged,
    SiteDocument,
    SiteDocuments,
    SiteFull,
    SiteStore,
)
from service.sentences.cameras import DOCUMENT_CHANGED


class MemorySiteStore(SiteStore):
    """Keeps documents as long as the process lives."""

    def __init__(self, *, bound: int = DOCUMENTS_BOUND) -> None:
        self._version = 0
        self._sections: dict[str, dict[str, SiteDocument]] = {}
        self._bound = bound

    def version(self) -> int:
        return self._version

    def read(self) -> SiteDocuments:
        sections = {name: dict(found) for name, found in self._sections.items() if found}
        return SiteDocuments(self._version, sections)

    def write(
        self, section: Section, name: str, body: bytes | None, *, expected: int | None = None
    ) -> int:
        documents = self._sections.setdefault(section, {})
        before = documents.get(name)
        if expected is not None and expected != (before.version if before else 0):
            raise SiteChanged(DOCUMENT_CHANGED(section=section, name=name))
        if body is None and before is None:
            return self._version
        if body is None:
            del documents[name]
        else:
            number = sum(map(len, self._sections.values()))
            if len(body) > DOCUMENT_BYTES or (before is None and number >= self._bound):
                raise SiteFull(f"{section} {name} does not fit; remove others or make it smaller")
            documents[name] = SiteDocument(body, self._version + 1)
        self._version += 1
        return self._version
