"""Feedback: it says what is due, nothing in it runs, and nothing of a hidden test is in it."""

import base64
import json
import re
from html.parser import HTMLParser

import nbformat
import pytest
from nbconvert.exporters import HTMLExporter
from nbgrader.server_extensions.formgrader.handlers import template_path

from autograder.course import problem_set
from autograder.demo import fill_in, reference_answers
from autograder.feedback import feedback_page, read_course, visible_message
from autograder.grade import grade
from autograder.gradebook import Grade, Submission, nbgrader_api
from autograder.healing import mend
from autograder.markup import MAX_MARKDOWN, cell_html, code_html, markdown_html, outputs_html
from autograder.preprocessors import CleanOutputs

PS = problem_set("ps1")
PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(20)).decode()
SVG = base64.b64encode(b"<svg onload=alert(1)></svg>").decode()
HOSTILE = f"""
<script>alert(1)</script><img src=x onerror=alert(1)><svg onload=alert(1)><iframe src=//evil.test>
</iframe><form action=//evil.test><button formaction=javascript:alert(1)>x</button></form>
<style>*{{background:url(//evil.test)}}</style><meta http-equiv=refresh content="0;url=//evil.test">
<base href=//evil.test><object data=//evil.test></object><a href=" javascript:alert(1)">x</a>
<math><mtext></table><mglyph><style><img src=x onerror=alert(1)>

[one](javascript:alert(1)) [two](JaVaScRiPt&colon;alert(1)) [three](data:text/html,x)
[four](evil.html) [five](//evil.test) [six](http://fine.test/page "title") <javascript:alert(1)>
![seven](http://evil.test/x.png) ![eight](data:image/svg+xml;base64,{SVG})
![nine](data:image/png;base64,{PNG}) ![ten](data:image/png;base64,{SVG}) ![no](attachment:no.png)
![attached](attachment:a.png) ![vector](attachment:b.svg) ![" onerror="alert(1)](http://evil.test)

# heading <b id=test_dropout_forward class=score>x</b>
```mermaid
</pre><script>alert(1)</script>
```
```"><script>alert(1)</script>
x
```
$$\\href{{javascript:alert(1)}}{{x}} </script><script>alert(1)</script>$$
| <img src=x onerror=alert(1)> | b |
|--|--|
| `<script>` | 2 |
"""
ATTACHMENTS = {"a.png": {"image/png": PNG}, "b.svg": {"image/svg+xml": SVG, "image/png": SVG}}
BAD_TAGS = "script svg iframe form button input style meta base object embed link math video audio"


class Reader(HTMLParser):
    """The tags of a page as a browser finds them, and what is wrong with them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.wrong: list[str] = []
        self.pictures = 0
        self.links: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in BAD_TAGS.split():
            self.wrong.append(tag)
        for name, value in attrs:
            if name.startswith("on") or name in ("srcdoc", "formaction", "srcset", "id", "style"):
                self.wrong.append(f"{tag} {name}={value}")
            if name == "src":
                kind, _, data = (value or "").partition(";base64,")
                self.pictures += 1
                if kind != "data:image/png" or not base64.b64decode(data).startswith(b"\x89PNG"):
                    self.wrong.append(f"{tag} {name}={value}")
            if name == "href":
                self.links.append(value or "")


def test_hostile_markdown_is_text():
    read = Reader(markdown_html(HOSTILE, ATTACHMENTS))
    assert read.wrong == []
    assert read.links == ["http://fine.test/page"]
    assert read.pictures == 2, "one within the text, one attached"


def test_ordinary_markdown_looks_as_usual():
    made = markdown_html("**Yes**, because $x < y$:\n\n1. `a < b`\n2. see\n\n```python\nx = 1\n```")
    for part in (
        "<strong>Yes</strong>",
        "$x &lt; y$",
        "<ol>",
        "<code>a &lt; b</code>",
        'class="n"',
    ):
        assert part in made


@pytest.mark.parametrize(
    "text",
    [
        "[" * 20_000,
        "\\begin{a" * 5_000,
        "> " * 9_000,
        "$$ " * 7_000,
        "* a\n " * 5_000,
        "`" * 19_999,
    ],
    ids=["brackets", "environments", "quotes", "dollars", "lists", "ticks"],
)
def test_markdown_made_to_take_long_does_not(text):
    assert len(markdown_html(text)) < 40 * MAX_MARKDOWN


def test_a_picture_in_an_answer_stays():
    notebook, release = (nbformat.read(PS.release, as_version=4) for _ in range(2))
    answer = next(cell for cell in notebook.cells if cell.source == "YOUR ANSWER HERE")
    answer.source = "See ![the derivation](attachment:a.png)."
    answer.attachments = ATTACHMENTS
    healed, _ = mend(nbformat.writes(notebook).encode(), release)
    cleaned, _ = CleanOutputs().preprocess(healed, {})
    (kept,) = (cell for cell in cleaned.cells if "attachments" in cell)
    assert kept.attachments == {"a.png": {"image/png": PNG}}
    shown = cell_html({"cell": kept}, kept.source)
    assert f'src="data:image/png;base64,{PNG}"' in shown


def test_code_and_outputs_are_text():
    made = code_html("x = '</pre><script>alert(1)</script>'")
    made += outputs_html(
        [
            {
                "output_type": "stream",
                "name": "stdout",
                "text": "10%\r20%\r\x1b[31m<script>\x1b[0m",
            },
            {
                "output_type": "display_data",
                "data": {"text/html": HOSTILE, "image/svg+xml": "<svg>"},
            },
            {"output_type": "display_data", "data": {"image/png": PNG, "text/plain": '"><script>'}},
            {"output_type": "display_data", "data": {"image/png": SVG}},
            {"output_type": "error", "ename": "<svg>", "evalue": "", "traceback": ["<svg>"]},
            "no output",
        ]
    )
    read = Reader(made)
    assert read.wrong == []
    assert read.pictures == 1
    assert "10%" not in made


def test_formgrader_shows_text_and_pictures_alone(tmp_path):
    """Also when no jail cleaned the outputs (`COURSE_EXECUTION=stock`)."""
    config = nbgrader_api(tmp_path).coursedir.config.copy()
    config.HTMLExporter.template_name = "formgrade"
    config.HTMLExporter.extra_template_basedirs = [template_path]
    made = nbformat.v4.new_notebook()
    data = {"text/html": HOSTILE, "image/svg+xml": HOSTILE, "application/javascript": "alert(1)"}
    outputs = [nbformat.v4.new_output("display_data", data | {"text/plain": "a figure"})]
    outputs.append(nbformat.v4.new_output("stream", text=HOSTILE))
    made.cells = [
        nbformat.v4.new_code_cell(HOSTILE, outputs=outputs),
        nbformat.v4.new_markdown_cell(HOSTILE, attachments=ATTACHMENTS),
    ]
    facts = dict.fromkeys(("notebook_id", "student", "base_url", "last_name"), "x")
    facts |= {"index": 0, "total": 1}
    html, _ = HTMLExporter(config=config).from_notebook_node(made, resources=facts)
    shown = html.split('id="notebook-container"')[-1]
    assert "a figure" in shown
    assert Reader(shown).pictures == 2
    assert [w for w in Reader(shown).wrong if " id=" not in w] == []


# -- the page


@pytest.fixture(scope="module")
def course():
    return read_course(PS.source)


def submission(**facts) -> Submission:
    grades = [
        Grade("dropout_forward", 6.0, 6.0, False, 6.0),
        Grade("dropout_backward", 0.0, 4.0, False, 0.0),
        Grade("train_linear", 0.0, 6.0, False, 0.0),
        Grade("why_rescale", 2.5, 3.0, True, 2.5),
        Grade("ridge_proof", None, 10.0, True, 0.0),
    ]
    return Submission("ann", grades, {"why_rescale": "Good, but *why*?"}, **facts)


def receipt(**changes) -> dict:
    wrong = {"points": 0, "reason": "wrong"}
    results = {
        "dropout_forward": {"points": 6, "reason": "passed"},
        "dropout_backward": wrong
        | {"message": "dx: expected 2, got 1 at index (0, 0)", "hint": "Multiply by the mask."},
        "train_linear": wrong | {"message": "SECRET 0.123 of the test", "hidden": True},
    }
    return {"exercises": [{"exercise": e} | r | changes for e, r in results.items()]}


def notebook() -> nbformat.NotebookNode:
    made = fill_in(nbformat.read(PS.release, as_version=4), reference_answers(PS))
    for cell in made.cells:
        if cell.id.startswith("experiment"):
            cell.outputs = [nbformat.v4.new_output("display_data", {"image/png": PNG})]
        if cell.id.startswith("test-"):
            cell.outputs = [nbformat.v4.new_output("stream", text="printed in a test")]
    made.cells.append(nbformat.v4.new_markdown_cell(HOSTILE))
    made.cells.append(nbformat.v4.new_code_cell("print('my own cell')"))
    return made


def test_the_page_says_what_is_due(course):
    said = receipt() | {"mended": ["A conflict marker <<<<<<< was taken out."]}
    page = feedback_page("ps1", submission(penalty=1.5), notebook(), said, course)
    for part in (
        "7 of 29 points so far",
        "1.5 taken off",
        "1 written answer is not read yet",
        "A test found a wrong result.",
        "dx: expected 2, got 1 at index (0, 0)",
        "Multiply by the mask.",
        "Good, but <em>why</em>?",
        "2.5 of 3",
        "– of 10",
        "a hidden test does not",
        "my own cell",
        "A conflict marker &lt;&lt;&lt;&lt;&lt;&lt;&lt; was taken out.",
    ):
        assert part in page, part
    assert "SECRET" not in page
    assert "printed in a test" not in page
    assert page.count("data:image/png") >= 6
    read = Reader(re.sub(r"<style>.*?</style>", "", page.split("</head>")[1], flags=re.DOTALL))
    assert [w for w in read.wrong if not re.fullmatch(r"section id=\w+", w)] == []
    assert "default-src 'none'; img-src data:; style-src 'unsafe-inline'" in page
    assert "script" not in Reader(page).wrong


def test_points_that_a_person_set_carry_no_reason(course):
    one = submission()
    one.grades[1] = Grade("dropout_backward", 3.0, 4.0, False, 3.0)
    page = feedback_page("ps1", one, notebook(), receipt(), course)
    assert "points set by a person" in page
    assert "dx: expected 2" not in page


def test_no_hidden_test_is_in_the_page_of_a_reference(course):
    page = feedback_page("ps1", submission(), notebook(), receipt(), course)
    source = nbformat.read(PS.source, as_version=4)
    for cell in source.cells:
        if "BEGIN HIDDEN TESTS" in cell.source:
            hidden = cell.source.split("BEGIN HIDDEN TESTS")[1]
            for line in hidden.split("\n"):
                if len(line.strip()) > 30:
                    assert line.strip() not in page
    assert "HIDDEN" not in page


def test_without_a_receipt_there_are_points_alone(course):
    page = feedback_page("ps1", submission(), notebook(), None, course)
    assert "0 of 4" in page
    assert "A test found" not in page


@pytest.mark.parametrize(
    "reason, message, shown",
    [
        ("error", "NameError: name 'lenght' is not defined", True),
        ("error", "NameError: name 'sek12345' is not defined", False),
        ("error", "ValueError: 0.25 0.75 1.5", "ValueError. The visible"),
        ("error", "Sek12345: 0.25", ""),
        ("error", "IndexError: index 4 is out of bounds for axis 0 with size 3", True),
        (
            "error",
            "ValueError: operands could not be broadcast together with shapes (3,4) (5,) ",
            True,
        ),
        (
            "error",
            "ValueError: matmul: Input operand 1 has a mismatch in its core dimension 0, with"
            " gufunc signature (n?,k),(k,m?)->(n?,m?) (size 4 is different from 3)",
            True,
        ),
        ("wrong", "dx: expected 2, got 1.25 at index (0, 0) (3 of 6 values differ).", True),
        ("wrong", "sek12345 holds [0.5]", "… holds [0.5]"),
        ("wrong", "x is 0.3726481957263948", "x is …"),
        ("wrong", "x " + "9.87 " * 9, "x " + "9.87 " * 6 + "… … … "),
        ("missing", "train_linear is not answered yet", ""),
        ("missing", "name 'train_linear' is not defined", True),
        ("missing", "0.25 0.75 1.5", ""),
        ("timeout", "0.25 0.75 1.5", ""),
        ("crashed", "0.25 0.75 1.5", ""),
    ],
)
def test_messages_show_what_students_have(course, reason, message, shown):
    own = frozenset({"lenght"})
    said = visible_message({"reason": reason, "message": message}, course, own)
    expected = message if shown is True else shown or ""
    assert said.startswith(expected.strip()) if expected else "sek" not in said.lower()
    assert (
        visible_message({"reason": reason, "message": message, "hidden": True}, course, own) == ""
    )


# -- through the whole pipeline

KEEPS = """
def dropout_backward(dout, mask):
    KEPT.append(repr(dout))
    print("PRINTED" + KEPT[-1])
    return dout if mask is None else dout * mask
KEPT = []
"""
SAYS = "def relu_moments():\n    raise ValueError('RAISED' + ' '.join(KEPT))\n"
CLAIMS = "def dropout_variance(p):\n    raise AssertionError('CLAIMED' + ' '.join(KEPT))\n"
EMPTY = "def kept_units_pmf(k, M, p):\n    raise NotImplementedError('MISSED' + ' '.join(KEPT))\n"


def test_what_a_student_kept_of_hidden_tests_does_not_come_out(tmp_path):
    wanted = {"dropout_backward": KEEPS, "relu_moments": SAYS, "dropout_variance": CLAIMS}
    wanted["kept_units_pmf"] = EMPTY
    made = fill_in(nbformat.read(PS.release, as_version=4), wanted)
    later = next(n for n, c in enumerate(made.cells) if c.id == "test-relu-moments")
    made.cells.insert(later, nbformat.v4.new_code_cell("print('SHOWN', KEPT)"))
    made.cells[later].outputs = [nbformat.v4.new_output("stream", text="as handed in")]
    path = tmp_path / "submitted" / "eve" / "ps1" / PS.release.name
    path.parent.mkdir(parents=True)
    nbformat.write(made, path)
    assert [done.error for done in grade(PS, tmp_path)] == [""]

    graded = (tmp_path / "autograded" / "eve" / "ps1" / PS.release.name).read_text()
    said = json.loads((tmp_path / "autograded/eve/ps1/receipt.json").read_text())
    assert "SHOWN" in graded.split("as handed in")[0], "the attack works on what staff see"
    assert "RAISED" in str(said)
    assert nbgrader_api(tmp_path).generate_feedback("ps1")["success"]
    page = (tmp_path / "feedback" / "eve" / "ps1" / f"{PS.notebook}.html").read_text()
    body = re.sub(r'<div class="highlight">.*?</div>', "", page, flags=re.DOTALL)  # their code
    for word in ("PRINTED", "RAISED", "CLAIMED", "MISSED", "SHOWN"):
        assert word not in body, word
    assert "as handed in" in body
    kept = re.findall(r"\d\.\d{4,}", graded)
    assert len(kept) > 20
    assert not [number for number in kept if number in body]
