"""How the parts are put together."""

import pytest

from service import compose
from service.config import CameraSettings, Settings


@pytest.mark.parametrize(
    ("cores", "pictures", "permits"), [(2, 1, 1), (2, 2, 2), (2, 6, 2), (8, 3, 4), (1, 3, 1)]
)
def test_as_many_turns_as_the_cores_can_serve(
    monkeypatch: pytest.MonkeyPatch, cores: int, pictures: int, permits: int
) -> None:
    """Each turn has its threads' cores; cameras that carry poses take none."""
    monkeypatch.setattr(compose, "_cores", lambda: cores)
    names = [f"c{number}" for number in range(pictures)]
    cameras = [CameraSettings.model_validate({"name": n, "source": f"{n}.mp4"}) for n in names]
    simulated = CameraSettings.model_validate({"name": "sim", "source": "sim:"})

    shares = compose.build_shares(Settings(cameras=(*cameras, simulated)))

    assert shares.turns["blazepose"].permits == permits
    assert shares.turns["rtmo"].permits >= pictures
