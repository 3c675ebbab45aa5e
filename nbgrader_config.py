"""Makes the repository an nbgrader course: every stock nbgrader command works in it."""

import os
import sys
from pathlib import Path

from nbconvert.preprocessors import ClearMetadataPreprocessor
from nbgrader.preprocessors import (
    AssignLatePenalties,
    CheckCellMetadata,
    ClearHiddenTests,
    ClearMarkScheme,
    ClearOutput,
    ClearSolutions,
    ComputeChecksums,
    IgnorePattern,
    LimitOutput,
    LockCells,
    SaveAutoGrades,
    SaveCells,
)

ROOT = Path(__file__).resolve().parent
if str(ROOT) not in sys.path:  # the `nbgrader` command does not look in the current folder
    sys.path.insert(0, str(ROOT))
# nbgrader starts `alembic` by name, also when the environment it lives in is not activated.
os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"

from autograder.preprocessors import (
    CleanOutputs,
    ForStudents,
    RestoreCells,
    RunInJail,
    SubmissionExporter,
)

c = get_config()  # noqa: F821

c.CourseDirectory.root = os.environ.get("COURSE_ROOT", str(ROOT))
c.CourseDirectory.course_id = "deep-learning"
if os.environ.get("COURSE_DB"):  # such as postgresql+psycopg://USER:PASSWORD@HOST/NAME
    c.CourseDirectory.db_url = os.environ["COURSE_DB"]
c.CourseDirectory.ignore = [
    ".ipynb_checkpoints",
    "*.pyc",
    "__pycache__",
    ".DS_Store",
    "receipt.json",  # the grader's own; it names hidden tests
    *("*.html", "*.htm", "*.xhtml", "*.svg", "*.js"),  # formgrader would serve a student's page
]

# nbgrader's own order, plus what students need. The checks come twice because hidden tests are part
# of the checksum that grading compares with, but not of the one in the release.
c.GenerateAssignment.preprocessors = [
    LockCells,
    ClearSolutions,
    ForStudents,
    ClearOutput,
    CheckCellMetadata,
    ComputeChecksums,
    SaveCells,
    ClearHiddenTests,
    ClearMarkScheme,
    ComputeChecksums,
    CheckCellMetadata,
]
c.ClearSolutions.code_stub = {"python": "# YOUR CODE HERE\nraise NotImplementedError()"}

# Student code runs in a jail, tests run outside it (autograder/engine.py). nbgrader's own way of
# grading, in one kernel without a jail, is there for comparison.
if os.environ.get("COURSE_EXECUTION") != "stock":
    c.Autograde.exporter_class = SubmissionExporter
    c.Autograde.sanitize_preprocessors = [RestoreCells, CleanOutputs]
    c.Autograde.autograde_preprocessors = [
        RunInJail,
        IgnorePattern,
        ClearMetadataPreprocessor,
        LimitOutput,
        SaveAutoGrades,
        AssignLatePenalties,
    ]

# Students read the feedback: a page of the course's own, in which nothing runs or leaks.
c.GenerateFeedback.exporter_class = "autograder.feedback.FeedbackExporter"
c.GenerateFeedback.preprocessors = []

# Formgrader shows what students wrote: raw HTML in their Markdown is text there, too, and of their
# outputs it shows pictures and text alone.
c.HTMLExporter.filters = {"markdown2html": "autograder.markup.cell_html"}
c.NbConvertBase.display_data_priority = ["image/png", "image/jpeg", "text/plain"]

# Each kernel would warn that its local TCP ports are not encrypted. (Those over files,
# KernelManager.transport = "ipc", do not start under nbclient 0.11.)
c.Execute.extra_arguments = ["--IPKernelApp.log_level=40"]
