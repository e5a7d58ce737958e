"""Requests made from the OpenAPI document, right and wrong ones, are answered as it says."""

import pytest
import requests
from schemathesis import Case, CheckContext, Response
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from support.api import CLIP, Service, opened
from support.hostile import KEY
from support.hostile.schema_inputs import send_generated

INPUTS, SEED = 240, 14


def no_fault(_context: CheckContext, answer: Response, case: Case) -> None:
    """Fail at a 5xx that is not a deliberate 503, which says when to try again."""
    told = "retry-after" in answer.headers or case.path == "/readyz"
    assert answer.status_code < 500 or (answer.status_code == 503 and told), case.as_curl_command()


CHECKS = [
    no_fault,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


@pytest.fixture
def api_key() -> str:
    """The site's key, which every request has."""
    return KEY


@pytest.mark.slow
def test_whatever_is_sent_is_answered_as_described(service: Service) -> None:
    """Status, media type, headers and body of each answer are those of the document; no 5xx."""
    service.alerts.put(opened(1), CLIP)
    document = service.http.get("/openapi.json").json()

    with requests.Session() as session:

        def send(case: Case) -> None:
            case.call_and_validate(service.url, session, {"X-API-Key": KEY}, checks=CHECKS)

        send_generated(document, send, inputs=INPUTS, first_seed=SEED)
