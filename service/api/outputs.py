"""`/outputs`: where alerts go; added, changed and tried out while the site runs."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

import msgspec
from anyio import to_thread
from fastapi import Request, Response

from service.api.audited import audited
from service.api.dependencies import ApiDependencies
from service.api.description import describe
from service.api.guarded_router import GuardedRouter
from service.api.problems import Problem, json_response
from service.api.shapes.acts import NoBody
from service.api.shapes.outputs import (
    NewOutput,
    OutputChanges,
    OutputDetail,
    OutputState,
    TestAnswer,
)
from service.api.small_body import read_small_body
from service.config.output_editor import OutputEditor, OutputRefused, Refusal, output_of, shown
from service.config.outputs.any_output import AnyOutputSettings
from service.config.outputs.receiver import receiver_of
from tracker.wording import sentence_of

STATUSES: Mapping[Refusal, HTTPStatus] = {
    "no-such-output": HTTPStatus.NOT_FOUND,
    "name-taken": HTTPStatus.CONFLICT,
    "file-output": HTTPStatus.CONFLICT,
    "wrong-output": HTTPStatus.UNPROCESSABLE_ENTITY,
    "output-changed": HTTPStatus.CONFLICT,
    "site-full": HTTPStatus.CONFLICT,
}


def router(dependencies: ApiDependencies) -> GuardedRouter:
    """Return the routes over these dependencies."""
    routes = GuardedRouter()

    @routes.get("/outputs")
    @describe(list[OutputDetail])
    def outputs() -> Response:
        """Return where alerts go, and how the deliveries go."""
        site = dependencies.site
        return json_response([detail(dependencies, each) for each in site.settings.outputs])

    _add_changes(routes, dependencies)
    _add_test(routes, dependencies)
    return routes


def _add_changes(routes: GuardedRouter, dependencies: ApiDependencies) -> None:
    editor = OutputEditor(dependencies.watch, dependencies.site_store)

    @routes.post("/outputs")
    @describe(OutputDetail, status=201, body=NewOutput, problems=(409,))
    async def add(request: Request) -> Response:
        """Add an output; it begins with what comes next."""
        fields = await read_small_body(request, dict[str, Any])
        with as_problem():
            made = await to_thread.run_sync(editor.add, fields)
        await audited(request, "output.add", after=_recorded(made))
        return json_response(await _detail(dependencies, made), HTTPStatus.CREATED)

    @routes.patch("/outputs/{name}")
    @describe(OutputDetail, body=OutputChanges, problems=(409,))
    async def change(name: str, request: Request) -> Response:
        """Change settings of an output; how far it has come stays."""
        changes = await read_small_body(request, dict[str, Any])
        with as_problem():
            before = output_of(dependencies.site, name)
            made = await to_thread.run_sync(editor.change, name, changes)
        await audited(request, "output.change", before=_recorded(before), after=_recorded(made))
        return json_response(await _detail(dependencies, made))

    @routes.delete("/outputs/{name}")
    @describe(None, status=204, problems=(409,))
    async def remove(name: str, request: Request) -> Response:
        """Remove an output that was added over the API; what it has not sent is not sent."""
        await read_small_body(request, NoBody)
        with as_problem():
            before = output_of(dependencies.site, name)
            await to_thread.run_sync(editor.remove, name)
        await audited(request, "output.remove", before=_recorded(before))
        return Response(status_code=HTTPStatus.NO_CONTENT)


def _add_test(routes: GuardedRouter, dependencies: ApiDependencies) -> None:
    @routes.post("/outputs/{name}/test")
    @describe(TestAnswer)
    async def try_out(name: str, request: Request) -> Response:
        """Send a message that says that it is a test; return what the receiver answers."""
        await read_small_body(request, NoBody)
        with as_problem():
            settings = output_of(dependencies.site, name)
        result = await to_thread.run_sync(dependencies.outputs.send_test, settings)
        await audited(request, "output.test", after={"name": name, "delivered": result.delivered})
        return json_response(TestAnswer(delivered=result.delivered, answer=result.answer))


@contextmanager
def as_problem() -> Iterator[None]:
    """Answer what the editor refuses by a problem that names the setting."""
    try:
        yield
    except OutputRefused as err:
        pointer = None if err.setting is None else f"/{err.setting}"
        raise Problem(STATUSES[err.kind], err.kind, sentence_of(err), pointer=pointer) from err


def detail(dependencies: ApiDependencies, output: AnyOutputSettings) -> OutputDetail:
    """Return what is set of an output, and how its deliveries go.

    Raises:
        StoreUnavailable: Redis did not answer.
    """
    known, found = dependencies.site.outputs, dependencies.outputs.states.load(output.name)
    failing = None if found is None else found.failing
    state = None
    if found is not None:
        state = OutputState(
            failing_since=None if failing is None else failing.since,
            attempts=0 if failing is None else failing.attempts,
            reason=None if failing is None else failing.reason,
            next_attempt_at=None if failing is None else failing.due_at,
            delivered_at=found.delivered_at,
        )
    return OutputDetail(
        name=output.name,
        type=output.type,
        receiver=receiver_of(output),
        enabled=output.enabled,
        origin="api" if output.name in known.of_api else "file",
        version=known.versions.get(output.name, 0),
        settings=shown(output),
        state=state,
    )


async def _detail(dependencies: ApiDependencies, output: AnyOutputSettings) -> OutputDetail:
    return await to_thread.run_sync(detail, dependencies, output)


def _recorded(output: AnyOutputSettings) -> dict[str, Any]:
    recorded: dict[str, Any] = msgspec.to_builtins({"name": output.name, **shown(output)})
    return recorded
