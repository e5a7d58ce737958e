"""The routes of people and rights: sessions, users, keys, and the audit log."""

from fastapi import APIRouter

from service.api import audit, keys, sessions, setup, users
from service.api.dependencies import ApiDependencies
from service.api.sessions import PasswordQueue


def router(dependencies: ApiDependencies) -> APIRouter:
    """Return all of them; work with passwords waits in one queue."""
    routes = APIRouter()
    passwords = PasswordQueue(dependencies.telemetry)
    routes.include_router(sessions.router(dependencies, passwords))
    routes.include_router(setup.router(dependencies, passwords))
    routes.include_router(users.router(dependencies, passwords))
    routes.include_router(keys.router(dependencies))
    routes.include_router(audit.router(dependencies))
    return routes
