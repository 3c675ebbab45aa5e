"""Change a solution in one place at a time, as students (and compilers of mistakes) do.

The generic operators (numbers, operators, comparisons, arguments left out, …) are those of mutmut,
taken as functions from a libcst node to changed nodes; its runner and its files are not used. The
operators of this field stand below in the same form, so that each is one small function.
"""

import ast
import difflib
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider
from mutmut.mutation import mutators

Operator = tuple[type[cst.CSTNode], Callable[[cst.CSTNode], Iterable[cst.CSTNode]]]

# Names whose attributes are functions, not methods: np.sum(x) is a function of x, h.sum() is not.
MODULES = {"np", "torch", "nn", "special", "re"}

SWAPS = [
    ("mean", "sum"),
    ("max", "min"),
    ("maximum", "minimum"),
    ("argmax", "argmin"),
    ("any", "all"),
    ("exp", "log"),
    ("cos", "sin"),
    ("ceil", "floor"),
    ("zeros", "ones"),
    ("zeros_like", "ones_like"),
    ("float64", "float32"),
    ("var", "std"),
    ("train", "eval"),
    ("SGD", "Adam"),
]
INSTEAD = dict(SWAPS) | {b: a for a, b in SWAPS}
INSTEAD |= {"randperm": "arange", "rand": "randn", "random": "standard_normal"}
SYMMETRIC = {"max", "min", "maximum", "minimum", "logaddexp", "result_type"}
REDUCTIONS = {"mean", "sum", "max", "min", "prod", "var", "std"}
IN_PLACE = {
    cst.Add: cst.AddAssign,
    cst.Subtract: cst.SubtractAssign,
    cst.Multiply: cst.MultiplyAssign,
    cst.Divide: cst.DivideAssign,
}
TURNED = {
    cst.LessThan: cst.GreaterThan,
    cst.LessThanEqual: cst.GreaterThanEqual,
    cst.GreaterThan: cst.LessThan,
    cst.GreaterThanEqual: cst.LessThanEqual,
}
COMPOUND = (cst.BinaryOperation, cst.UnaryOperation, cst.BooleanOperation, cst.Comparison)


@dataclass(frozen=True)
class Mutant:
    """A changed solution cell. `line` of the cell differs first, `diff` holds - and + lines."""

    source: str
    line: int
    diff: str


def mutants(source: str, region: str = "SOLUTION") -> list[Mutant]:
    """All changed versions of a cell, in the order of its lines, each different from the others.

    Only lines from `BEGIN region` to `END region` change: the rest is given to students. The texts
    of error messages stay as they are, since no test reads them.
    """
    wrapper = MetadataWrapper(cst.parse_module(source), unsafe_skip_copy=True)
    positions = wrapper.resolve(PositionProvider)
    inside = _region_lines(source, region)
    inputs = {node.name.value for node in _nodes(wrapper.module) if isinstance(node, cst.Param)}
    in_place = cst.SimpleStatementLine, partial(work_in_place, inputs=inputs)
    found: dict[str, Mutant] = {}
    seen = {ast.dump(ast.parse(source))}
    for node in _nodes(wrapper.module):
        if node not in positions or positions[node].start.line not in inside:
            continue
        for kind, operator in (*OPERATORS, in_place):
            if not isinstance(node, kind):
                continue
            for changed in operator(node):
                code = wrapper.module.deep_replace(node, changed).code
                tree = _tree(code)
                if tree and tree not in seen:
                    seen.add(tree)
                    found[code] = _mutant(source, code)
    return sorted(found.values(), key=lambda mutant: mutant.line)


def _tree(code: str) -> str:
    """What identifies the program, whatever its layout; "" when it is none."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)  # such as (1, 2)(3), which fails when run
        try:
            compile(code, "mutant", "exec")
            return ast.dump(ast.parse(code))
        except SyntaxError:
            return ""


def _region_lines(source: str, region: str) -> set[int]:
    inside, lines = False, set()
    for number, line in enumerate(source.split("\n"), 1):
        if f"BEGIN {region}" in line or f"END {region}" in line:
            inside = "BEGIN" in line
        elif inside:
            lines.add(number)
    return lines


def _nodes(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    yield node
    if isinstance(node, cst.Raise) and _is_message(node):
        return
    for child in node.children:
        yield from _nodes(child)


def _is_message(node: cst.Raise) -> bool:
    args = node.exc.args if isinstance(node.exc, cst.Call) else ()
    return any(isinstance(arg.value, cst.BaseString) for arg in args)


def _mutant(source: str, code: str) -> Mutant:
    old, new = source.split("\n"), code.split("\n")
    lines = list(difflib.unified_diff(old, new, n=0, lineterm=""))[2:]
    first = next(n for n, (a, b) in enumerate(zip([*old, ""], [*new, ""], strict=False)) if a != b)
    changed = [line.rstrip() for line in lines if not line.startswith("@@")]
    return Mutant(code, first + 1, "\n".join(changed))


# The operators of the field: each takes a node and yields what may stand in its place.


def drop_call(node: cst.Call) -> Iterator[cst.CSTNode]:
    """np.sqrt(v) → v, as_float(x) → x, x.copy() → x, w.detach().numpy() → w.detach()."""
    if isinstance(node.func, cst.Attribute) and not _is_module(node.func.value):
        yield node.func.value
    elif node.args and not node.args[0].star:
        yield _operand(node.args[0].value)


def drop_transpose(node: cst.Attribute) -> Iterator[cst.CSTNode]:
    """x.T → x."""
    if node.attr.value == "T":
        yield node.value


def swap_function(node: cst.Attribute) -> Iterator[cst.CSTNode]:
    """x.mean() → x.sum(), np.maximum → np.minimum, np.float64 → np.float32, train() → eval()."""
    if node.attr.value in INSTEAD:
        yield node.with_changes(attr=cst.Name(INSTEAD[node.attr.value]))


def swap_builtin(node: cst.Call) -> Iterator[cst.CSTNode]:
    """max(a, b) → min(a, b)."""
    if isinstance(node.func, cst.Name) and node.func.value in {"max", "min", "any", "all"}:
        yield node.with_changes(func=cst.Name(INSTEAD[node.func.value]))


def swap_arguments(node: cst.Call) -> Iterator[cst.CSTNode]:
    """f(a, b, c) → f(b, a, c) and f(a, c, b), where the order matters."""
    if _code(node.func).rpartition(".")[2] in SYMMETRIC:
        return
    for i, (one, two) in enumerate(pairwise(node.args)):
        if not (one.keyword or two.keyword or one.star or two.star):
            pair = one.with_changes(value=two.value), two.with_changes(value=one.value)
            yield node.with_changes(args=[*node.args[:i], *pair, *node.args[i + 2 :]])


def swap_elements(node: cst.Tuple) -> Iterator[cst.CSTNode]:
    """return a, b → return b, a; but not the axes (0, 1), whose order seldom matters."""
    parts = node.elements
    if all(isinstance(part.value, cst.Integer) for part in parts):
        return
    for i, (one, two) in enumerate(pairwise(parts)):
        if isinstance(one, cst.Element) and isinstance(two, cst.Element):
            pair = one.with_changes(value=two.value), two.with_changes(value=one.value)
            yield node.with_changes(elements=[*parts[:i], *pair, *parts[i + 2 :]])


def drop_element(node: cst.Set | cst.List | cst.Dict) -> Iterator[cst.CSTNode]:
    """{a, b} → {b} and {a}; lists and dictionaries alike."""
    if len(node.elements) > 1:
        for i in range(len(node.elements)):
            kept = [*node.elements[:i], *node.elements[i + 1 :]]
            kept[-1] = kept[-1].with_changes(comma=cst.MaybeSentinel.DEFAULT)
            yield node.with_changes(elements=kept)


def change_axes(node: cst.Arg) -> Iterator[cst.CSTNode]:
    """axis=1 → axis=0, axis=(0, 2, 3) → axis=(0, 2), …"""
    if node.keyword and node.keyword.value in {"axis", "dim"}:
        if isinstance(node.value, cst.Integer):
            yield node.with_changes(value=cst.Integer("0" if node.value.value != "0" else "1"))
        elif isinstance(node.value, cst.Tuple) and len(node.value.elements) > 1:
            parts = node.value.elements
            for i in range(len(parts)):
                kept = [part.value for part in (*parts[:i], *parts[i + 1 :])]
                code = ", ".join(cst.Module([]).code_for_node(value) for value in kept)
                yield node.with_changes(value=cst.parse_expression(f"({code},)"))


def change_reduction(node: cst.Call) -> Iterator[cst.CSTNode]:
    """x.var(axis=0) → x.var(axis=0, ddof=1); x.mean(axis=0) → x.mean(axis=0, keepdims=True)."""
    name = node.func.attr.value if isinstance(node.func, cst.Attribute) else ""
    given = {arg.keyword.value for arg in node.args if arg.keyword}
    if name in {"var", "std"} and "ddof" not in given:
        yield _with_argument(node, "ddof", "1")
    if name in REDUCTIONS and "axis" in given and "keepdims" not in given:
        yield _with_argument(node, "keepdims", "True")


def change_number(node: cst.Integer | cst.Float) -> Iterator[cst.CSTNode]:
    """3 → 2, 0.5 → 0.0 and 5.0, 1e-5 → 0.0 and 0.0001 (mutmut adds one)."""
    if isinstance(node, cst.Integer):
        value = node.evaluated_value - 1
        yield cst.Integer(str(value)) if value >= 0 else cst.parse_expression(f"({value})")
    elif node.evaluated_value:
        yield cst.Float("0.0")
        yield cst.Float(repr(node.evaluated_value * 10))


def drop_operand(node: cst.BinaryOperation) -> Iterator[cst.CSTNode]:
    """a + b → a and b, a / b → a, a * b → a and b, a**2 → a."""
    yield _operand(node.left)
    if isinstance(node.operator, cst.Add | cst.Multiply | cst.Subtract):
        yield _operand(node.right)


def swap_operands(node: cst.BinaryOperation) -> Iterator[cst.CSTNode]:
    """a - b → b - a, a / b → b / a, a @ b → b @ a."""
    if isinstance(node.operator, cst.Subtract | cst.Divide | cst.MatrixMultiply | cst.Power):
        yield node.with_changes(left=_operand(node.right), right=_operand(node.left))


def change_count(node: cst.BinaryOperation) -> Iterator[cst.CSTNode]:
    """a / N → a / (N - 1), a / len(x) → a / (len(x) - 1)."""
    counted = isinstance(node.right, cst.Call) and _code(node.right.func) == "len"
    if isinstance(node.operator, cst.Divide) and (counted or isinstance(node.right, cst.Name)):
        fewer = cst.BinaryOperation(node.right, cst.Subtract(), cst.Integer("1"))
        yield node.with_changes(right=_operand(fewer))


def drop_condition(node: cst.BooleanOperation) -> Iterator[cst.CSTNode]:
    """a and b → a, and b."""
    yield _operand(node.left)
    yield _operand(node.right)


def change_comparison(node: cst.Comparison) -> Iterator[cst.CSTNode]:
    """a < b → a > b; 0 <= p <= 1 → 0 <= p, and p <= 1."""
    for i, part in enumerate(node.comparisons):
        turned = TURNED.get(type(part.operator))
        if turned:
            changed = part.with_changes(operator=turned())
            yield node.with_changes(
                comparisons=[*node.comparisons[:i], changed, *node.comparisons[i + 1 :]]
            )
    if len(node.comparisons) > 1:
        yield node.with_changes(comparisons=node.comparisons[:-1])
        left = node.comparisons[0].comparator
        yield node.with_changes(left=left, comparisons=node.comparisons[1:])


def settle_condition(node: cst.If) -> Iterator[cst.CSTNode]:
    """if …: raise → never; another if → always and never."""
    yield node.with_changes(
        test=cst.Name("False"), whitespace_before_test=cst.SimpleWhitespace(" ")
    )
    if not _raises(node):
        yield node.with_changes(
            test=cst.Name("True"), whitespace_before_test=cst.SimpleWhitespace(" ")
        )


def _raises(node: cst.If) -> bool:
    """Whether the body of an if does nothing but raise."""
    body = node.body.body[0]
    return isinstance(body, cst.SimpleStatementLine) and isinstance(body.body[0], cst.Raise)


def drop_with(node: cst.With) -> Iterator[cst.CSTNode]:
    """with torch.no_grad(): … → the body alone."""
    if len(node.items) == 1:
        yield cst.If(cst.Name("True"), node.body)
        return
    for i in range(len(node.items)):
        kept = [*node.items[:i], *node.items[i + 1 :]]
        kept[-1] = kept[-1].with_changes(comma=cst.MaybeSentinel.DEFAULT)
        yield node.with_changes(
            items=kept, lpar=cst.MaybeSentinel.DEFAULT, rpar=cst.MaybeSentinel.DEFAULT
        )


def drop_statement(node: cst.SimpleStatementLine) -> Iterator[cst.CSTNode]:
    """model.eval() → pass, y += b → pass, grad = grad + … → pass."""
    if len(node.body) > 1:
        return
    statement = node.body[0]
    call = isinstance(statement, cst.Expr) and isinstance(statement.value, cst.Call)
    again = (
        isinstance(statement, cst.Assign)
        and isinstance(statement.targets[0].target, cst.Name)
        and statement.targets[0].target.value in _names(statement.value)
    )
    if call or again or isinstance(statement, cst.AugAssign):
        yield node.with_changes(body=[cst.Pass()])


def work_in_place(node: cst.SimpleStatementLine, inputs: set[str]) -> Iterator[cst.CSTNode]:
    """c = x - m → x -= m; c = x, and return x * mask → x *= mask; return x, for an input x."""
    statement = node.body[0]
    if isinstance(statement, cst.Assign) and isinstance(statement.value, cst.BinaryOperation):
        done = _in_place(statement.value, inputs)
        if done:
            rest = statement.with_changes(value=statement.value.left)
            same = isinstance(statement.targets[0].target, cst.Name) and (
                statement.targets[0].target.value == statement.value.left.value
            )
            yield node.with_changes(body=[done] if same else [done, rest])
    elif isinstance(statement, cst.Return):
        value = statement.value
        parts = [e.value for e in value.elements] if isinstance(value, cst.Tuple) else [value]
        for part in parts:
            done = _in_place(part, inputs)
            if done:
                rest = statement.deep_replace(part, part.left)
                yield node.with_changes(body=[done, rest])


def _in_place(node: cst.BaseExpression | None, inputs: set[str]) -> cst.AugAssign | None:
    if isinstance(node, cst.BinaryOperation) and _code(node.left) in inputs:
        kind = IN_PLACE.get(type(node.operator))
        if kind:
            return cst.AugAssign(node.left, kind(), node.right)
    return None


def ignore_randomness(node: cst.Arg | cst.Attribute) -> Iterator[cst.CSTNode]:
    """rng.random(…) → np.random.default_rng(0).random(…), manual_seed(seed) → manual_seed(0)."""
    if isinstance(node.value, cst.Name) and node.value.value in {"rng", "seed"}:
        if node.value.value == "seed":
            yield node.with_changes(value=cst.Integer("0"))
        else:
            for seed in ("0", ""):
                yield node.with_changes(
                    value=cst.parse_expression(f"np.random.default_rng({seed})")
                )


def ignore_order(node: cst.Call) -> Iterator[cst.CSTNode]:
    """rng.permutation(n) → np.arange(n)."""
    if isinstance(node.func, cst.Attribute) and node.func.attr.value == "permutation":
        yield node.with_changes(func=cst.parse_expression("np.arange"))


def lose_repeats(node: cst.Expr) -> Iterator[cst.CSTNode]:
    """np.add.at(a, i, b) → a[i] += b, which counts a repeated index once."""
    call = node.value
    if isinstance(call, cst.Call) and _code(call.func) == "np.add.at":
        array, index, value = (arg.value for arg in call.args)
        target = cst.parse_expression(f"{_code(array)}[{_code(index).strip('()')}]")
        yield cst.AugAssign(target, cst.AddAssign(), value)


def shift_range(node: cst.Call) -> Iterator[cst.CSTNode]:
    """range(n) → range(n - 1) and range(n + 1); arange alike."""
    name = node.func.attr if isinstance(node.func, cst.Attribute) else node.func
    if isinstance(name, cst.Name) and name.value in {"range", "arange"}:
        for i, arg in enumerate(node.args):
            if not arg.keyword:
                for changed in _shifted(arg.value):
                    args = [*node.args[:i], arg.with_changes(value=changed), *node.args[i + 1 :]]
                    yield node.with_changes(args=args)


def change_slice(node: cst.Slice) -> Iterator[cst.CSTNode]:
    """a[i:j:k] → an end moved by one, and an end or the step left out."""
    for name in ("lower", "upper"):
        end = getattr(node, name)
        if end is not None:
            yield node.with_changes(**{name: None})
            for changed in _shifted(end):
                yield node.with_changes(**{name: changed})
    if node.step is not None:
        yield node.with_changes(step=None, second_colon=cst.MaybeSentinel.DEFAULT)


def _shifted(value: cst.BaseExpression) -> Iterator[cst.CSTNode]:
    if not isinstance(value, cst.Integer):  # a number is another operator's
        for operator in (cst.Subtract(), cst.Add()):
            yield cst.BinaryOperation(_operand(value), operator, cst.Integer("1"))


def _operand(node: cst.BaseExpression) -> cst.BaseExpression:
    """The node in parentheses where it needs them to stand in place of another."""
    if isinstance(node, (*COMPOUND, cst.IfExp)) and not node.lpar:
        return node.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
    return node


def _with_argument(node: cst.Call, name: str, value: str) -> cst.Call:
    args = list(node.args)
    if args:
        comma = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
        args[-1] = args[-1].with_changes(comma=comma)
    equal = cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace(""))
    args.append(cst.Arg(cst.parse_expression(value), keyword=cst.Name(name), equal=equal))
    return node.with_changes(args=args)


def _is_module(node: cst.BaseExpression) -> bool:
    while isinstance(node, cst.Attribute):
        node = node.value
    return isinstance(node, cst.Name) and node.value in MODULES


def _names(node: cst.CSTNode) -> set[str]:
    own = {node.value} if isinstance(node, cst.Name) else set()
    return own.union(*(_names(child) for child in node.children))


def _code(node: cst.CSTNode) -> str:
    return cst.Module([]).code_for_node(node)


# `a = f(x)` → `a = None` is left out: whatever a test looks at, nearly every use of a then raises.
GENERIC = [
    pair for pair in mutators.mutation_operators if pair[1] is not mutators.operator_assignment
]
FIELD: list[Operator] = [
    (cst.Call, drop_call),
    (cst.Attribute, drop_transpose),
    (cst.Attribute, swap_function),
    (cst.Call, swap_builtin),
    (cst.Call, swap_arguments),
    (cst.Tuple, swap_elements),
    ((cst.Set, cst.List, cst.Dict), drop_element),
    (cst.Arg, change_axes),
    (cst.Call, change_reduction),
    ((cst.Integer, cst.Float), change_number),
    (cst.BinaryOperation, drop_operand),
    (cst.BinaryOperation, swap_operands),
    (cst.BinaryOperation, change_count),
    (cst.BooleanOperation, drop_condition),
    (cst.Comparison, change_comparison),
    (cst.If, settle_condition),
    (cst.With, drop_with),
    (cst.SimpleStatementLine, drop_statement),
    ((cst.Arg, cst.Attribute), ignore_randomness),
    (cst.Call, ignore_order),
    (cst.Expr, lose_repeats),
    (cst.Call, shift_range),
    (cst.Slice, change_slice),
]
OPERATORS: list[Operator] = [*GENERIC, *FIELD]
