"""Downloads of every layout are taken to the right students, hostile ones refused by name."""

import io
import json
import os
import re
import stat
import subprocess
import sys
import zipfile
from pathlib import Path

import nbformat
import pytest

from autograder import intake
from autograder.collect import collect
from autograder.course import ROOT, CourseError, problem_set
from autograder.demo import fill_in
from autograder.gradebook import nbgrader_api
from autograder.healing import Refused
from autograder.roster import find, read_roster, slug

PS = problem_set("ps1")
RELEASE = nbformat.read(PS.release, as_version=4)


def notebook(note: str = "") -> bytes:
    """A notebook of the set that says in an answer whose it is."""
    answers = {"why_rescale": note} if note else {}
    return nbformat.writes(fill_in(RELEASE, answers)).encode()


def zipped(files: dict[str, bytes], time: tuple = (2026, 1, 2, 3, 4, 6)) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name, time), data, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def write(folder: Path, files: dict[str, bytes], time: int = 1_700_000_000) -> Path:
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        os.utime(path, (time, time))
    return folder


def run(tmp_path: Path, *inboxes: Path, roster: Path | None = None) -> dict[str, str]:
    """What `collect` says, by the student or the file."""
    found = list(collect(PS, inboxes, tmp_path / "course", roster))
    lines = {taken.student or taken.file: taken.said for taken in found}
    assert len(lines) == len(found)
    return lines


def handed_in(tmp_path: Path) -> dict[str, str]:
    """What lies in submitted/: the answer that tells the notebooks apart, by student."""
    found = {}
    for path in (tmp_path / "course" / "submitted").glob("*/ps1/dropout.ipynb"):
        cells = nbformat.read(path, as_version=4).cells
        found[path.parent.parent.name] = next(
            (c.source for c in cells if c.id == "why-rescale"), ""
        )
    return found


METADATA = b"""---
submission_456:
  :submitters:
  - :name: Jane Doe
    :sid: '100'
    :email: jane@uni.edu
  :created_at: 2026-01-31 23:15:53.713610000 Z
  :score: 10.0
  :history: []
submission_457:
  :submitters:
  - :name: Ann Lee
    :sid: '101'
    :email: ann@uni.edu
  - :name: Bob Ray
    :sid: '102'
    :email: bob@uni.edu
  :created_at: !ruby/object:ActiveSupport::TimeWithZone
    utc: 2026-02-01 10:00:00.000000000 Z
    zone: Pacific Time
"""
LAYOUTS = {
    "a folder each": (
        {"ada/dropout.ipynb": b"1", "ben/deep/er/x.ipynb": b"2", "cleo/notes.txt": b""},
        {"ada": "1", "ben": "2"},
    ),
    "a folder each, in folders": (
        {"submissions/ps1/ada/dropout.ipynb": b"1", "submissions/ps1/ben/ps1/a.ipynb": b"2"},
        {"ada": "1", "ben": "2"},
    ),
    "a folder each, with names": (
        {"Jürgen Groß/dropout.ipynb": b"1", "Łukasz O'Neil/dropout.ipynb": b"2"},
        {"jurgen-gross": "1", "lukasz-o-neil": "2"},
    ),
    "a file each": (
        {"ada.ipynb": b"1", "ben42.ipynb": b"2", "dropout_cleo.ipynb": b"3"},
        {"ada": "1", "ben42": "2", "cleo": "3"},
    ),
    "Canvas": (
        {
            "doejane_12345_67890_dropout-1.ipynb": b"1",
            "leeann_LATE_12346_67891_My dropout (1).ipynb": b"2",
            "raybob_12347_67892_work.zip": {"work/dropout.ipynb": b"3"},
            "raybob_12347_67893_notes.pdf": b"",
        },
        {"doejane": "1", "leeann": "2", "raybob": "3"},
    ),
    "Canvas, anonymous": (
        {"anon_Ab1_67890_dropout.ipynb": b"1", "LATE_anon_Xy2_67891_dropout.ipynb": b"2"},
        {"Ab1": "1", "Xy2": "2"},
    ),
    "Moodle": (
        {
            "Jane Doe_111_assignsubmission_file_/dropout.ipynb": b"1",
            "Jane Doe_111_assignsubmission_onlinetext_/onlinetext.html": b"hi",
            "Ann Lee_112_assignsubmission_file/sub/dropout.ipynb": b"2",
            "Bob Ray_113_assignsubmission_onlinetext/onlinetext.html": b"hi",
        },
        {"jane-doe": "1", "ann-lee": "2"},
    ),
    "Moodle, flat, one name twice": (
        {
            "Jane Doe_111_assignsubmission_file_dropout.ipynb": b"1",
            "Jane Doe_112_assignsubmission_file_dropout.ipynb": b"2",
        },
        {"jane-doe-111": "1", "jane-doe-112": "2"},
    ),
    "Gradescope": (
        {
            "assignment_9_export/submission_metadata.yml": METADATA,
            "assignment_9_export/submission_456/dropout.ipynb": b"1",
            "assignment_9_export/submission_457/a/dropout.ipynb": b"2",
        },
        {"jane-doe": "1", "ann-lee": "2", "bob-ray": "2"},
    ),
    "Google Classroom": (
        {
            "Jane Doe - Dropout.ipynb": b"1",
            "Dropout Ann Lee (1).ipynb": b"2",
            "Copy of Dropout - Bob Ray.ipynb": b"3",
            "Problem set 1 Cleo Fox.ipynb.txt": b"4",
        },
        {"jane-doe": "1", "ann-lee": "2", "bob-ray": "3", "cleo-fox": "4"},
    ),
    "nbgrader's exchange": (
        {"ada+ps1+2026-01-31 23:15:53 UTC+x1/dropout.ipynb": b"1"},
        {"ada": "1"},
    ),
    "a zip each": (
        {"ada.zip": {"dropout.ipynb": b"1"}, "ben.zip": {"x/y.ipynb": b"2", "__MACOSX/._y": b""}},
        {"ada": "1", "ben": "2"},
    ),
}


def filled(files: dict) -> dict[str, bytes]:
    """The same with a notebook in place of its mark."""
    made = {}
    for name, data in files.items():
        if isinstance(data, dict):
            made[name] = zipped(filled(data))
        else:
            made[name] = notebook(data.decode()) if ".ipynb" in name else data
    return made


@pytest.mark.parametrize("as_zip", [False, True], ids=["folder", "zip"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_layout(tmp_path, layout, as_zip):
    files, due = LAYOUTS[layout]
    inbox = tmp_path / "inbox"
    if as_zip:
        inbox = tmp_path / "submissions.zip"
        inbox.write_bytes(zipped(filled(files)))
    else:
        write(inbox, filled(files))
    lines = run(tmp_path, inbox)
    assert handed_in(tmp_path) == due
    assert all(lines[student].startswith("taken") for student in due)
    again = run(tmp_path, inbox)
    assert {again[student] for student in due} == {"unchanged"}
    assert handed_in(tmp_path) == due


def test_lines_say_what_is_the_matter(tmp_path):
    files, _ = LAYOUTS["Canvas"]
    inbox = write(tmp_path / "inbox", filled(files))
    assert "marked late" in run(tmp_path, inbox)["leeann"]
    write(inbox, {"x/notes.txt": b"", "y/work.rar": b""})
    lines = run(tmp_path, inbox)
    assert lines["inbox/x"] == "refused: no notebook"
    assert "unpack it" in lines["inbox/y/work.rar"]


def test_the_time_that_gradescope_tells_counts_for_late_penalties(tmp_path):
    files, _ = LAYOUTS["Gradescope"]
    run(tmp_path, write(tmp_path / "inbox", filled(files)))
    stamp = tmp_path / "course/submitted/jane-doe/ps1/timestamp.txt"
    assert stamp.read_text() == "2026-01-31 23:15:53.713610 UTC\n"
    course = nbgrader_api(tmp_path / "course").coursedir
    assert str(course.get_existing_timestamp(str(stamp.parent))) == "2026-01-31 23:15:53.713610"
    group = tmp_path / "course/submitted/bob-ray/ps1/timestamp.txt"
    assert group.read_text().startswith("2026-02-01 10:00:00")


def test_a_student_cannot_hand_in_for_another(tmp_path):
    """Names below the outermost folder are the student's own and mean nothing."""
    forged = METADATA.replace(b"submission_456", b"own").replace(b"submission_457", b"own2")
    write(
        tmp_path / "inbox",
        filled(
            {
                "ada/submission_metadata.yml": forged,
                "ada/own/dropout.ipynb": b"1",
                "ben/Jane Doe_111_assignsubmission_file_/dropout.ipynb": b"2",
                "cleo/doejane_12345_67890_dropout.ipynb": b"3",
                "dan/ada/dropout.ipynb": b"4",
            }
        ),
    )
    run(tmp_path, tmp_path / "inbox")
    assert handed_in(tmp_path) == {"ada": "1", "ben": "2", "cleo": "3", "dan": "4"}


# -- versions


def test_the_latest_version_counts(tmp_path):
    inbox = tmp_path / "inbox"
    write(inbox, {"ada/new.ipynb": notebook("new")}, time=2_000)
    write(inbox, {"ada/z old.ipynb": notebook("old")}, time=1_000)
    write(inbox, {"ben/dropout (1).ipynb": notebook("new"), "ben/dropout.ipynb": notebook("old")})
    write(inbox, {"cleo/whole.ipynb": notebook("whole")}, time=1_000)
    write(inbox, {"cleo/cut.ipynb": notebook("cut")[:5000]}, time=2_000)
    lines = run(tmp_path, inbox)
    assert handed_in(tmp_path) == {"ada": "new", "ben": "new", "cleo": "whole"}
    assert "passed over inbox/ada/z old.ipynb" in lines["ada"]
    assert "cut or not JSON (inbox/cleo/cut.ipynb)" in lines["cleo"]


def test_canvas_counts_attempts_and_not_the_time_of_the_download(tmp_path):
    inbox = tmp_path / "inbox"
    write(inbox, {"doejane_12345_67899_dropout-2.ipynb": notebook("second")}, time=1_000)
    write(inbox, {"doejane_12345_67890_dropout.ipynb": notebook("first")}, time=2_000)
    run(tmp_path, inbox)
    assert handed_in(tmp_path) == {"doejane": "second"}


def test_a_newer_version_replaces_and_an_older_does_not(tmp_path):
    first = write(tmp_path / "1", {"ada/dropout.ipynb": notebook("first")}, time=1_000)
    second = write(tmp_path / "2", {"ada/dropout.ipynb": notebook("second")}, time=2_000)
    assert run(tmp_path, first)["ada"] == "taken"
    assert run(tmp_path, second)["ada"] == "taken, it replaces an older version"
    assert run(tmp_path, first)["ada"].startswith("not taken: the version that is there is newer")
    assert handed_in(tmp_path) == {"ada": "second"}
    (tmp_path / "course/autograded/ada/ps1").mkdir(parents=True)
    third = write(tmp_path / "3", {"ada/dropout.ipynb": notebook("third")}, time=3_000)
    assert "replaces the version that was graded: grade again" in run(tmp_path, third)["ada"]
    assert run(tmp_path, first, third, second)["ada"] == "unchanged"


def test_a_notebook_of_another_set_is_refused_by_name(tmp_path):
    other = problem_set("ps2").release.read_bytes()
    lines = run(tmp_path, write(tmp_path / "inbox", {"ada/dropout.ipynb": other}))
    assert lines["ada"] == "refused: a notebook of ps2 (inbox/ada/dropout.ipynb)"
    empty = nbformat.writes(nbformat.v4.new_notebook()).encode()
    lines = run(
        tmp_path, write(tmp_path / "in2", {"ben/dropout.ipynb": empty, "cleo/x.ipynb": empty})
    )
    assert lines["ben"].startswith("taken")
    assert lines["cleo"] == "refused: nothing in it is of ps1 (in2/cleo/x.ipynb)"
    both = {"dan/normalization.ipynb": other, "dan/dropout.ipynb": notebook("mine")}
    assert run(tmp_path, write(tmp_path / "in3", both))["dan"] == "taken"
    assert handed_in(tmp_path)["dan"] == "mine"


def test_files_are_taken_byte_for_byte_and_lines_say_what_will_be_mended(tmp_path):
    bare = json.loads(notebook("mine"))
    for cell in bare["cells"]:
        cell["metadata"] = {}
    data = json.dumps(bare).encode("utf-16")
    line = run(tmp_path, write(tmp_path / "inbox", {"ada/Dropout (3).ipynb": data}))["ada"]
    assert "renamed from Dropout (3).ipynb; The file was not in UTF-8" in line
    assert "41 cells without grading metadata were recognised" in line
    assert (tmp_path / "course/submitted/ada/ps1/dropout.ipynb").read_bytes() == data


def test_one_notebook_or_one_zip_may_be_the_inbox(tmp_path):
    one = write(tmp_path / "ada", {"dropout.ipynb": notebook("1")}) / "dropout.ipynb"
    (tmp_path / "ben.zip").write_bytes(zipped({"dropout.ipynb": notebook("2")}))
    run(tmp_path, one, tmp_path / "ben.zip")
    assert handed_in(tmp_path) == {"ada": "1", "ben": "2"}
    several = {"dropout.ipynb": notebook("1"), "dropout (1).ipynb": notebook("2")}
    lines = run(tmp_path, write(tmp_path / "week3", several))
    assert set(lines.values()) == {"refused: nothing in its path says who handed it in"}


# -- the roster

ROSTERS = {
    "plain": "id,name,email\njd1,Jane Doe,jane@uni.edu\nal2,Ann Mary Lee,ann@uni.edu\n",
    "semicolons": "Nachname;Vorname;Matrikelnummer\nDoe;Jane;jd1\nLee;Ann Mary;al2\n",
    "Canvas": 'Student,ID,SIS User ID,SIS Login ID,Section\n"    Points Possible",,,,\n'
    '"Doe, Jane",12345,jd1,jdoe,A\n"Lee, Ann Mary",12346,al2,alee,A\n',
    "Moodle": "First name,Last name,ID number,Email address\nJane,Doe,jd1,jane@uni.edu\n"
    "Ann Mary,Lee,al2,ann@uni.edu\n",
    "Gradescope": "Name,SID,Email,Role\nJane Doe,jd1,jane@uni.edu,Student\n"
    "Ann Mary Lee,al2,ann@uni.edu,Student\n",
}


@pytest.mark.parametrize("kind", ROSTERS)
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_rosters(tmp_path, kind, encoding):
    path = tmp_path / "roster.csv"
    path.write_bytes(ROSTERS[kind].encode(encoding))
    students = read_roster(path)
    assert [student.id for student in students] == ["jd1", "al2"]
    hint = intake.Hint
    for told in (hint("doejane"), hint("Doe, Jane"), hint("JANE DOE"), hint("x", ("JD1",))):
        assert find((told,), students).id == "jd1", told
    assert find((hint("Ann Lee"),), students).id == "al2"
    assert "not on the roster; it may be from al2" in find((hint("Ann"),), students)
    assert "not on the roster; it may be from jd1" in find((hint("janedo"),), students)
    assert find((hint("Zed Zorro"),), students) == "Zed Zorro is not on the roster"


def test_with_a_roster_ids_are_the_rosters_and_the_missing_are_listed(tmp_path):
    roster = tmp_path / "roster.csv"
    roster.write_text(
        "student_id,first,last,email\n7,Jürgen,Groß,j@uni.edu\n8,Ann,Lee,ann@uni.edu\n"
        "9,Ann,Lee,ann2@uni.edu\n10,Bob,Ray,bob@uni.edu\n11,Cleo,Fox,c@uni.edu\n"
    )
    files = {
        "groß jürgen/dropout.ipynb": b"1",
        "Ann Lee/dropout.ipynb": b"2",
        "bob@uni.edu/dropout.ipynb": b"3",
        "Eve Evil/dropout.ipynb": b"4",
    }
    lines = run(tmp_path, write(tmp_path / "inbox", filled(files)), roster=roster)
    assert handed_in(tmp_path) == {"7": "1", "10": "3"}
    said = lines["inbox/Ann Lee/dropout.ipynb"]
    assert said == "refused: it may be from 8 (Ann Lee) or 9 (Ann Lee)"
    assert lines["inbox/Eve Evil/dropout.ipynb"] == "refused: Eve Evil is not on the roster"
    assert [name for name, line in lines.items() if line == "nothing handed in"] == ["8", "9", "11"]


def test_a_roster_without_what_it_needs_is_one_line(tmp_path):
    path = tmp_path / "roster.csv"
    for text, said in (("", "needs a column"), ("a,b\n1,2\n", "needs a column"), (None, "no such")):
        if text is None:
            path.unlink()
        else:
            path.write_text(text)
        with pytest.raises(CourseError, match=said):
            read_roster(path)
    path.write_text("id\n1\n1\n")
    with pytest.raises(CourseError, match="1 twice"):
        read_roster(path)


@pytest.mark.parametrize(
    ("text", "id"),
    [
        *(("ada", "ada"), ("Ada.B-1", "Ada.B-1"), ("Zoë Ångström", "zoe-angstrom")),
        *(
            ("../../etc", "etc"),
            ("/root", "root"),
            ("...", ""),
            ("", ""),
            ("NUL", ""),
            ("con.x", ""),
        ),
        *(
            ("李雷", "李雷"),
            ("-rf", "rf"),
            ("a/../b", "a-..-b"),
            ("x" * 300, ""),
            ("a\x1b[31m", "a-31m"),
        ),
    ],
)
def test_ids_are_safe_names_of_folders(text, id):
    made = slug(text)
    assert made == id
    assert "/" not in made
    assert made not in (".", "..")


# -- hostile files


def member(name: str, mode: int = stat.S_IFREG | 0o644, data: bytes = b"x") -> bytes:
    """A zip with one member of any name and kind."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        info = zipfile.ZipInfo("placeholder")
        info.filename, info.external_attr = name, mode << 16
        archive.writestr(info, data)
    return buffer.getvalue()


def bomb() -> bytes:
    return zipped({"ada/dropout.ipynb": b" " * 19_000_000})


def lying_bomb() -> bytes:
    """Headers that say 100 bytes."""
    data = zipped({"ada/dropout.ipynb": b" " * 60_000_000})
    return data.replace((60_000_000).to_bytes(4, "little"), (100).to_bytes(4, "little"))


def encrypted() -> bytes:
    data = bytearray(zipped({"ada/dropout.ipynb": notebook()}))
    for mark, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        data[data.index(mark) + offset] |= 1
    return bytes(data)


def corrupt() -> bytes:
    data = bytearray(zipped({"ada/dropout.ipynb": notebook()}))
    data[200:400] = bytes(200)
    return bytes(data)


HOSTILE = {
    "climbs": (member("../../ada/dropout.ipynb"), "climbs out"),
    "climbs with backslashes": (member("..\\..\\dropout.ipynb"), "climbs out"),
    "absolute": (member("/etc/cron.d/dropout.ipynb"), "climbs out"),
    "a drive": (member("C:\\dropout.ipynb"), "climbs out"),
    "a link": (member("ada/dropout.ipynb", stat.S_IFLNK | 0o777, b"/etc/passwd"), "a link"),
    "a device": (member("ada/dropout.ipynb", stat.S_IFCHR | 0o666), "a device"),
    "control characters": (member("ada/\x1b[2Jdropout.ipynb"), "control characters"),
    "written backwards": (member("ada/\u202edropout.ipynb"), "control characters"),
    "a zero in the name": (member("ada/dropout.ipynb\0.txt"), "control characters"),
    "a long name": (member("ada/" + "x" * 300 + ".ipynb"), "too long"),
    "deep": (member("a/" * 30 + "dropout.ipynb"), "too deep"),
    "zip in zip in zip": (
        zipped({"ada/a.zip": zipped({"b.zip": zipped({"dropout.ipynb": b""})})}),
        "a zip inside a zip inside a zip",
    ),
    "encrypted": (encrypted(), "encrypted"),
    "corrupt": (corrupt(), "damaged"),
    "no zip": (b"PK\3\4 not", "not a whole zip"),
    "a bomb": (bomb(), "zip bomb"),
    "a bomb that lies": (lying_bomb(), "damaged|zip bomb"),
    "large": (zipped({"ada/dropout.ipynb": os.urandom(20_000_001)}), "larger than 20 MB"),
    "no JSON": (zipped({"ada/dropout.ipynb": b"%PDF-1.7"}), "not a notebook"),
}


@pytest.mark.parametrize("as_inbox", [True, False], ids=["inbox", "student's zip"])
@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_zips_are_refused_by_name_and_the_others_taken(tmp_path, hostile, as_inbox):
    data, said = HOSTILE[hostile]
    if hostile == "zip in zip in zip" and not as_inbox:
        data = zipped({"a.zip": data})
    inbox = write(tmp_path / "inbox", {"ben/dropout.ipynb": notebook("ben")})
    bad = tmp_path / "bad.zip" if as_inbox else inbox / "mallory" / "work.zip"
    bad.parent.mkdir(exist_ok=True)
    bad.write_bytes(data)
    lines = run(tmp_path, *([bad] if as_inbox else []), inbox)
    assert lines.pop("ben") == "taken"
    refused = [f"{name}: {line}" for name, line in lines.items()]
    assert any(re.search(f"refused: .*({said})", line) for line in refused), refused
    assert all(line.isprintable() for line in refused)
    assert handed_in(tmp_path) == {"ben": "ben"}
    assert not [p for p in tmp_path.rglob("*") if p.name.endswith((".part", "passwd"))]


def test_a_reserved_name_is_no_student_id(tmp_path):
    lines = run(tmp_path, write(tmp_path / "inbox", {"aux/dropout.ipynb": notebook()}))
    assert lines == {"inbox/aux/dropout.ipynb": "refused: aux cannot be a student id"}


def test_links_and_devices_in_folders_are_not_followed(tmp_path):
    inbox = write(tmp_path / "inbox", {"ben/dropout.ipynb": notebook("ben")})
    outside = write(tmp_path / "outside", {"dropout.ipynb": notebook("secret")})
    (inbox / "ada").symlink_to(outside)
    (inbox / "cleo").mkdir()
    (inbox / "cleo" / "dropout.ipynb").symlink_to(outside / "dropout.ipynb")
    os.mkfifo(inbox / "cleo" / "pipe.ipynb")
    lines = run(tmp_path, inbox)
    assert handed_in(tmp_path) == {"ben": "ben"}
    assert lines["inbox/ada"] == lines["inbox/cleo/dropout.ipynb"] == "refused: a link, not a file"
    assert lines["inbox/cleo/pipe.ipynb"] == "refused: a device, not a file"


def test_too_many_files_cost_only_their_own_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(intake, "MAX_FILES", 5)
    files = {f"ada/deep/{n}.txt": b"" for n in range(9)} | {"ben/dropout.ipynb": notebook("ben")}
    for inbox in (write(tmp_path / "inbox", files), tmp_path / "submissions.zip"):
        if inbox.suffix:
            inbox.write_bytes(zipped(files))
        lines = run(tmp_path, inbox)
        assert any("too many files" in line for line in lines.values())
        assert handed_in(tmp_path) == {"ben": "ben"}


def test_a_zip_that_unpacks_to_too_much_in_all_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(intake, "MAX_ZIP", 700_000)
    junk = {f"{n}.ipynb": os.urandom(100_000).hex().encode() for n in range(5)}
    inbox = write(tmp_path / "inbox", {"ada/work.zip": zipped({"a.zip": zipped(junk)})})
    found = list(intake.uploads(PS, inbox))
    assert len(found) == 5
    with pytest.raises(Refused, match="zip bomb"):
        for upload in found:
            upload.entry.read()


# -- the command


def test_the_command(tmp_path):
    files = {"ada/dropout.ipynb": notebook("1"), "[bold]/x.ipynb": b"{"}
    write(tmp_path / "inbox", files)
    (tmp_path / "roster.csv").write_text("id\nada\nzoe\n")
    command = [sys.executable, "-m", "autograder", "collect", "ps1", str(tmp_path / "inbox")]
    command += ["--root", str(tmp_path / "course"), "--roster", str(tmp_path / "roster.csv")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "ada: taken",
        "inbox/[bold]/x.ipynb: refused: [bold] is not on the roster",
        "zoe: nothing handed in",
        "1 taken, 1 refused, 1 on the roster without a notebook",
    ]
    done = subprocess.run(
        [*command[:5], str(tmp_path / "none")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr == f"error: {tmp_path}/none: there is no such file or folder\n"
