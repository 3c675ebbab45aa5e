"""Where things lie, and the one exception for what a user can mend."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


class CourseError(Exception):
    """Something a user can mend; printed as one line, without a traceback."""


@dataclass(frozen=True)
class ProblemSet:
    """One problem set: `ps1_dropout.py` is the text of `ps1`, its notebook is `dropout`."""

    name: str
    notebook: str
    root: Path

    @property
    def text(self) -> Path:
        return self.root / "assignments" / f"{self.name}_{self.notebook}.py"

    @property
    def source(self) -> Path:
        return self.root / "source" / self.name / f"{self.notebook}.ipynb"

    @property
    def release(self) -> Path:
        return self.root / "release" / self.name / f"{self.notebook}.ipynb"

    @property
    def variants(self) -> Path:
        return self.root / "tests" / "variants" / self.name


def problem_sets(root: Path = ROOT) -> dict[str, ProblemSet]:
    """All sets of the course by name, in order."""
    found = {}
    for path in sorted((root / "assignments").glob("ps*_*.py")):
        name, _, notebook = path.stem.partition("_")
        if name in found:
            raise CourseError(f"{path}: a second text for {name}")
        found[name] = ProblemSet(name, notebook, root)
    return found


def problem_set(name: str, root: Path = ROOT) -> ProblemSet:
    """The set called `name`; CourseError when there is none."""
    known = problem_sets(root)
    if name not in known:
        raise CourseError(f"there is no problem set {name!r}; known: {', '.join(known) or 'none'}")
    return known[name]


@cache
def settings(root: Path = ROOT) -> dict[str, str]:
    """The table `[tool.course]` of pyproject.toml."""
    with (root / "pyproject.toml").open("rb") as file:
        return tomllib.load(file)["tool"]["course"]
