import os
from pathlib import Path

from support.api import Service

from service.api.reference_page import page
from service.api.socket_messages import SOCKET_SHAPES, socket_schema

DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "api-reference.md"


def test_the_document_is_what_the_service_says_of_itself(service: Service) -> None:
    """docs/api-reference.md is fresh; `make reference` writes it anew."""
    messages = {name: socket_schema(name) for name in SOCKET_SHAPES}
    text = page(service.http.get("/openapi.json").json(), messages)
    if os.environ.get("WRITE_REFERENCE"):
        DOCUMENT.write_text(text)

    assert DOCUMENT.read_text() == text
