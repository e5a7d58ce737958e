"""Requests of the page that wait until a test lets them go, or get the answers that it says."""

from playwright.sync_api import APIResponse, Page, Route

from support.waiting import eventually


class Held:
    """Requests that wait until the test lets them go, with the answers of their time."""

    def __init__(self, page: Page, path: str, method: str) -> None:
        self._page = page
        self._routes: list[tuple[Route, APIResponse]] = []
        self._method = method
        page.route(path, self._take)

    def _take(self, route: Route) -> None:
        if route.request.method == self._method:
            self._routes.append((route, route.fetch()))
        else:
            route.continue_()

    def wait(self, requests: int) -> None:
        """Wait until so many were answered by the service."""
        # Its routes are handled while the page is asked something.
        assert eventually(lambda: self._page.evaluate("true") and len(self._routes) == requests)

    def let_go(self) -> None:
        """Let the page have the answers."""
        for route, answer in self._routes:
            route.fulfill(response=answer)
        self._routes.clear()


def answers(page: Page, path: str, value: object, status: int = 200) -> None:
    """Answer what is asked for with JSON of the test's own."""
    page.route(path, lambda route: route.fulfill(status=status, json=value))
