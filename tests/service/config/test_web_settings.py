"""public_url, root_path and allowed_origins: what is refused, and what the refusal shows."""

import pytest
from pydantic import ValidationError

from service.config.settings import Settings


@pytest.mark.parametrize(
    "setting",
    [
        {"allowed_origins": ["https://admin:s3cret@gate"]},
        {"allowed_origins": ["https://admin:my s3cret@gate"]},
        {"public_url": "https://admin:s3cret@gate"},
        {"root_path": "https://admin:s3cret@gate"},
    ],
)
def test_refused_addresses_show_no_password(setting: dict[str, object]) -> None:
    """A password in a page's address is refused, and named nowhere."""
    with pytest.raises(ValidationError) as caught:
        Settings.model_validate(setting)
    assert all("s3cret" not in each["msg"] for each in caught.value.errors())


@pytest.mark.parametrize("path", ["/snoozes", "/alerts/x", "/score"])
def test_no_sub_path_looks_like_an_address_of_the_api(path: str) -> None:
    """A proxy that takes the sub-path away would have the API's own path taken for it."""
    with pytest.raises(ValidationError, match="begins like an address of the API"):
        Settings.model_validate({"root_path": path})
