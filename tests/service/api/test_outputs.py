"""Outputs over the API: added, changed, tried out and removed while the site runs."""

from collections.abc import Iterator

import pytest
from support.api import Service
from support.receiver import Receiver

from service.outputs.records import Failing, TargetState

pytestmark = pytest.mark.slow

SECRET = "correct horse battery"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver that takes everything."""
    with Receiver() as one:
        yield one


def webhook(receiver: Receiver, **more: object) -> dict[str, object]:
    """Settings of a webhook to it."""
    url = f"{receiver.url}?token=in-the-address"
    first = {"name": "desk", "type": "webhook", "url": url, "allow_local": True, "secret": SECRET}
    return {**first, **more}


def test_an_output_is_added_without_showing_its_secrets(
    service: Service, receiver: Receiver
) -> None:
    """Neither the answer nor the list nor the audit log holds them."""
    added = service.http.post("/outputs", json=webhook(receiver, headers={"X-Login": "hidden"}))
    listed = service.http.get("/outputs")
    audit = service.http.get("/audit")

    assert added.status_code == 201
    assert [each["name"] for each in listed.json()] == ["desk"]
    assert added.json()["settings"]["allow_local"] is True
    for answer in (added, listed, audit):
        for secret in (SECRET, "in-the-address", "hidden"):
            assert secret not in answer.text
    assert "output.add" in audit.text
    (output,) = service.dependencies.watch.refresh().settings.outputs
    assert getattr(output, "secret").get_secret_value() == SECRET  # noqa: B009 -- of a webhook


def test_a_change_keeps_the_secrets_that_are_sent_back_as_shown(
    service: Service, receiver: Receiver
) -> None:
    """What the page shows may be sent back whole; null takes a setting back to its default."""
    shown = service.http.post("/outputs", json=webhook(receiver, cooldown_s=60)).json()["settings"]

    changed = service.http.patch("/outputs/desk", json={**shown, "kinds": ["fall"]})
    reset = service.http.patch("/outputs/desk", json={"cooldown_s": None})

    (output,) = service.dependencies.watch.refresh().settings.outputs
    assert (changed.status_code, reset.status_code) == (200, 200)
    assert getattr(output, "secret").get_secret_value() == SECRET  # noqa: B009 -- of a webhook
    assert (output.kinds, output.cooldown_s) == (("fall",), 0.0)


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"url": "ftp://desk"}, "/url"),
        ({"cooldown": 5}, "/cooldown"),
        ({"template": "{{ title"}, "/template"),
        ({"secret": "whsec_%%%%%"}, "/secret"),
        ({"secret_file": "/etc/passwd"}, "/secret_file"),
        ({"escalation": {"after_s": 60, "then": "nobody"}}, "/escalation"),
        ({"name": "Desk 1"}, "/name"),
    ],
)
def test_wrong_settings_are_named(
    service: Service, receiver: Receiver, changes: dict[str, object], pointer: str
) -> None:
    """The problem points at the setting, and nothing is added."""
    answer = service.http.post("/outputs", json=webhook(receiver, **changes))

    assert (answer.status_code, answer.json()["pointer"]) == (422, pointer)
    assert service.http.get("/outputs").json() == []


def test_a_test_message_says_what_the_receiver_answers(
    service: Service, receiver: Receiver
) -> None:
    """Delivered or not; it is marked as a test."""
    service.http.post("/outputs", json=webhook(receiver))
    taken = service.http.post("/outputs/desk/test").json()
    receiver.status = 500
    refused = service.http.post("/outputs/desk/test").json()

    assert taken == {"delivered": True, "answer": "204 No Content"}
    assert refused["delivered"] is False
    assert refused["answer"].startswith("500")
    assert receiver.received[0].json["test"] is True


def test_an_output_is_removed(service: Service, receiver: Receiver) -> None:
    """It is gone; a second time there is none to remove."""
    service.http.post("/outputs", json=webhook(receiver))
    answers = [service.http.delete("/outputs/desk").status_code for _ in range(2)]

    assert answers == [204, 404]
    assert service.http.get("/outputs").json() == []


def test_names_are_given_once(service: Service, receiver: Receiver) -> None:
    """A second output of the same name is refused."""
    answers = [service.http.post("/outputs", json=webhook(receiver)).status_code for _ in range(2)]

    assert answers == [201, 409]


def test_the_list_says_what_fails(service: Service, receiver: Receiver) -> None:
    """Since when, how often and why; and when it is tried again."""
    service.http.post("/outputs", json=webhook(receiver))
    failing = Failing(since=5.0, attempts=3, due_at=60.0, reason="connection refused")
    service.site.outbox_states["desk"] = TargetState(cursor="1-0", failing=failing)

    (listed,) = service.http.get("/outputs").json()

    assert listed["state"] == {
        "failing_since": 5.0,
        "attempts": 3,
        "reason": "connection refused",
        "next_attempt_at": 60.0,
        "delivered_at": None,
    }


def test_the_list_says_who_receives_and_nothing_secret_of_the_address(
    service: Service, receiver: Receiver
) -> None:
    """Scheme, host and port; a token in the path stays unseen."""
    service.http.post("/outputs", json=webhook(receiver))

    (listed,) = service.http.get("/outputs").json()

    assert listed["receiver"] == f"http://127.0.0.1:{receiver.port}"


@pytest.mark.parametrize("secret", [None, "another correct horse"])
def test_another_receiver_gets_no_secret_of_the_old_one(
    service: Service, receiver: Receiver, secret: str | None
) -> None:
    """Whoever moves an output gives its secrets again, or none; another path is no move."""
    service.http.post("/outputs", json=webhook(receiver, headers={"X-Login": "hidden"}))
    shown = service.http.get("/outputs").json()[0]["settings"]
    elsewhere = {**shown, "url": "https://elsewhere.example/"}

    same = service.http.patch("/outputs/desk", json={"url": receiver.url + "/other"})
    first = service.http.patch("/outputs/desk", json=elsewhere)
    second = service.http.patch("/outputs/desk", json=elsewhere | {"secret": secret})
    third = service.http.patch(
        "/outputs/desk", json=elsewhere | {"secret": secret, "headers": {"X-Login": "new"}}
    )

    assert (same.status_code, third.status_code) == (200, 200)
    assert [(each.status_code, each.json()["pointer"]) for each in (first, second)] == [
        (422, "/secret"),
        (422, "/headers"),
    ]
    (output,) = service.dependencies.watch.refresh().settings.outputs
    kept = getattr(output, "secret")  # noqa: B009 -- of a webhook
    assert (None if kept is None else kept.get_secret_value()) == secret
