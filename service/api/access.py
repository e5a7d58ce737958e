"""The routes of people and rights: sessions, users, keys, and the audit log."""

from service.api import audit, keys, sessions, setup, users
from service.api.dependencies import ApiDependencies
from service.api.guarded_router import GuardedRouter
from service.api.sessions import PasswordQueue


def router(dependencies: ApiDependencies) -> GuardedRouter:
    """Return all of them; work with passwords waits in one queue."""
    routes = GuardedRouter()
    passwords = PasswordQueue(dependencies.telemetry)
    routes.take(sessions.router(dependencies, passwords))
    routes.take(setup.router(dependencies, passwords))
    routes.take(users.router(dependencies, passwords))
    routes.take(keys.router(dependencies))
    routes.take(audit.router(dependencies))
    return routes
