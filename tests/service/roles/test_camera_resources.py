import pytest

from service.config.camera_settings import CameraSettings
from service.config.settings import Settings
from service.roles import camera_resources


@pytest.mark.parametrize(
    ("cores", "pictures", "processes", "permits"),
    [
        (2, 1, 1, 1),
        (2, 2, 1, 2),
        (2, 6, 1, 2),
        (8, 3, 1, 4),
        (1, 3, 1, 1),
        (16, 32, 2, 8),
        (16, 4, 2, 2),
        (2, 6, 4, 1),
    ],
)
def test_as_many_turns_as_the_cores_can_serve(
    monkeypatch: pytest.MonkeyPatch, cores: int, pictures: int, processes: int, permits: int
) -> None:
    """Each turn has its threads' cores; cameras that carry poses take none.

    Processes that share a machine share its turns.
    """
    monkeypatch.setattr(camera_resources, "usable_cores", lambda: cores)
    names = [f"c{number}" for number in range(pictures)]
    cameras = [CameraSettings.model_validate({"name": n, "source": f"{n}.mp4"}) for n in names]
    simulated = CameraSettings.model_validate({"name": "sim", "source": "sim:"})

    shares = camera_resources.build_resources(Settings(cameras=(*cameras, simulated)), processes)

    assert shares.schedulers["blazepose"].permits == permits
    assert shares.schedulers["rtmo"].permits >= pictures
    assert shares.schedulers["rtmo-t"].permits >= pictures
