import re
from argparse import ArgumentParser
from pathlib import Path

import pytest
import yaml

from export.config.configure import checked, settings, shown
from export.training.settings import OTHER_FLAGS, Settings, declare, settings_of
from tracker.errors import ConfigError

DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "training-options.md"


def said(*words: str) -> Settings:
    """Return the settings of a command line."""
    parser = ArgumentParser()
    declare(parser)
    return settings_of(parser.parse_args(words))


def test_the_document_lists_every_option_as_it_is() -> None:
    """Flags, key, default and meaning of each option, in order, and no option that is none."""
    rows = re.findall(r"^\| (`--.*?) \| [^|]* \|$", DOCUMENT.read_text(), re.MULTILINE)

    expected = [
        " | ".join(
            [
                ", ".join(f"`{flag}`" for flag in (one.flag, *one.others)),
                f"`{one.path}`",
                shown(one.default),
                one.meaning,
            ]
        )
        for one in settings(Settings, OTHER_FLAGS)
    ]
    assert rows == expected


def test_every_option_has_a_meaning() -> None:
    """`--help` is never silent."""
    assert [one.path for one in settings(Settings) if not one.meaning] == []


def test_the_documents_example_is_a_configuration() -> None:
    """The YAML on the page is accepted."""
    text = re.findall(r"```yaml\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)[0]

    assert checked(Settings, yaml.safe_load(text), origin="page").data.dataset == "shanghaitech"


def test_published_settings_of_a_data_set_yield_to_what_is_said() -> None:
    """UBnormal has T = 16 and, supervised, R = 10; a flag still wins."""
    base = ["--dataset", "ubnormal", "--root", "r"]

    plain, supervised, own = (
        said(*base, *more).flow
        for more in ([], ["--supervised"], ["--supervised", "--R", "4", "--seg-len", "20"])
    )

    assert (plain.frames, plain.prior_mean) == (16, 3.0)
    assert (supervised.frames, supervised.prior_mean) == (16, 10.0)
    assert (own.frames, own.prior_mean) == (20, 4.0)


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (["--poses", "a/street"], "street"),
        (["--poses", "a/street", "--out", "b/flow.pt"], "flow"),
        (["--dataset", "aihub", "--root", "a"], "aihub"),
        (["--root", "a", "--run", "runs/street"], "street"),
        (["--poses", "a", "--out", "b.pt", "--name", "gate"], "gate"),
    ],
)
def test_models_have_a_name(words: list[str], name: str) -> None:
    """What is said, else the file's, the run's, the data's."""
    assert said(*words).name == name


def test_a_data_set_that_is_no_name_is_refused(tmp_path: Path) -> None:
    """Its path is named, as of any other wrong value."""
    file = tmp_path / "odd.yaml"
    file.write_text("data: {dataset: [aihub], root: a}")

    with pytest.raises(ConfigError, match=r"data\.dataset"):
        said("--config", str(file))
