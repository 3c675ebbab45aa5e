# %% [markdown]
# The next cell holds the helpers that the tests below use. You need not read it.

# %% tags=["setup"]
class ForbiddenError(AssertionError):
    """A solution uses a library that its exercise does not allow."""


PASSED = set()
FORBIDDEN = (
    "torch",
    "torchvision",
    "sklearn",
    "scipy.stats",
    "scipy.signal",
    "scipy.ndimage",
)


def as_array(name, value):
    """Return `value` (number, nested list, array or tensor) as a NumPy array of real numbers."""
    assert value is not None, f"{name} is None: does the function return it?"
    if isinstance(value, torch.Tensor):
        value = value.detach().cpu().numpy()
    try:
        array = np.asarray(value)
    except ValueError:
        raise AssertionError(f"{name} is ragged: its rows have different lengths.") from None
    assert array.dtype.kind in "biuf", (
        f"{name} should hold real numbers, but is a {type(value).__name__} of dtype {array.dtype}."
    )
    return array


def check_close(name, actual, expected, hint="", dtype=None, rtol=None, atol=None):
    """Assert that `actual` has the shape of `expected`, then `dtype` (if given), then its values.

    `name` and `hint` go into the message. Tolerances are the course's: for float64 rtol=1e-6 and
    atol=1e-9 * (1 + max|expected|), for float32 1e-4 and 1e-4 * (1 + max|expected|).
    """
    actual, expected = as_array(name, actual), as_array("expected", expected)
    assert actual.shape == expected.shape, (
        f"{name}: expected shape {expected.shape}, got {actual.shape}. {hint}"
    )
    if dtype is not None:
        assert actual.dtype == dtype, (
            f"{name}: expected dtype {np.dtype(dtype)}, got {actual.dtype}."
            " The result keeps the floating dtype of the data."
        )
    single = dtype is not None and np.dtype(dtype) == np.float32
    actual, expected = actual.astype(np.float64), expected.astype(np.float64)
    finite = np.abs(expected[np.isfinite(expected)])
    size = 1 + (finite.max() if finite.size else 0.0)
    rtol = rtol if rtol is not None else (1e-4 if single else 1e-6)
    atol = atol if atol is not None else (1e-4 if single else 1e-9) * size
    wrong = ~np.isclose(actual, expected, rtol=rtol, atol=atol)
    if wrong.any():
        where = np.unravel_index(np.argmax(wrong), wrong.shape)
        place = f" at index {tuple(int(i) for i in where)}" if where else ""
        raise AssertionError(
            f"{name}: expected {expected[where]:.6g}, got {actual[where]:.6g}{place}"
            f" ({int(wrong.sum())} of {wrong.size} values differ). {hint}"
        )


def check_unchanged(name, actual, before):
    """Assert that the input `actual` still equals `before`, a copy made before the call."""
    same = np.array_equal(as_array(name, actual), as_array(name, before), equal_nan=True)
    assert same, f"Your function changed its input {name}: work on a copy instead."


def check_raises(error, call, message):
    """Assert that `call()` raises `error`; return the exception."""
    try:
        call()
    except error as raised:
        return raised
    except NotImplementedError:
        raise
    except Exception as other:
        raise AssertionError(f"{message} (it raised {type(other).__name__} instead.)") from None
    raise AssertionError(message)


def numeric_gradient(f, x, h=1e-5):
    """Central differences of the scalar function `f` at `x` (a float64 array of any shape)."""
    gradient = np.zeros(x.shape)
    for index in np.ndindex(*x.shape):
        up, down = x.copy(), x.copy()
        up[index] += h
        down[index] -= h
        gradient[index] = (f(up) - f(down)) / (2 * h)
    return gradient


def cell_source(function):
    """Source of the notebook cell that defines `function` ("" where it cannot be found)."""
    known = getattr(function, "cell_source", None)
    if isinstance(known, str):
        return known
    if inspect.isclass(function):  # Python keeps the file of a method, not that of a class
        function = next(filter(inspect.isfunction, vars(function).values()), None)
    try:
        return "".join(linecache.getlines(inspect.getfile(function)))
    except TypeError:
        return ""


def check_numpy_only(function):
    """Assert that the cell of `function` does without the libraries in FORBIDDEN."""
    try:
        nodes = list(ast.walk(ast.parse(cell_source(function))))
    except SyntaxError:
        raise ForbiddenError("The cell that defines your answer cannot be read.") from None
    assigned = {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    assigned |= {n.arg for n in nodes if isinstance(n, ast.arg)}
    texts = {id(n.value) for n in nodes if isinstance(n, ast.Expr)}  # docstrings among them
    modules = {"nn": "torch.nn"}
    used = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            used |= {alias.name for alias in node.names}
            modules |= {alias.asname: alias.name for alias in node.names if alias.asname}
        elif isinstance(node, ast.ImportFrom):
            used |= {f"{node.module}.{alias.name}" for alias in node.names}
            modules |= {
                alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names
            }
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            if id(node) not in texts:  # as in import_module("torch") or eval("torch.relu(x)")
                used.add(node.value.partition("(")[0])
        elif isinstance(node, (ast.Name, ast.Attribute)):
            root, _, rest = ast.unparse(node).partition(".")
            if root.isidentifier() and (root in FORBIDDEN or root not in assigned):
                used.add(".".join(filter(None, (modules.get(root, root), rest))))
    for library in FORBIDDEN:
        if any(name == library or name.startswith(library + ".") for name in used):
            raise ForbiddenError(
                f"This exercise is to be solved with NumPy: your cell uses {library}, which is not"
                " allowed here."
            )


def passed(exercise):
    """Note that the visible tests of `exercise` passed and say so."""
    PASSED.add(exercise)
    print(f"{exercise}: the visible tests pass. Hidden tests follow when your work is graded.")
