"""requirements.txt, constraints.txt, environment.yml and pyproject.toml agree."""

import tomllib

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.version import Version

from autograder.course import ROOT

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def requirements(name: str) -> list[Requirement]:
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    return [Requirement(line) for line in lines if line and not line.startswith("#")]


def group(name: str) -> list[Requirement]:
    """The requirements of a dependency group and of those that it includes."""
    found = []
    for entry in PYPROJECT["dependency-groups"][name]:
        found += [Requirement(entry)] if isinstance(entry, str) else group(entry["include-group"])
    return found


PINS = {pin.name.lower().replace("_", "-"): pin for pin in requirements("constraints.txt")}
WANTED = [*requirements("requirements.txt"), *group("dev")]


@pytest.mark.parametrize("wanted", WANTED, ids=str)
def test_requirements_are_lower_bounds_that_the_pins_meet(wanted):
    assert [spec.operator for spec in wanted.specifier] == [">="]
    pin = PINS[wanted.name.lower()]
    assert [spec.operator for spec in pin.specifier] == ["=="]
    assert next(iter(pin.specifier)).version in wanted.specifier


def test_constraints_are_exact():
    for pin in PINS.values():
        assert [spec.operator for spec in pin.specifier] == ["=="], pin
        assert pin.url is None, pin


def test_conda_takes_the_same_file_and_python():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    conda, pip = environment["dependencies"][:-1], environment["dependencies"][-1]["pip"]
    assert pip == ["-r requirements.txt"]
    python = next(Requirement(x) for x in conda if x.startswith("python"))
    assert str(python.specifier) == PYPROJECT["project"]["requires-python"]


def test_the_named_packages_are_required():
    names = {wanted.name for wanted in requirements("requirements.txt")}
    assert names >= {
        "jupyterlab",
        "nbgrader",
        "otter-grader",
        "numpy",
        "torch",
        "torchvision",
        "matplotlib",
    }


def test_torch_and_torchvision_belong_together():
    import torchvision  # raises when its operators were built for another torch

    for name, version in (("torch", torchvision.torch.__version__),):
        assert Version(version).base_version == next(iter(PINS[name].specifier)).version
    assert torchvision.ops.nms.__module__ == "torchvision.ops.boxes"
