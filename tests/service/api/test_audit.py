from support.access import set_up
from support.api import Service


def test_who_changed_what_is_listed(service: Service) -> None:
    """Newest first, page by page, narrowed by author and action."""
    with set_up(service.http) as anna:
        body = {"until": service.dependencies.clock() + 60, "reason": "painters"}
        anna.post("/snoozes", json=body).raise_for_status()
        anna.post("/keys", json={"name": "frigate", "role": "viewer"}).raise_for_status()
        page = anna.get("/audit", params={"limit": 2}).json()
        rest = anna.get("/audit", params={"cursor": page["next"]}).json()
        found = page["entries"] + rest["entries"]
        keys = anna.get("/audit", params={"action": "key"}).json()["entries"]
        nobody = anna.get("/audit", params={"author": "ben"}).json()["entries"]
        wrong = anna.get("/audit", params={"cursor": "nonsense"})

    actions = ["key.add", "snooze.begin", "session.begin", "user.setup"]
    assert [each["action"] for each in found] == actions
    assert {(each["author"], each["origin"]) for each in found} == {("anna", "127.0.0.1")}
    assert keys == [found[0]]
    assert keys[0]["after"]["name"] == "frigate"
    assert (nobody, rest["next"]) == ([], None)
    assert (wrong.status_code, wrong.json()["pointer"]) == (422, "cursor")
