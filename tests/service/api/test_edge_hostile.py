"""A part of what `make hostile` sends, in every run of the suite."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import chain

import pytest
from support.api import CLIP, Service, Serving, opened
from support.hostile import KEY, own_inputs, socket_inputs
from support.hostile.raw_client import send
from support.hostile.report import HostileReport

REQUESTS, SOCKETS, SEED = 480, 64, 14
NAMES = {"name": "gate", "alert_id": "alert-1"}


@pytest.fixture
def api_key() -> str:
    """The site's key, which every input has."""
    return KEY


@pytest.mark.slow
def test_hostile_inputs_are_refused_and_harm_nobody(service: Service) -> None:
    """No 5xx but a 503 that says when to try again, no silence; good clients are served after."""
    document = service.http.get("/openapi.json").json()
    report = HostileReport()
    service.alerts.put(opened(1), CLIP)
    given = chain(
        own_inputs.inputs(document, NAMES, REQUESTS, SEED), socket_inputs.inputs(SOCKETS, SEED)
    )

    # Bodies that do not come are not waited for as long as in service.
    with Serving(replace(service.dependencies, body_within_s=0.5)) as url:
        host, port = url.removeprefix("http://").split(":")
        with ThreadPoolExecutor(8) as pool:
            for each, outcome in pool.map(lambda one: (one, send((host, int(port)), one)), given):
                report.add(each, outcome)
        assert service.http.get(f"{url}/cameras", headers={"X-API-Key": KEY}).status_code == 200

    assert report.faults == []
    assert report.total == REQUESTS + SOCKETS
