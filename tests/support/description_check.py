"""Holds what a service answers to what its OpenAPI document promises."""

import re
from collections.abc import Callable
from typing import Any

import httpx
from jsonschema import Draft202012Validator

# Larger bodies would take longer to check than to test.
CHECKED_BYTES = 100_000


class DescriptionCheck:
    """Checks each answer's status, media type and body; a hook of httpx.

    Args:
        read: returns the document; asked once, at the first answer.
    """

    def __init__(self, read: Callable[[], dict[str, Any]]) -> None:
        self._read = read
        self._document: dict[str, Any] = {}
        self._validators: dict[tuple[str, str, int], Draft202012Validator] = {}

    def __call__(self, answer: httpx.Response) -> None:
        """Fail where an answer is not as described; streamed ones are not read."""
        asked = answer.request
        self._document = self._document or self._read()
        template = self._template(asked.url.path)
        operation = self._document["paths"].get(template, {}).get(asked.method.lower())
        if operation is None:
            return
        described = operation["responses"].get(str(answer.status_code))
        what = f"{asked.method} {template} answered {answer.status_code}"
        assert described is not None, f"{what}, which its @describe does not name"
        media_type = answer.headers.get("content-type", "").partition(";")[0]
        assert not media_type or media_type in described.get("content", {}), (what, media_type)
        size = int(answer.headers.get("content-length", CHECKED_BYTES + 1))
        if media_type.endswith("json") and size <= CHECKED_BYTES:
            schema = described["content"][media_type]["schema"]
            answer.read()
            key = (template, asked.method, answer.status_code)
            self._check(key, schema, answer.json())

    def _check(self, key: tuple[str, str, int], schema: dict[str, Any], body: object) -> None:
        if key not in self._validators:
            whole = {**schema, "components": self._document["components"]}
            self._validators[key] = Draft202012Validator(whole)
        errors = [error.message for error in self._validators[key].iter_errors(body)]
        assert errors == [], (key, errors)

    def _template(self, path: str) -> str:
        """Return the path of the document that a request's path fits; literal ones first."""
        if path in self._document["paths"]:
            return path
        for template in self._document["paths"]:
            if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path):
                return str(template)
        return path
