"""The class list: which student a name, a number or an address in a download stands for."""

import csv
import difflib
import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from .course import CourseError
from .intake import Hint, printable

# Column names of plain lists and of the exports of Canvas, Moodle and Gradescope, the best first:
# the first of them that a row fills is the id that the course uses.
IDS = (
    *("student_id", "studentid", "sid", "sis_user_id", "sis_id", "id_number", "idnumber"),
    *("matriculation_number", "matrikelnummer", "matriculation", "org_defined_id"),
    *("username", "user_name", "login", "login_id", "sis_login_id", "user_id", "id", "identifier"),
)
EMAILS = ("email", "email_address", "e_mail", "mail")
NAMES = ("name", "full_name", "fullname", "student_name", "display_name", "student")
FIRST = ("first", "first_name", "firstname", "given_name", "vorname")
LAST = ("last", "last_name", "lastname", "surname", "family_name", "nachname")
RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
MAX_ID = 100
_LETTERS = str.maketrans({"ß": "ss", "ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "ı": "i"})


@dataclass(frozen=True)
class Student:
    """A row of the roster; `aliases` are the numbers and addresses that stand for the student."""

    id: str
    name: str
    aliases: frozenset[str]

    @cached_property
    def words(self) -> tuple[str, ...]:
        return words(self.name)

    @cached_property
    def joined(self) -> frozenset[str]:
        """The name without spaces, begun at each of its words: Canvas has the last one first."""
        return frozenset("".join(self.words[n:] + self.words[:n]) for n in range(len(self.words)))

    def __str__(self) -> str:
        return f"{self.id} ({self.name})" if self.name else self.id


def words(name: str) -> tuple[str, ...]:
    """The words of a name without accents, capitals and punctuation."""
    return tuple(re.findall(r"[^\W_]+", re.sub(r"['’`]", "", _plain(name.casefold()))))


def read_roster(path: Path) -> list[Student]:
    """The students in a CSV file; CourseError when it holds none or one of them twice."""
    try:
        data = path.read_bytes()
    except OSError:
        raise CourseError(f"{path}: there is no such file") from None
    for encoding in ("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig", "cp1252"):
        try:
            text = data.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise CourseError(f"{path}: save the roster as a CSV file in UTF-8")
    lines = text.splitlines()
    head = lines[0] if lines else ""
    delimiter = max(",;\t", key=head.count)
    rows = csv.DictReader(lines, delimiter=delimiter)
    found: dict[str, Student] = {}
    for row in rows:
        student = _student(row)
        if student is None:
            continue
        if student.id in found:
            raise CourseError(f"{path}: the roster has {printable(student.id)} twice")
        found[student.id] = student
    if not found:
        raise CourseError(f"{path}: the roster needs a column id, email or name, and rows")
    return list(found.values())


def _student(row: dict) -> Student | None:
    facts = {}
    for key, value in row.items():
        if isinstance(key, str) and isinstance(value, str) and value.strip():
            facts.setdefault("_".join(words(key)), value.strip())
    ids = [facts[key] for key in IDS if key in facts]
    email = next((facts[key] for key in EMAILS if key in facts), "")
    whole = [facts[key] for key in NAMES if key in facts]
    parts = [next((facts[k] for k in keys if k in facts), "") for keys in (FIRST, LAST)]
    name = " ".join(part for part in parts if part) or (whole[0] if whole else "")
    if not ids and not email and whole and re.fullmatch(r"\S*\d\S*", whole[0]):
        ids = [whole[0]]  # a column "student" of numbers
    if name.casefold() in ("points possible", "student, test"):  # Canvas: not people
        return None
    chosen = slug(ids[0] if ids else email or name)
    if not chosen:
        return None
    return Student(chosen, name, frozenset(text.casefold() for text in (*ids, email) if text))


def find(hints: tuple[Hint, ...], roster: list[Student]) -> Student | str:
    """The student that the hints stand for, or a sentence on why it is nobody or who it may be."""
    for hint in hints:
        ids = {i.casefold() for i in hint.ids}
        found = [s for s in roster if ids & (s.aliases | {s.id.casefold()})]
        if not found and hint.email:
            found = [s for s in roster if hint.email.casefold() in s.aliases]
        if not found and hint.name:
            found = _by_name(hint.name, roster)
        if len(found) == 1:
            return found[0]
        if found:
            return f"it may be from {' or '.join(map(str, found[:5]))}"
    name = next((h.name or h.email or "".join(h.ids[:1]) for h in hints), "")
    if not name:
        return "nothing in its path says who handed it in"
    near = _near(name, roster)
    said = f"{printable(name)} is not on the roster"
    return f"{said}; it may be from {' or '.join(map(str, near))}" if near else said


def _by_name(name: str, roster: list[Student]) -> list[Student]:
    """Students of this name; else those that have all of its words, or whose words it has."""
    wanted = words(name)
    if not wanted:
        return []
    joined = "".join(wanted)
    found = [s for s in roster if joined in s.joined or sorted(wanted) == sorted(s.words)]
    if found:
        return found
    ours = set(wanted)
    if len(ours) < 2:
        return []
    return [
        s for s in roster if len(s.words) > 1 and (ours <= set(s.words) or ours >= set(s.words))
    ]


def _near(name: str, roster: list[Student]) -> list[Student]:
    wanted = words(name)
    partly = [s for s in roster if set(wanted) & set(s.words)]
    if partly:
        return partly[:3]
    joined = {form: s for s in roster for form in (*s.joined, s.id.casefold())}
    close = difflib.get_close_matches("".join(wanted), joined, n=3, cutoff=0.8)
    return list(dict.fromkeys(joined[form] for form in close))


def slug(text: str) -> str:
    """A student id that is safe as the name of a folder; empty when nothing is left of the text."""
    text = unicodedata.normalize("NFC", text.strip())
    if not re.fullmatch(r"[\w@][\w.@-]*", text):
        text = re.sub(r"[^\w.@-]+", "-", "-".join(re.findall(r"[\w.@]+", _plain(text.lower()))))
        text = text.strip("-.")
    text = text.rstrip(".")
    return "" if RESERVED.fullmatch(text) or len(text.encode()) > MAX_ID else text


def _plain(text: str) -> str:
    """Text in small letters without accents."""
    text = unicodedata.normalize("NFKD", text.translate(_LETTERS))
    return "".join(c for c in text if not unicodedata.combining(c))
