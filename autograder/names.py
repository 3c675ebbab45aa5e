"""Which names a test cell takes from outside: it may lean on setup and solution cells only."""

import ast
import builtins
import re
import symtable
import warnings
from collections.abc import Callable
from functools import lru_cache
from tokenize import TokenError
from typing import TypeVar

from .text import Cell, without_region

T = TypeVar("T")
MAX_PARSED = 200_000  # characters; of a longer text only the lines that look like definitions count
MAX_TRANSFORMED = 50_000  # characters times lines of magic: each line costs a pass over the text


def defined_names(source: str) -> set[str]:
    """Names that running `source` at the top level binds."""
    table = symtable.symtable(source, "cell", "exec")
    return {s.get_name() for s in table.get_symbols() if s.is_assigned() or s.is_imported()}


def student_names(source: str) -> frozenset[str]:
    """Names that a student's cell binds, whatever is wrong with it."""
    return _short_names(source) if len(source) < MAX_PARSED // 10 else _names(source)


def _names(source: str) -> frozenset[str]:
    found = read_student(source, defined_names)
    if found is None:
        found = re.findall(r"^(?:async def|def|class) +(\w+)", source, re.MULTILINE)
    return frozenset(found)


def read_student(source: str, read: Callable[[str], T]) -> T | None:
    """What `read` makes of a student's cell, else of it without magic; None if Python cannot."""
    for text in (source, _without_magic(source)) if len(source) <= MAX_PARSED else ():
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of escapes in their strings
                return read(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
    return None


def _without_magic(source: str) -> str:
    """A cell's text with lines of IPython's magic emptied, as far as one line tells."""
    lines = []
    for number, line in enumerate(source.split("\n")):
        text = line.lstrip()
        indent = line[: len(line) - len(text)]
        assigned = re.match(r"[\w, ]+=[ ]*[%!]", text)
        if number == 0 and text.startswith("%%"):
            line = ""
        elif text.startswith(("%", "!", "?")) or text.rstrip().endswith("?"):
            line = f"{indent}pass"
        elif assigned:
            line = f"{indent}{text.split('=')[0]} = None"
        lines.append(line)
    return "\n".join(lines)


_short_names = lru_cache(maxsize=4096)(_names)


def plain_python(source: str) -> str:
    """A cell's text with IPython's magic written out as the calls that it stands for."""
    magic = re.findall(r"^[ \t]*[%!?,;/]|\?[ \t]*$|=[ \t]*[%!]", source, re.MULTILINE)
    if not magic or len(magic) * len(source) > MAX_TRANSFORMED:
        return source
    # Here, not above: most cells and most commands do without.
    from IPython.core.inputtransformer2 import TransformerManager

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return TransformerManager().transform_cell(source)
    except (SyntaxError, ValueError, RuntimeError, TokenError):
        return source


def loaded_names(source: str) -> set[str]:
    """Global names that `source` reads, at the top level or inside its functions."""

    def walk(table: symtable.SymbolTable, top: bool) -> set[str]:
        names = {
            s.get_name()
            for s in table.get_symbols()
            if s.is_referenced() and (top or s.is_global())
        }
        return names.union(*(walk(child, False) for child in table.get_children()))

    return walk(symtable.symtable(source, "cell", "exec"), True)


def check_test_names(cells: list[Cell]) -> None:
    """Raise CourseError when a test cell loads a name that no trusted cell gives it."""
    setup = set(dir(builtins))
    for cell in cells:
        if cell.kind == "code":
            try:
                ast.parse(cell.source)
            except SyntaxError as error:
                raise cell.error(f"{error.msg} (line {error.lineno} of the cell)") from None
            if "setup" in cell.tags:
                setup |= defined_names(cell.source)
    solutions: set[str] = set()
    for cell in cells:
        if cell.role == "solution":
            solutions |= defined_names(cell.source)
            if cell.exercise not in solutions:
                raise cell.error(f"the solution does not define {cell.exercise!r}")
        elif cell.role == "test":
            _check_hidden_half(cell)
            known = setup | solutions | defined_names(cell.source)
            for name in sorted(loaded_names(cell.source) - known):
                raise cell.error(
                    f"test {cell.exercise!r} uses {name!r}, which no setup or solution defines",
                    name,
                )


def _check_hidden_half(cell: Cell) -> None:
    """The hidden half is a function and its call.

    Names that it bound at the top level would replace a student's own in the rest of the notebook,
    and nbgrader reads a value that a test cell ends in as partial credit.
    """
    visible = defined_names(without_region(cell.source, "HIDDEN TESTS"))
    for name in sorted(defined_names(cell.source) - visible - {"hidden_tests"}):
        raise cell.error(f"hidden tests bind {name!r}: put them into def hidden_tests()", name)
    if ast.unparse(ast.parse(cell.source).body[-1]) != "hidden_tests()":
        raise cell.error("the hidden half does not end with hidden_tests()")
