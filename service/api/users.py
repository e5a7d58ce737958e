"""`/users`: who may sign in, and what each may do."""

from collections import Counter

import msgspec
from anyio import to_thread
from fastapi import Request, Response

from service.access.changes import (
    Edit,
    PeopleRefused,
    add_user,
    change_user,
    find_user,
    remove_user,
    set_password,
)
from service.access.passwords import check_password
from service.access.people import User
from service.access.ports import Author
from service.api.auth import author_of
from service.api.client import address_of
from service.api.dependencies import ApiDependencies
from service.api.description import describe
from service.api.guarded_router import GuardedRouter
from service.api.problems import json_response
from service.api.sessions import PasswordQueue, refused
from service.api.shapes.access import UserBody, UserChangeBody, UserInfo
from service.api.shapes.acts import NoBody
from service.api.small_body import read_small_body


def router(dependencies: ApiDependencies, queue: PasswordQueue) -> GuardedRouter:
    """Return the routes over these dependencies."""
    routes = GuardedRouter()

    @routes.get("/users")
    @describe(list[UserInfo])
    async def users() -> Response:
        """Return everybody who may sign in, by name."""
        state = dependencies.directory.state
        return json_response([_shown(dependencies, name) for name in sorted(state.people.users)])

    @routes.post("/users")
    @describe(UserInfo, status=201, body=UserBody, problems=(409,))
    async def add(request: Request) -> Response:
        """Add somebody."""
        body = await read_small_body(request, UserBody)
        name, author = body.name.strip().lower(), author_at(request, dependencies)
        password = await queue.run(lambda: _kept(dependencies, body.password, name))
        await changed(dependencies, add_user(_made(body, name, password, author.at)), author)
        return json_response(_shown(dependencies, name), 201)

    _add_changes(routes, dependencies, queue)
    return routes


def _add_changes(
    routes: GuardedRouter, dependencies: ApiDependencies, queue: PasswordQueue
) -> None:
    @routes.patch("/users/{name}")
    @describe(UserInfo, body=UserChangeBody, problems=(409,))
    async def change(name: str, request: Request) -> Response:
        """Change what somebody may do, or its password."""
        body = await read_small_body(request, UserChangeBody)
        author = author_at(request, dependencies)
        if body.role is not msgspec.UNSET or body.cameras is not msgspec.UNSET:
            role = None if body.role is msgspec.UNSET else body.role
            edit = change_user(name, role=role, cameras=body.cameras)
            await changed(dependencies, edit, author)
        if body.password is not msgspec.UNSET:
            given = body.password
            password = await queue.run(lambda: _kept(dependencies, given, name))
            await changed(dependencies, set_password(name, password, author.at), author)
        return json_response(_shown(dependencies, name))

    @routes.delete("/users/{name}")
    @describe(None, status=204, problems=(409,))
    async def remove(name: str, request: Request) -> Response:
        """Remove somebody; its sessions end."""
        await read_small_body(request, NoBody)
        await changed(dependencies, remove_user(name), author_at(request, dependencies))
        return Response(status_code=204)


def _kept(dependencies: ApiDependencies, password: str, name: str) -> str:
    """Return how a password is kept; slow on purpose, hence run in a queue."""
    check_password(password, name)
    return dependencies.passwords.keep(password)


def _made(body: UserBody, name: str, password: str, at: float) -> User:
    return User(
        name=name,
        role=body.role,
        cameras=None if body.cameras is None else tuple(body.cameras),
        password=password,
        created_at=at,
        password_at=at,
    )


def author_at(request: Request, dependencies: ApiDependencies) -> Author:
    """Return who asks, for the audit log."""
    return Author(name=author_of(request), origin=address_of(request), at=dependencies.clock())


async def changed(dependencies: ApiDependencies, edit: Edit, author: Author) -> None:
    """Make a change of people, and know of it.

    Raises:
        Problem: it is refused.
    """

    def change() -> None:
        dependencies.people.change(edit, author)
        dependencies.directory.refresh()

    try:
        await to_thread.run_sync(change)
    except PeopleRefused as err:
        raise refused(err) from err


def _shown(dependencies: ApiDependencies, name: str) -> UserInfo:
    state = dependencies.directory.state
    try:
        user = find_user(state.people, name)
    except PeopleRefused as err:
        raise refused(err) from err
    signed_in = Counter(session.user for session in state.sessions.values())
    return UserInfo(
        name=user.name,
        role=user.role,
        cameras=None if user.cameras is None else list(user.cameras),
        created_at=user.created_at,
        password_at=user.password_at,
        sessions=signed_in[user.name],
    )
