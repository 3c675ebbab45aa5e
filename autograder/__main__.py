"""The command line: `python -m autograder COMMAND`."""

import shutil
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from .course import ROOT, CourseError, ProblemSet, problem_set

app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__
)
console = Console(highlight=False, soft_wrap=True)

Name = Annotated[str, typer.Argument(metavar="PS", help="The problem set, such as ps1.")]
Root = Annotated[
    Path, typer.Option(envvar="COURSE_ROOT", help="Where submitted/ and the gradebook are.")
]


@app.command()
def build(
    sets: Annotated[
        list[str] | None, typer.Argument(metavar="[PS]…", help="All sets when left out.")
    ] = None,
    check: Annotated[bool, typer.Option(help="Write nothing; fail when a file is stale.")] = False,
) -> None:
    """Make source/ and release/ from assignments/."""
    from .build import build as run

    for line in run(sets, check):
        console.print(line)


@app.command()
def variants(name: Name, exercise: Annotated[str | None, typer.Argument()] = None) -> None:
    """Run the right and wrong answers in tests/variants against the tests of a set."""
    from .variants import load_variants, run_variant

    ps = problem_set(name)
    outcomes = [run_variant(ps, variant) for variant in load_variants(ps, exercise)]
    for outcome in outcomes:
        variant = outcome.variant
        mark = "  ok" if outcome.expected else "FAIL"
        kind = "right" if variant.right else "wrong"
        said = outcome.error or "passes"
        console.print(f"{mark} {variant.exercise}, {kind}: {variant.note} → {said}", markup=False)
    misjudged = sum(not outcome.expected for outcome in outcomes)
    if misjudged or not outcomes:
        raise CourseError(f"{misjudged} of {len(outcomes)} variants are judged the wrong way")


@app.command()
def collect(
    name: Name,
    inbox: Annotated[Path, typer.Argument(help="A folder with a folder for each student.")],
    root: Root = ROOT,
) -> None:
    """Take handed-in notebooks to submitted/STUDENT/PS/, one line each."""
    from .collect import collect as run

    for taken in run(problem_set(name), inbox, root):
        said = f"refused: {taken.problem}" if taken.problem else "; ".join(("taken", *taken.mended))
        console.print(f"{taken.student}: {said}", markup=False)


@app.command()
def grade(
    name: Name,
    root: Root = ROOT,
    force: Annotated[bool, typer.Option(help="Grade again what was graded before.")] = False,
) -> None:
    """Grade everybody who handed in a set; a run that was stopped goes on where it was."""
    failed = _grade(problem_set(name), root, force)
    if failed:
        raise CourseError(f"{failed} submissions could not be graded")


@app.command()
def report(name: Name, root: Root = ROOT) -> None:
    """Print the points of a graded set; write CSV files and the students' feedback."""
    _report(problem_set(name), root)


@app.command()
def demo(
    name: Annotated[str, typer.Argument(metavar="[PS]")] = "ps1",
    root: Annotated[Path, typer.Option(help="Where the made class goes.")] = ROOT / "build/demo",
) -> None:
    """Show the whole pipeline on a made class: build, collect, grade, report."""
    from .build import build as run_build
    from .collect import collect as run_collect
    from .demo import make_class

    ps = problem_set(name)
    if root == ROOT / "build/demo":
        shutil.rmtree(root, ignore_errors=True)
    elif root.exists() and any(root.iterdir()):
        raise CourseError(f"{root} is not empty: name a new folder for the made class")
    for line in run_build([name]):
        console.print(line)
    notes = make_class(ps, root / "inbox")
    console.print(f"made a class of {len(notes)} in {root / 'inbox'}")
    for taken in run_collect(ps, root / "inbox", root):
        said = f"refused: {taken.problem}" if taken.problem else "; ".join(("taken", *taken.mended))
        console.print(f"  {taken.student}: {notes[taken.student]} → {said}", markup=False)
    _grade(ps, root, force=True)
    _report(ps, root)


def _grade(ps: ProblemSet, root: Path, force: bool) -> int:
    """Grade with a progress bar; return how many submissions could not be graded."""
    from .grade import grade as run
    from .gradebook import students

    columns = (
        TextColumn("grading {task.fields[student]:12}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    everybody = students(ps, root)
    failed = []
    with Progress(*columns, console=console) as progress:
        bar = progress.add_task("grading", total=len(everybody), student="")
        for number, done in enumerate(run(ps, root, force), 1):
            following = everybody[number] if number < len(everybody) else ""
            progress.update(bar, completed=number, student=following)
            if done.error:
                failed.append(done)
    for done in failed:
        console.print(f"{done.student}: not graded: {done.error}", markup=False)
    return len(failed)


def _report(ps: ProblemSet, root: Path) -> None:
    from .report import report as run

    table, legend, files = run(ps, root)
    console.print(table, soft_wrap=False)
    console.print("; ".join(legend))
    for file in files:
        console.print(f"wrote {file}")


def main() -> None:
    """Run a command; a mistake that the user can mend is one line and exit status 1."""
    try:
        app()
    except CourseError as error:
        Console(stderr=True, highlight=False).print(f"error: {error}", soft_wrap=True, markup=False)
        sys.exit(1)


if __name__ == "__main__":
    main()
