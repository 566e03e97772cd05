"""An experiment's packages are pure Python, complete and exactly named."""

from __future__ import annotations

from pathlib import Path

import pytest
from packaging.tags import sys_tags

from app.experiments.errors import InputError
from app.experiments.wheels import gather_wheels, loads_in_browser
from tests.experiments.wheel_maker import make_wheel


@pytest.fixture(autouse=True)
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that pip takes for the package index; the tests reach no other."""
    folder = tmp_path / "index"
    folder.mkdir()
    for name in ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_CONFIG_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


@pytest.fixture
def given(tmp_path: Path) -> list[Path]:
    return [make_wheel(tmp_path / "given", "numpy", "2.4.3")]


@pytest.fixture
def experiment(tmp_path: Path) -> Path:
    (tmp_path / "experiment").mkdir()
    return tmp_path / "experiment"


def test_a_package_is_fetched_once_and_then_taken_from_the_cache(
    index: Path, given: list[Path], experiment: Path, tmp_path: Path
) -> None:
    fetched = make_wheel(index, "onion", "1.0", needs=["numpy>=2"])
    wheels = gather_wheels(["onion==1.0"], given, experiment, tmp_path / "cache")
    fetched.unlink()

    assert gather_wheels(["onion==1.0"], given, experiment, tmp_path / "cache") == wheels
    assert [wheel.name for wheel in wheels] == ["onion-1.0-py3-none-any.whl"]


def test_a_wheel_in_the_experiments_folder_needs_no_index(given: list[Path], experiment: Path, tmp_path: Path) -> None:
    wheel = make_wheel(experiment / "wheels", "onion", "1.0")

    assert gather_wheels(["onion==1.0"], given, experiment, tmp_path / "cache") == [wheel]


def test_a_compiled_package_is_refused_by_the_name_of_its_wheel(
    index: Path, given: list[Path], experiment: Path, tmp_path: Path
) -> None:
    make_wheel(index, "fast", "1.0", tag=str(next(sys_tags())))

    with pytest.raises(InputError) as caught:
        gather_wheels(["fast==1.0"], given, experiment, tmp_path / "cache")

    assert 'experiment.toml: environment.packages: "fast==1.0" is not pure Python (its wheel is fast-1.0-' in str(
        caught.value
    )
    assert "use one without compiled parts" in str(caught.value)


def test_a_package_that_does_not_exist_is_named(given: list[Path], experiment: Path, tmp_path: Path) -> None:
    with pytest.raises(
        InputError, match=r'"oniom==1\.0" has no wheel in the package index; check its name and version'
    ):
        gather_wheels(["oniom==1.0"], given, experiment, tmp_path / "cache")


def test_what_a_package_needs_must_be_named_too(given: list[Path], experiment: Path, tmp_path: Path) -> None:
    make_wheel(experiment / "wheels", "onion", "1.0", needs=["soup>=2", 'sauce; extra == "all"', 'tk; os_name == "nt"'])

    with pytest.raises(InputError, match=r'"onion==1\.0" needs "soup>=2", which is not named; add "soup==\.\.\."'):
        gather_wheels(["onion==1.0"], given, experiment, tmp_path / "cache")

    make_wheel(experiment / "wheels", "soup", "2.1")
    assert len(gather_wheels(["onion==1.0", "soup==2.1"], given, experiment, tmp_path / "cache")) == 2


def test_versions_that_do_not_go_together_are_named(given: list[Path], experiment: Path, tmp_path: Path) -> None:
    make_wheel(experiment / "wheels", "onion", "1.0", needs=["numpy<2"])

    with pytest.raises(InputError, match=r'needs "numpy<2", but numpy 2\.4\.3 is what the browsers would get'):
        gather_wheels(["onion==1.0"], given, experiment, tmp_path / "cache")


def test_a_given_package_is_not_fetched_and_its_version_cannot_be_another(
    given: list[Path], experiment: Path, tmp_path: Path
) -> None:
    assert gather_wheels(["numpy==2.4.3"], given, experiment, tmp_path / "cache") == []
    with pytest.raises(InputError, match=r'"numpy==1\.26" is not the version .* use "numpy==2\.4\.3"'):
        gather_wheels(["numpy==1.26"], given, experiment, tmp_path / "cache")


@pytest.mark.parametrize(
    ("name", "loads"),
    [
        ("cogrid-0.3.2-py3-none-any.whl", True),
        ("six-1.17.0-py2.py3-none-any.whl", True),
        ("msgpack-1.2.4-cp314-cp314-pyemscripten_2026_0_wasm32.whl", True),
        ("numpy-2.4.3-cp311-cp311-manylinux_2_28_x86_64.whl", False),
        ("old-1.0-py2-none-any.whl", False),
        ("no wheel at all.whl", False),
    ],
)
def test_a_wheels_name_says_whether_a_browser_can_load_it(name: str, loads: bool) -> None:
    assert loads_in_browser(name) is loads
