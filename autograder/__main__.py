"""The command line: `python -m autograder COMMAND`."""

import os
import shutil
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from .course import ROOT, CourseError, ProblemSet, problem_set, problem_sets

app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__
)
console = Console(highlight=False, soft_wrap=True)
CORES = os.cpu_count() or 1
NO_BARS = {"TQDM_DISABLE": "1"}  # takes effect when tqdm is first imported, as torch does
STOPPED = ("timeout", "memory", "crashed", "forbidden")  # reasons that a summary mentions

Name = Annotated[str, typer.Argument(metavar="PS", help="The problem set, such as ps1.")]
Workers = Annotated[int, typer.Option(min=1, help="Processes that work at the same time.")]
Root = Annotated[
    Path, typer.Option(envvar="COURSE_ROOT", help="Where submitted/ and the gradebook are.")
]
Db = Annotated[
    str, typer.Option(envvar="COURSE_DB", metavar="URL", help="The gradebook, if not gradebook.db.")
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
def mutate(
    name: Name,
    exercise: Annotated[str | None, typer.Argument()] = None,
    workers: Workers = CORES,
) -> None:
    """Show how many slightly wrong reference solutions the tests of a set notice."""
    os.environ |= NO_BARS
    from .mutate import WANTED
    from .mutate import mutate as run

    scores = []
    for score in run(problem_set(name), exercise, workers):
        scores.append(score)
        for line in score.lines():
            console.print(line, markup=False)
    killed, counted = sum(s.killed for s in scores), sum(s.counted for s in scores)
    equivalent = sum(len(s.judged) for s in scores) - counted
    console.print(
        f"{name}: {killed} of {counted} mutants killed ({killed / max(counted, 1):.1%}),"
        f" {sum(s.seen for s in scores)} by the visible tests; {equivalent} equivalent;"
        f" {sum(s.seconds for s in scores):.0f} s"
    )
    bad = [score.exercise for score in scores if not score.good]
    if bad:
        raise CourseError(
            f"{', '.join(bad)}: below {WANTED:.0%}, a right answer refused, or a stale entry"
        )


@app.command()
def isolation(
    sets: Annotated[
        list[str] | None, typer.Argument(metavar="[PS]…", help="All sets when left out.")
    ] = None,
    workers: Workers = CORES,
) -> None:
    """Break one answer after the other and show which other exercises lose points by it."""
    os.environ |= NO_BARS
    from .isolation import isolation as run

    bad = []
    for ps in [problem_set(name) for name in sets or problem_sets()]:
        console.print(ps.name)
        for effect in run(ps, workers):
            for line in effect.lines():
                console.print(line, markup=False)
            if not effect.good:
                bad.append(f"{ps.name} {effect.broken}")
    if bad:
        raise CourseError(f"a wrong answer costs others without a reason: {', '.join(bad)}")


@app.command()
def collect(
    name: Name,
    inboxes: Annotated[
        list[Path],
        typer.Argument(
            metavar="INBOX…", help="Folders, zips (of an LMS, as downloaded), notebooks."
        ),
    ],
    roster: Annotated[
        Path | None, typer.Option(help="A CSV file with the students' ids, names or addresses.")
    ] = None,
    root: Root = ROOT,
) -> None:
    """Take the latest notebook of each student to submitted/STUDENT/PS/, one line each."""
    from .collect import collect as run

    counts = Counter()
    for taken in run(problem_set(name), inboxes, root, roster):
        counts[taken.state] += 1
        console.print(str(taken), markup=False)
    parts = {
        "taken": counts["taken"] + counts["replaced"] + counts["regrade"],
        "unchanged": counts["unchanged"],
        "older than what is there": counts["kept"],
        "refused": counts["refused"],
        "on the roster without a notebook": counts["absent"],
    }
    said = [f"{count} {what}" for what, count in parts.items() if count]
    console.print(", ".join(said) or "there is no notebook in there")


@app.command()
def grade(
    name: Name,
    root: Root = ROOT,
    force: Annotated[bool, typer.Option(help="Grade again what was graded before.")] = False,
    workers: Workers = CORES,
    sandbox: Annotated[
        bool, typer.Option(help="Run student code in a jail (needs bubblewrap).")
    ] = True,
    rerun_experiments: Annotated[
        bool, typer.Option(help="Run experiments at smoke scale instead of keeping their outputs.")
    ] = False,
    scheduler: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Grade on this Dask cluster's workers instead.")
    ] = "",
    db: Db = "",
) -> None:
    """Grade everybody who handed in a set; a run that was stopped goes on where it was."""
    _use(db)
    options = {"sandbox": sandbox, "rerun_experiments": rerun_experiments, "scheduler": scheduler}
    failed = _grade(problem_set(name), root, force=force, workers=workers, **options)
    if failed:
        raise CourseError(f"{failed} submissions could not be graded")


@app.command()
def bench(
    name: Annotated[str, typer.Argument(metavar="[PS]")] = "ps2",
    submissions: Annotated[int, typer.Option(min=2, help="How large the class is.")] = 48,
    coordinator: Annotated[
        bool, typer.Option(help="Measure only what writes the gradebook, for so many.")
    ] = False,
) -> None:
    """Grade one class with stock nbgrader and with the engine; print the ratio and the costs."""
    from .bench import bench as run
    from .bench import bench_coordinator

    for line in (bench_coordinator if coordinator else run)(problem_set(name), submissions):
        console.print(line, markup=False)


@app.command()
def doctor() -> None:
    """Say what this machine lacks for grading, and how to get it."""
    from .doctor import examine

    missing = 0
    for finding in examine():
        missing += not finding.good
        mark = "[green]  ok[/green]" if finding.good else "[red]FAIL[/red]"
        console.print(f"{mark} {finding.what}")
        if finding.remedy:
            console.print(f"     {finding.remedy}", markup=False)
    if missing:
        raise CourseError(f"{missing} things are missing")


@app.command()
def report(name: Name, root: Root = ROOT, db: Db = "") -> None:
    """Print the points of a graded set; write the report, CSV files and the students' feedback."""
    _use(db)
    _report(problem_set(name), root)


@app.command()
def otter(
    name: Name,
    output: Annotated[
        Path | None, typer.Option(help="An empty folder for it; else build/otter/PS, made anew.")
    ] = None,
    check: Annotated[bool, typer.Option(help="Let otter grade the reference solutions.")] = True,
) -> None:
    """Make otter-grader's notebooks and the Gradescope zip of a set."""
    from .gradescope import assign

    ps = problem_set(name)
    folder = output or ROOT / "build" / "otter" / ps.name
    if not output:
        shutil.rmtree(folder, ignore_errors=True)
    console.print(f"wrote {assign(ps, folder, check)}")
    console.print(f"wrote {folder / 'student'} and {folder / 'autograder'}")


@app.command()
def parity(
    sets: Annotated[
        list[str] | None, typer.Argument(metavar="[PS]…", help="All sets when left out.")
    ] = None,
) -> None:
    """Grade reference, blank release and variants with nbgrader and otter; print differences."""
    from .parity import compare

    row = "{:4} {:16} {:>9} {:>11}   {}"  # line by line, because all of it takes long
    console.print(row.format("set", "submission", "exercises", "full points", "differences"))
    different = 0
    for ps in [problem_set(name) for name in sets or problem_sets()]:
        with tempfile.TemporaryDirectory() as folder:
            for pairs in compare(ps, Path(folder)):
                wrong = [pair for pair in pairs if pair.nbgrader != pair.otter]
                said = [f"{p.exercise}: nbgrader {p.nbgrader}, otter {p.otter}" for p in wrong]
                full = sum(bool(pair.nbgrader) for pair in pairs)
                cells = (ps.name, pairs[0].submission, len(pairs), full, "; ".join(said) or "none")
                console.print(row.format(*cells), markup=False)
                different += len(wrong)
    if different:
        raise CourseError(f"nbgrader and otter differ in {different} grades")


@app.command()
def demo(
    name: Annotated[str, typer.Argument(metavar="[PS]")] = "ps1",
    root: Annotated[Path, typer.Option(help="Where the made class goes.")] = ROOT / "build/demo",
) -> None:
    """Show the whole pipeline on a made class: build, collect, grade, report."""
    from .build import build as run_build
    from .collect import collect as run_collect
    from .demo import make_class
    from .sandbox import why_no_sandbox

    ps = problem_set(name)
    if root == ROOT / "build/demo":
        shutil.rmtree(root, ignore_errors=True)
    elif root.exists() and any(root.iterdir()):
        raise CourseError(f"{root} is not empty: name a new folder for the made class")
    for line in run_build([name]):
        console.print(line)
    notes = make_class(ps, root / "inbox")
    console.print(f"made a class of {len(notes)} in {root / 'inbox'}")
    for taken in run_collect(ps, [root / "inbox"], root):
        console.print(f"  {taken.student}: {notes[taken.student]} → {taken.said}", markup=False)
    problem = why_no_sandbox()
    if problem:
        console.print(f"{problem}. This class is made up: it is graded without a jail.")
    _grade(ps, root, force=True, workers=CORES, sandbox=not problem)
    _report(ps, root)


def _use(db: str) -> None:
    """Let nbgrader_config.py, here and in the processes started from here, use that gradebook."""
    if db:
        from .gradebook import check_database

        check_database(db)
        os.environ["COURSE_DB"] = db


def _grade(ps: ProblemSet, root: Path, sandbox: bool = True, **options: Any) -> int:
    """Grade with a progress bar; return how many submissions could not be graded."""
    from .grade import grade as run
    from .gradebook import students

    if not sandbox:
        console.print(
            "[bold red]WARNING: --no-sandbox runs student code with all your rights: it can read,"
            " change and send whatever you can. The receipts say so.[/bold red]"
        )
    columns = (
        TextColumn("grading {task.fields[student]:12}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[failed]} failed"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    finished = []
    with Progress(*columns, console=console) as progress:
        bar = progress.add_task("grading", total=len(students(ps, root)), student="", failed=0)
        for done in run(ps, root, sandbox=sandbox, **options):
            finished.append(done)
            failed = sum(bool(other.error) for other in finished)
            progress.update(bar, advance=1, student=done.student, failed=failed)
    return _summary(finished)


def _summary(finished: list) -> int:
    """Print what a run of grading came to; return how many submissions could not be graded."""
    graded = [done for done in finished if not done.error and not done.skipped]
    failed = [done for done in finished if done.error]
    skipped = len(finished) - len(graded) - len(failed)
    line = f"{len(graded)} graded, {skipped} had been graded before, {len(failed)} failed"
    console.print(line)
    slowest = sorted(graded, key=lambda done: -done.seconds)[:3]
    if slowest:
        named = ", ".join(f"{done.student} {done.seconds:.1f} s" for done in slowest)
        console.print(f"slowest: {named}", markup=False)
    for done in graded:
        stopped = [f"{e}: {r}" for e, r in done.reasons.items() if r in STOPPED]
        if stopped:
            console.print(f"{done.student}: {', '.join(stopped)}", markup=False)
    for done in failed:
        console.print(f"{done.student}: not graded: {done.error}", markup=False)
    return len(failed)


def _report(ps: ProblemSet, root: Path) -> None:
    from .report import report as run

    with console.status("writing the report and everybody's feedback"):
        made = run(ps, root)
    console.print(made.table, soft_wrap=False)
    console.print("; ".join(made.legend))
    for note in made.notes:
        console.print(note)
    for file in made.files:
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
