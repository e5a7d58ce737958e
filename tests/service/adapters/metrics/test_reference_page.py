from pathlib import Path

from service.adapters.metrics.reference_page import page

DOCUMENT = Path(__file__).resolve().parents[4] / "docs" / "metrics.md"


def test_the_document_is_the_table() -> None:
    """docs/metrics.md is what the table says; write it anew with the command in its first line."""
    assert DOCUMENT.read_text() == page()
