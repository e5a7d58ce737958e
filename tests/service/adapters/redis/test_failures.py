"""Which errors of Redis are about one alert, and which about the store."""

import pytest
import redis
from redis.exceptions import ClusterDownError, NoPermissionError, OutOfMemoryError, ReadOnlyError

from service.adapters.redis.failures import failure_of_one
from tracker.errors import AlertNotWritten, StoreRefuses, StoreUnavailable

WRONG = "WRONGTYPE Operation against a key holding the wrong kind of value"


@pytest.mark.parametrize(
    ("err", "kind"),
    [
        (redis.ResponseError(WRONG), AlertNotWritten),
        (redis.ResponseError(f"{WRONG} script: 1f, on @user_script:28."), AlertNotWritten),
        (redis.ResponseError("user_script:29: attempt to compare nil"), AlertNotWritten),
        (redis.ResponseError("ACL failure in script: user_script:9: no right"), StoreUnavailable),
        (redis.ResponseError("BUSY Redis is busy running a script"), StoreUnavailable),
        (redis.ResponseError("MISCONF no room; on @user_script:28."), StoreRefuses),
        (redis.ResponseError("NOREPLICAS too few; on @user_script:28."), StoreRefuses),
        (OutOfMemoryError("full; on @user_script:28."), StoreRefuses),
        (ReadOnlyError("a replica; on @user_script:28."), StoreRefuses),
        (NoPermissionError("no right; on @user_script:28."), StoreUnavailable),
        (ClusterDownError("down; on @user_script:28."), StoreUnavailable),
        (redis.ConnectionError(WRONG), StoreUnavailable),
    ],
)
def test_only_what_an_alerts_own_keys_hold_is_about_it_alone(
    err: Exception, kind: type[StoreUnavailable]
) -> None:
    """Else one camera after the other would be held back while no alert can be written."""
    assert type(failure_of_one(err)) is kind
