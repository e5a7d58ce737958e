import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.access.principal import ANYBODY, RIGHTS, SITE_KEY, Kind, Principal, Right, Role

ROLES: tuple[Role, ...] = ("viewer", "operator", "admin")
rights = st.sampled_from(sorted(RIGHTS))
kinds: st.SearchStrategy[Kind] = st.sampled_from(["user", "key"])
cameras = st.none() | st.frozensets(st.sampled_from(["gate", "yard", "hall"]), min_size=1)


@given(right=rights, kind=kinds, seen=cameras)
def test_a_higher_role_may_all_that_a_lower_one_may(
    right: Right, kind: Kind, seen: frozenset[str] | None
) -> None:
    """Viewer, operator, admin: no right is lost on the way up."""
    may = [Principal(name="x", role=role, cameras=seen, kind=kind).may(right) for role in ROLES]

    assert may == sorted(may)


@given(seen=cameras, asked=st.text(max_size=8) | st.sampled_from(["gate", "yard"]))
def test_a_camera_list_is_all_that_one_sees(seen: frozenset[str] | None, asked: str) -> None:
    """A camera that is not on the list is not seen; without a list every one is."""
    principal = Principal(name="x", role="viewer", cameras=seen)

    assert principal.sees(asked) == (seen is None or asked in seen)
    assert principal.sees_all() == (seen is None)


def test_metrics_are_for_admins_and_for_keys_that_see_all() -> None:
    """Metrics name every camera: a list of cameras, or being a person, is not enough."""
    scraper = Principal(name="x", role="viewer", kind="key")
    narrow = Principal(name="x", role="operator", kind="key", cameras=frozenset({"gate"}))
    person = Principal(name="x", role="operator")

    assert [each.may("measure") for each in (scraper, narrow, person)] == [True, False, False]


def test_an_empty_list_of_cameras_is_refused() -> None:
    """It must not read as no filter, which shows all."""
    with pytest.raises(ValueError, match="empty list of cameras"):
        Principal(name="x", role="viewer", cameras=frozenset())


def test_an_open_site_and_its_key_are_admins() -> None:
    """Whoever comes to a site without people, or with its own key, may do everything."""
    assert all(each.may(right) for each in (ANYBODY, SITE_KEY) for right in RIGHTS)
