import os
from pathlib import Path

from service.api.rights_page import table

DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "security.md"
BEFORE = "## Rights\n\n"


def test_the_document_has_the_codes_own_table() -> None:
    """docs/security.md says what each route asks for; `make reference` writes it."""
    text, _, _ = DOCUMENT.read_text().partition(BEFORE)
    wanted = f"{text}{BEFORE}{table()}\n"
    if "WRITE_REFERENCE" in os.environ:
        DOCUMENT.write_text(wanted)

    assert DOCUMENT.read_text() == wanted
