"""What teaching assistants download, as one list of handed-in notebooks and whose they are.

An inbox is a folder, a zip or a notebook. Layouts that are recognised: a folder for each student,
a file for each student, and the downloads of Canvas, Moodle, Gradescope, Google Classroom and
nbgrader's exchange. Nothing is unpacked to disk, links are not followed, and every size is counted
while it is read: what a zip says of itself is not believed.
"""

import io
import re
import stat
import unicodedata
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from .course import CourseError, ProblemSet
from .healing import MAX_BYTES, Refused

MAX_FILES = 20_000  # in a folder of an inbox, or in a zip inside it
MAX_DEPTH = 15  # folders
MAX_NAME = 255  # bytes
MAX_ZIP = 200_000_000  # bytes of a zip inside an inbox, and of what is read from it
MAX_TOTAL = 5_000_000_000  # bytes read from a folder of a zip, or from a zip inside an inbox
MAX_RATIO = 400  # bytes read for each byte in the zip, of more than SMALL bytes
SMALL = 5_000_000
METADATA = "submission_metadata.yml"
JUNK = {"__MACOSX", ".ipynb_checkpoints", ".git", ".DS_Store", "__pycache__"}
GENERIC = re.compile(r"(submissions?|submitted|inbox|downloads?|export|assignments?)([\W_\d].*)?")

MOODLE = re.compile(r"(?P<name>[^_]+)_(?P<id>\d+)_assignsubmission_(?:file|onlinetext)_?.*")
CANVAS = re.compile(
    r"(?:(?P<name>.+?)_)?(?:(?P<late>LATE)_)?(?:(?P<id>\d{2,})|anon_(?P<anon>[A-Za-z0-9]+))"
    r"_(?P<attempt>\d{3,})_(?P<file>.+)"
)
RESUBMITTED = re.compile(r"-(\d{1,2})(?=\.[^.]+$)")
EXCHANGE = re.compile(r"(?P<id>[^+]+)\+[^+]+\+(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[^+]*)(\+.*)?")
COPY = re.compile(r"^(copy of|kopie von|copie de|copia de|cópia de)\s+", re.IGNORECASE)
COPY_NUMBER = re.compile(r"\s*\((\d{1,3})\)$|\s+-\s+(?:copy|kopie|copie|copia)$", re.IGNORECASE)


@dataclass(frozen=True)
class Hint:
    """What a download says of a student; any of it may be missing."""

    name: str = ""
    ids: tuple[str, ...] = ()
    email: str = ""


@dataclass(frozen=True)
class Entry:
    """A file in an inbox: its path in parts, when it was changed, how to read it.

    `read` gives its bytes, or raises Refused when it is too large or cannot be read.
    """

    inbox: str
    parts: tuple[str, ...]
    modified: float
    read: Callable[[], bytes] = field(compare=False)

    @property
    def where(self) -> str:
        """The path for messages."""
        return printable("/".join((self.inbox, *self.parts)))


@dataclass(frozen=True)
class Problem:
    """A file that is not taken, and why."""

    where: str
    message: str


@dataclass(frozen=True)
class Upload:
    """A notebook that somebody handed in; `hints` say who, the surest first.

    `submitted` is the time at which it was handed in, where the download tells; `attempt` counts
    what somebody handed in on Canvas.
    """

    entry: Entry
    hints: tuple[Hint, ...]
    submitted: datetime | None = None
    attempt: tuple[int, int] = (0, 0)
    late: bool = False

    @property
    def age(self) -> tuple:
        """What sorts versions from the oldest to the latest."""
        copy = COPY_NUMBER.search(PurePosixPath(self.entry.parts[-1]).stem)
        number = int(copy[1] or 1) if copy else 0
        return (self.time, self.attempt, self.entry.modified, number, self.entry.parts)

    @property
    def time(self) -> float:
        """When it was handed in, in seconds since 1970; 0 when nothing tells."""
        return self.submitted.timestamp() if self.submitted else 0.0


def printable(text: str) -> str:
    """A name as a terminal can show it: control and direction characters are written out."""
    return "".join(
        c if unicodedata.category(c)[0] != "C" else c.encode("unicode_escape", "replace").decode()
        for c in text
    )


def uploads(ps: ProblemSet, inbox: Path) -> Iterator[Upload | Problem]:
    """Every notebook in an inbox with who may have handed it in, and every file that is refused."""
    entries, others = [], []
    for found in _entries(inbox):
        if isinstance(found, Problem):
            yield found
        elif is_notebook(found.parts[-1]):
            entries.append(found)
        else:
            others.append(found)
    wraps = _wrapping(ps, [entry.parts for entry in entries])
    submitters = {}
    for entry in others:
        if entry.parts[-1] == METADATA and _above_all(entry.parts[:-1], entries):
            try:
                submitters.update(_gradescope(entry))
            except (Refused, yaml.YAMLError, ValueError, RecursionError) as error:
                said = printable(str(error).split("\n")[0])
                yield Problem(entry.where, f"Gradescope's list of submitters is no YAML: {said}")
    for entry in entries:
        yield from _recognise(ps, entry, submitters, wraps, alone=len(entries) == 1)
    having = {entry.parts[: len(wraps) + 1] for entry in entries}
    for entry in others:
        folder = entry.parts[: len(wraps) + 1]
        if re.search(r"\.(rar|7z|tar|gz|tgz|bz2|xz)$", entry.parts[-1], re.IGNORECASE):
            yield Problem(
                entry.where, "an archive that is no zip: unpack it, or ask for the .ipynb"
            )
        elif (
            len(entry.parts) > len(folder) and folder not in having and "_online" not in folder[-1]
        ):
            having.add(folder)
            yield Problem(printable("/".join((entry.inbox, *folder))), "no notebook")


def _above_all(folder: tuple[str, ...], entries: list[Entry]) -> bool:
    """Whether a folder is the download's own: a student's must not say who handed in what."""
    export = len(folder) == 1 and re.fullmatch(r"assignment_\d+_export.*", folder[0])
    return bool(export) or all(entry.parts[: len(folder)] == folder for entry in entries)


def is_notebook(name: str) -> bool:
    """Whether a file's name says that it is a notebook; browsers add .txt or .json."""
    return bool(re.search(r"\.ipynb(\s*\(\d+\))?(\.txt|\.json)?$", name, re.IGNORECASE))


# -- files


class _Budget:
    """How many bytes of a zip may still be read."""

    def __init__(self, size: int) -> None:
        self.size = size

    def take(self, count: int) -> None:
        self.size -= count
        if self.size < 0:
            raise Refused("a zip bomb: it unpacks to more than can be right")


def _entries(inbox: Path) -> Iterator[Entry | Problem]:
    if not inbox.exists():
        raise CourseError(f"{printable(str(inbox))}: there is no such file or folder")
    if inbox.is_dir():
        yield from _folder(inbox, inbox.resolve().name)
    elif _is_zip(inbox.name):
        yield from _guarded(inbox.name, lambda: _zipped(lambda: inbox, inbox.name, (), 1))
    elif is_notebook(inbox.name):
        folder = inbox.resolve().parent.name
        yield Entry(folder, (inbox.name,), inbox.stat().st_mtime, lambda: _file(inbox))
    else:
        raise CourseError(f"{printable(str(inbox))}: neither a folder, a zip nor a notebook")


def _is_zip(name: str) -> bool:
    return name.lower().endswith(".zip")


def _folder(folder: Path, inbox: str) -> Iterator[Entry | Problem]:
    """The files below a folder; what is no plain file is a problem."""
    waiting, counts = [folder], Counter()
    while waiting:
        try:
            paths = sorted(waiting.pop(0).iterdir())
        except OSError as error:
            yield Problem(printable(str(error.filename)), "it cannot be read")
            continue
        for path in paths:
            parts = path.relative_to(folder).parts
            if parts[-1] in JUNK or parts[-1].startswith("._"):
                continue
            where = printable("/".join((inbox, *parts)))
            counts[parts[:2]] += 1
            if counts[parts[:2]] > MAX_FILES:
                if counts[parts[:2]] == MAX_FILES + 1:
                    yield Problem(where, "it and what comes after it are too many files")
                continue
            try:
                status = path.lstat()
            except OSError:
                yield Problem(where, "it cannot be read")
                continue
            if stat.S_ISDIR(status.st_mode):
                if len(parts) < MAX_DEPTH:
                    waiting.append(path)
                else:
                    yield Problem(where, "nested too deep")
            elif not stat.S_ISREG(status.st_mode):
                kind = "a link" if stat.S_ISLNK(status.st_mode) else "a device"
                yield Problem(where, f"{kind}, not a file")
            elif (problem := _bad_name(parts)) and _matters(parts):
                yield Problem(where, problem)
            elif _is_zip(parts[-1]):
                yield from _guarded(where, lambda p=path, w=parts: _zipped(lambda: p, inbox, w, 1))
            else:
                yield Entry(inbox, parts, status.st_mtime, lambda p=path: _file(p))


def _guarded(
    where: str, found: Callable[[], Iterator[Entry | Problem]]
) -> Iterator[Entry | Problem]:
    """What is in a zip, or that it cannot be opened."""
    try:
        yield from found()
    except Refused as error:
        yield Problem(printable(where), str(error))
    except _BROKEN:
        yield Problem(printable(where), "not a whole zip")


_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError)


def _zipped(
    source: Callable[[], Any], inbox: str, parts: tuple[str, ...], depth: int
) -> Iterator[Entry | Problem]:
    """The files in a zip: `source` gives its path or its bytes, `parts` is its own path."""
    own = (*parts[:-1], PurePosixPath(parts[-1]).stem) if parts else ()
    with zipfile.ZipFile(source()) as file:
        infos = file.infolist()
    counts, budgets = Counter(), {}
    for info in infos:
        if info.is_dir():
            continue
        name = _member_name(info)
        path = tuple(part for part in re.split(r"[/\\]", name) if part not in ("", "."))
        if not path or set(path) & JUNK or path[-1].startswith("._"):
            continue
        where = printable("/".join((inbox, *own, *path)))
        folder = () if parts else path[:2]
        counts[folder] += 1
        if counts[folder] > MAX_FILES:
            if counts[folder] == MAX_FILES + 1:
                yield Problem(where, "it and what comes after it are too many files")
            continue
        size = MAX_TOTAL if depth == 1 else MAX_ZIP
        budget = budgets.setdefault(folder, _Budget(size))
        mode = info.external_attr >> 16
        kind = stat.S_IFMT(mode)
        if ".." in path or name.startswith(("/", "\\")) or re.match(r"[A-Za-z]:[/\\]", name):
            yield Problem(where, "its path climbs out of the zip")
        elif kind not in (0, stat.S_IFREG):
            said = "a link" if stat.S_ISLNK(mode) else "a device"
            yield Problem(where, f"{said}, not a file")
        elif (problem := _bad_name(path, name)) and ".ipynb" in name.lower():
            yield Problem(where, problem)
        elif not _matters(path):
            yield Entry(inbox, own + path, _time(info), lambda: b"")
        elif info.flag_bits & 1:
            yield Problem(where, "it is encrypted")
        elif _is_zip(path[-1]):
            if depth > 1:
                yield Problem(where, "a zip inside a zip inside a zip")
                continue
            member = _reader(source, info, MAX_ZIP, budget)
            yield from _guarded(
                where,
                lambda m=member, w=own + path: _zipped(
                    lambda: io.BytesIO(m()), inbox, w, depth + 1
                ),
            )
        else:
            limit = MAX_ZIP if path[-1] == METADATA else MAX_BYTES
            read = _reader(source, info, limit, budget)
            yield Entry(inbox, own + path, _time(info), read)


def _reader(
    source: Callable[[], Any], info: zipfile.ZipInfo, limit: int, budget: _Budget
) -> Callable[[], bytes]:
    """A function that reads one member of a zip and stops when it grows beyond what is right."""

    def read() -> bytes:
        found = bytearray()
        try:
            with zipfile.ZipFile(source()) as file, file.open(info) as member:
                while chunk := member.read(1 << 20):
                    found += chunk
                    budget.take(len(chunk))
                    if len(found) > SMALL and len(found) > MAX_RATIO * info.compress_size:
                        raise Refused("a zip bomb: it unpacks to far more than it should")
                    if len(found) > limit:
                        raise Refused(f"larger than {limit // 1_000_000} MB")
        except (*_BROKEN, RuntimeError):
            raise Refused("its part of the zip is damaged") from None
        return bytes(found)

    return read


def _file(path: Path) -> bytes:
    limit = MAX_ZIP if path.name == METADATA else MAX_BYTES
    try:
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except OSError:
        raise Refused("it cannot be read") from None
    if len(data) > limit:
        raise Refused(f"larger than {limit // 1_000_000} MB")
    return data


def _matters(parts: tuple[str, ...]) -> bool:
    return is_notebook(parts[-1]) or _is_zip(parts[-1]) or parts[-1] == METADATA


def _bad_name(parts: tuple[str, ...], name: str = "") -> str:
    if any(unicodedata.category(c)[0] == "C" for c in name + "".join(parts)):
        return "control characters in its name"
    if any(len(part.encode("utf-8", "replace")) > MAX_NAME for part in parts):
        return "its name is too long"
    return "nested too deep" if len(parts) > MAX_DEPTH else ""


def _member_name(info: zipfile.ZipInfo) -> str:
    """The name of a member; many programs write UTF-8 without saying so."""
    name = info.orig_filename
    if not info.flag_bits & 0x800:
        try:
            return name.encode("cp437").decode("utf-8")
        except UnicodeError:
            return name
    return name


def _time(info: zipfile.ZipInfo) -> float:
    try:
        return datetime(*info.date_time).timestamp()
    except (ValueError, OverflowError):
        return 0.0


# -- layouts


def _recognise(
    ps: ProblemSet, entry: Entry, submitters: dict, wraps: tuple[str, ...], alone: bool
) -> Iterator[Upload]:
    """Who handed a notebook in, once for each member of a group.

    Only the outermost part of a path that means anything is the download's; what is below it was
    named by the student.
    """
    for length in range(1, len(entry.parts) + 1):
        if found := submitters.get((entry.inbox, entry.parts[:length])):
            hints, submitted = found
            for hint in hints:
                yield Upload(entry, (hint,), submitted)
            return
    start = len(wraps) if entry.parts[: len(wraps)] == wraps else 0
    own = [part for part in entry.parts[start:-1] if not _generic(ps, part)]
    first = (own or entry.parts[-1:])[0]
    if found := EXCHANGE.fullmatch(first):
        yield Upload(entry, (Hint(ids=(found["id"],)),), _when(found["time"]))
    elif found := MOODLE.fullmatch(first):
        name = found["name"].strip()
        names = [name, *name.split("-", 1)[1:]]  # a group's name may stand before it
        ids = (found["id"], f"{name} {found['id']}")
        yield Upload(entry, tuple(Hint(n, ids) for n in names))
    elif (found := CANVAS.fullmatch(first)) and (found["name"] or found["anon"]):
        again = RESUBMITTED.search(first)
        attempt = (int(found["attempt"]), int(again[1]) if again else 0)
        late = found["late"] or found["name"] == "LATE"
        name = "" if found["name"] == "LATE" else found["name"] or ""
        hint = Hint(name, (found["id"] or found["anon"],))
        yield Upload(entry, (hint,), None, attempt, bool(late))
    else:
        texts = [*own, _without_title(ps, re.sub(r"(?i)\.ipynb.*$", "", entry.parts[-1]))]
        if alone:
            texts.append(_without_title(ps, PurePosixPath(entry.inbox).stem))
        hints = [Hint(t, (t,), t if "@" in t else "") for t in texts if t and not _generic(ps, t)]
        yield Upload(entry, tuple(hints))


def _generic(ps: ProblemSet, text: str) -> bool:
    return not _without_title(ps, text) or bool(GENERIC.fullmatch(text.lower()))


def _without_title(ps: ProblemSet, text: str) -> str:
    """A file's name without the set's: `Dropout First Last (1)` is `First Last`."""
    before = None
    while before != text:
        before, text = text, COPY_NUMBER.sub("", COPY.sub("", text.strip()))
    number = ps.name.removeprefix("ps")
    titles = (re.escape(ps.notebook), rf"ps[ _-]?0?{number}", rf"problem[ _-]?set[ _-]?0?{number}")
    bare = re.sub(rf"(?<![^\W_])(?:{'|'.join(titles)})(?![^\W_])", " ", text, flags=re.IGNORECASE)
    if bare == text:
        return text.strip(" -_.,")
    return " ".join(re.sub(r"^[\s_.,-]+|[\s_.,-]+$", "", bare).split())


def _wrapping(ps: ProblemSet, paths: list[tuple[str, ...]]) -> tuple[str, ...]:
    """Folders around everything: all files lie in them, and several folders lie within."""
    wraps: tuple[str, ...] = ()
    while paths and all(len(path) > len(wraps) + 1 for path in paths):
        first = {path[len(wraps)] for path in paths}
        if len(first) > 1:
            break
        (name,) = first
        if any(layout.fullmatch(name) for layout in (EXCHANGE, MOODLE, CANVAS)):
            break
        within = {path[len(wraps) + 1] for path in paths if len(path) > len(wraps) + 2}
        if len(within) < 2 and not _generic(ps, name):
            break
        wraps += (name,)
    return wraps


def _when(value: object) -> datetime | None:
    """A time of submission, in UTC."""
    if isinstance(value, str):
        text = re.sub(r"\s+(UTC|Z)$", "+00:00", value.strip())
        text = re.sub(r"(\.\d{6})\d+", r"\1", text).replace(" +", "+").replace(" -", "-")
        try:
            value = datetime.fromisoformat(text)
        except ValueError:
            return None
    if not isinstance(value, datetime):
        return None
    return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    """Plain YAML data: what Ruby tags as its own objects are read as plain maps and lists."""


def _plain(loader: _Loader, _: str, node: yaml.Node) -> object:
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return loader.construct_scalar(node)


_Loader.add_multi_constructor("!", _plain)


def _gradescope(entry: Entry) -> dict[tuple[str, tuple[str, ...]], tuple]:
    """Who handed in what and when, by the path of the submission's folder or file."""
    data = yaml.load(entry.read(), Loader=_Loader)
    found = {}
    for name, facts in data.items() if isinstance(data, dict) else ():
        people = facts.get(":submitters") if isinstance(facts, dict) else None
        hints = []
        for person in people if isinstance(people, list) else ():
            if isinstance(person, dict):
                texts = [str(person.get(key) or "") for key in (":name", ":sid", ":email")]
                hints.append(Hint(texts[0], (texts[1],) if texts[1] else (), texts[2]))
        created = facts.get(":created_at") if isinstance(facts, dict) else None
        if isinstance(created, dict):
            created = created.get("utc") or created.get("time")
        if hints:
            found[entry.inbox, (*entry.parts[:-1], str(name))] = hints, _when(created)
    return found


def latest_first(found: Iterable[Upload]) -> list[Upload]:
    """Versions of one student's notebook, the latest first.

    A time that the download tells counts before the number of the attempt, and both before the
    time of the file.
    """
    return sorted(found, key=lambda upload: upload.age, reverse=True)
