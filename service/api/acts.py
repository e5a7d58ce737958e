"""`POST /alerts/{id}/acknowledge`, `/verdict` and `/notes`: what people do about alerts."""

import hashlib
import re
from uuid import uuid4

from anyio import to_thread
from fastapi import Request, Response

from inference.types import Act, Verdict
from service.api.alerts import found_alert
from service.api.audited import audited
from service.api.auth import author_of, principal_of
from service.api.dependencies import ApiDependencies
from service.api.description import describe
from service.api.guarded_router import GuardedRouter
from service.api.problems import Problem, json_response
from service.api.shapes.acts import ActDone, NoBody, NoteBody, VerdictBody
from service.api.small_body import read_small_body
from service.records import FoundAlert
from service.sentences.alerts import TOO_MANY_ACTS, WRONG_NOTE
from service.sentences.requests import WRONG_RETRY_KEY

MOST_ACTS = 200  # of one alert
RETRY_KEY = "idempotency-key"
ACT_HEADERS = {
    "Idempotency-Key": "A request that is repeated with the same key within a day acts once."
}


def router(dependencies: ApiDependencies) -> GuardedRouter:
    """Return the routes over these dependencies."""
    routes = GuardedRouter()

    @routes.post("/alerts/{alert_id}/acknowledge")
    @describe(ActDone, problems=(409,), headers=ACT_HEADERS)
    async def acknowledge(alert_id: str, request: Request) -> Response:
        """Say that somebody has seen the alert."""
        await read_small_body(request, NoBody)
        act = _act(dependencies, request, alert_id)
        return await _appended(dependencies, request, alert_id, act)

    @routes.post("/alerts/{alert_id}/verdict")
    @describe(ActDone, body=VerdictBody, problems=(409,), headers=ACT_HEADERS)
    async def judge(alert_id: str, request: Request) -> Response:
        """Say whether the alert was right."""
        body = await read_small_body(request, VerdictBody)
        act = _act(dependencies, request, alert_id, verdict=body.word)
        return await _appended(dependencies, request, alert_id, act)

    @routes.post("/alerts/{alert_id}/notes")
    @describe(ActDone, body=NoteBody, problems=(409,), headers=ACT_HEADERS)
    async def note(alert_id: str, request: Request) -> Response:
        """Write something about the alert."""
        body = await read_small_body(request, NoteBody)
        act = _act(dependencies, request, alert_id, text=_text(body))
        return await _appended(dependencies, request, alert_id, act)

    return routes


def _act(
    dependencies: ApiDependencies,
    request: Request,
    alert_id: str,
    *,
    verdict: Verdict | None = None,
    text: str | None = None,
) -> Act:
    author = author_of(request)
    return Act(
        id=_act_id(request, alert_id, author, verdict or text or ""),
        at=dependencies.clock(),
        author=author,
        type="verdict" if verdict else "note" if text else "acknowledged",
        verdict=verdict,
        text=text,
    )


def _act_id(request: Request, alert_id: str, author: str, content: str) -> str:
    """Return the act's id: of a client that repeats its request, the same again.

    Another author's or with another content it is another act, which must not be lost.
    """
    key = request.headers.get(RETRY_KEY)
    if key is None:
        return uuid4().hex
    if not re.fullmatch(r"[\x21-\x7e]{1,128}", key):
        detail = WRONG_RETRY_KEY(name=RETRY_KEY)
        raise Problem(422, "invalid-parameter", detail, pointer=RETRY_KEY)
    about = f"{request.url.path} {alert_id} {key} {author} {content}"
    return hashlib.sha256(about.encode(errors="surrogatepass")).hexdigest()[:32]


async def _appended(
    dependencies: ApiDependencies, request: Request, alert_id: str, act: Act
) -> Response:
    principal = principal_of(request)

    def append() -> tuple[str, Act]:
        found = found_alert(dependencies, alert_id, principal)
        recorded = next((each for each in found.acts if each.id == act.id), None)
        if recorded is None:
            _refuse_more(found)
        return dependencies.acts.append(act, found.archived.alert), recorded or act

    event_id, recorded = await to_thread.run_sync(append)
    dependencies.telemetry.count("acts_total", type=act.type)
    if recorded is act:
        # A note's text stays with its alert, to go when that one is forgotten.
        after = {"alert": alert_id, "act": act.id, "verdict": act.verdict}
        await audited(request, f"alert.{act.type}", after=after)
    return json_response(ActDone(event_id=event_id, alert=alert_id, act=recorded))


def _refuse_more(found: FoundAlert) -> None:
    if len(found.acts) >= MOST_ACTS:
        raise Problem(409, "too-many-acts", TOO_MANY_ACTS(most=MOST_ACTS))


def _text(body: NoteBody) -> str:
    text = body.text.strip()
    if not text or re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]", text):
        raise Problem(422, "wrong-shape", WRONG_NOTE(), pointer="/text")
    return text
