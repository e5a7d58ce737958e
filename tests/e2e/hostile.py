"""Sends a site 10 000 hostile inputs and prints what became of them; `make hostile`.

HOSTILE_INPUTS says how many, HOSTILE_SEED which.
"""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import Path

import requests
from schemathesis import Case
from support.hostile import KEY, own_inputs, schema_inputs, socket_inputs
from support.hostile.raw_client import HostileInput, Outcome, send
from support.hostile.report import HostileReport
from support.waiting import PATIENCE_S, eventually

from export.bench.site.service import RunningService

INPUTS = int(os.environ.get("HOSTILE_INPUTS", "10000"))
SEED = int(os.environ.get("HOSTILE_SEED", "14"))
GENERATED, SOCKETS = 0.3, 0.1  # shares; the others are our own requests
CAMERAS = [{"name": "gate", "source": "sim:?people=2&fps=15&seed=7&events=fall@1&loop=4"}]


def test_hostile_inputs(tmp_path: Path) -> None:
    """No 5xx but a deliberate 503, no traceback, and every process lives on."""
    report = HostileReport()
    with RunningService(CAMERAS, folder=tmp_path, site={"api_key": KEY}) as service:
        roles, memory_mb = service.roles(), service.memory_mb()
        _send_generated(service, report)
        _send_own(service, report)
        after_mb = service.memory_mb()
        assert service.roles() == roles, "a process was restarted"
        assert service.get("/readyz")["ready"]
    tracebacks = (tmp_path / "log").read_text(errors="replace").count("Traceback")

    print(f"\n{report.total} inputs, seed {SEED}: {len(report.faults)} faults")
    print(f"{tracebacks} tracebacks in the log; memory {memory_mb:.0f} MB, then {after_mb:.0f} MB")
    print(f"\n{report.by_kind()}\n\n{report.by_route()}")
    for given, outcome in report.faults[:20]:
        print(f"\n{outcome.status}: {given.kind} at {given.route}: {given.sent[:300]!r}")
    assert (report.faults, tracebacks) == ([], 0)


def _send_generated(service: RunningService, report: HostileReport) -> None:
    with requests.Session() as session:

        def sent(case: Case) -> None:
            answer = case.call(service.url, session, {"X-API-Key": KEY})
            mode = "generated, " + case.meta.generation.mode.value
            route = f"{case.method.upper()} {case.path}"
            outcome = Outcome(answer.status_code, "retry-after" in answer.headers)
            report.add(HostileInput(mode, route, case.as_curl_command().encode()), outcome)

        document = service.get("/openapi.json")
        inputs = round(INPUTS * GENERATED)
        schema_inputs.send_generated(document, sent, inputs=inputs, first_seed=SEED)


def _newest_alert(service: RunningService) -> str:
    def newest() -> str | None:
        answer = requests.get(
            f"{service.url}/alerts", headers={"X-API-Key": KEY}, timeout=PATIENCE_S
        )
        return next((each["id"] for each in answer.json()["alerts"]), None)

    eventually(newest, PATIENCE_S, "somebody fell")
    return newest() or ""


def _send_own(service: RunningService, report: HostileReport) -> None:
    host, port = service.url.removeprefix("http://").split(":")
    address = (host, int(port))
    names = {"name": "gate", "alert_id": _newest_alert(service)}
    left = INPUTS - report.total
    sockets = round(INPUTS * SOCKETS)
    given: Iterator[HostileInput] = chain(
        own_inputs.inputs(service.get("/openapi.json"), names, left - sockets, SEED),
        socket_inputs.inputs(sockets, SEED),
    )
    with ThreadPoolExecutor(32) as pool:
        for each, outcome in pool.map(lambda one: (one, send(address, one)), given):
            report.add(each, outcome)
