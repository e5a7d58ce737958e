import pytest
from jsonschema import Draft202012Validator
from support.api import Service, alert

from service.api.message_schemas import SCHEMA_PATHS


@pytest.mark.parametrize("path", SCHEMA_PATHS)
def test_each_schema_is_one(service: Service, path: str) -> None:
    """Of JSON Schema 2020-12, with words for every shape."""
    schema = service.http.get(path).json()

    Draft202012Validator.check_schema(schema)
    assert [name for name, each in schema["$defs"].items() if not each.get("description")] == []


def test_a_schema_tells_good_messages_from_bad(service: Service) -> None:
    """It is not so wide that anything fits."""
    schema = service.http.get("/schemas/ws-alerts.json").json()
    fits = Draft202012Validator(schema).is_valid
    opened = {"id": "1-0", "type": "opened", "alert": {"id": "a"}}

    assert fits({"type": "gap", "after": "1-0"})
    assert not fits({"type": "gap"})
    assert not fits({"type": "danced", "after": "1-0"})
    assert not fits(opened)
    assert alert(1).id not in opened


def test_a_client_may_ask_for_everything_that_is_kept(service: Service) -> None:
    """`0-0` is an id; another text is none."""
    schema = service.http.get("/schemas/ws-client.json").json()
    fits = Draft202012Validator(schema).is_valid

    assert fits({"last_id": "0-0"})
    assert fits({"api_key": "k", "last_id": "17-3"})
    assert not fits({"last_id": "yesterday"})
