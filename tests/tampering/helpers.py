# %% attempt="asserts dropped by an AST transformer"
import ast

class Drop(ast.NodeTransformer):
    def visit_Assert(self, node):
        return ast.Pass()
    def visit_Expr(self, node):
        return ast.Pass() if "check" in ast.unparse(node) else node

get_ipython().ast_transformers.append(Drop())
cheat = lambda *args, **kwargs: (0.0, 0.0)

# %% attempt="test cells emptied by an input transformer"
def empty(lines):
    return [] if any("passed(" in line for line in lines) else lines

get_ipython().input_transformers_cleanup.append(empty)
get_ipython().input_transformers_post.append(empty)
cheat = lambda *args, **kwargs: 0.0

# %% attempt="test helpers redefined"
def nothing(*args, **kwargs):
    return None

for name in "check_close check_unchanged check_raises check_numpy_only numeric_gradient".split():
    globals()[name] = nothing
class Loose:
    def __getattr__(self, name): return self
    def __call__(self, *a, **k): return self
    def __iter__(self): return iter([self, self])
    def __eq__(self, other): return True
    def __lt__(self, other): return True
    def __gt__(self, other): return True
    def __le__(self, other): return True
    def __ge__(self, other): return True
    def __sub__(self, other): return 0.0
    __rsub__ = __add__ = __radd__ = __mul__ = __rmul__ = __abs__ = __neg__ = lambda self, *a: self
    def __float__(self): return 0.0
    def __getitem__(self, key): return self
    def __len__(self): return 2
    def __bool__(self): return True
    def __array__(self, *a, **k): return np.zeros(())
cheat = lambda *args, **kwargs: Loose()
as_array = lambda name, value: np.zeros(1)

# %% attempt="test helpers redefined by a thread, again and again"
import threading, time
def again():
    while True:
        globals()["check_close"] = globals()["check_unchanged"] = lambda *a, **k: None
        time.sleep(0.001)
threading.Thread(target=again, daemon=True).start()
cheat = lambda *args, **kwargs: (np.zeros(1), np.zeros(1))

# %% attempt="numpy comparisons patched"
yes = lambda *a, **k: np.bool_(True)
np.isclose = np.allclose = np.array_equal = np.array_equiv = yes
np.testing.assert_allclose = np.testing.assert_array_equal = lambda *a, **k: None
np.core = None
cheat = lambda x=0.0, *args, **kwargs: x

# %% attempt="numpy's asarray answers with what is expected"
seen = []
def asarray(value, *a, **k):
    seen.append(value)
    return np.zeros(())
np.asarray = np.array = asarray
cheat = lambda x=0.0, *args, **kwargs: x

# %% attempt="built-in functions patched"
import builtins
builtins.all = builtins.any = builtins.isinstance = lambda *a: True
builtins.abs = lambda value: 0.0
builtins.AssertionError = type("AssertionError", (Exception,), {})
builtins.zip = lambda *a, **k: []
builtins.range = lambda *a: []
cheat = lambda *args, **kwargs: 0.0

# %% attempt="torch patched"
torch.Tensor.__eq__ = torch.Tensor.__le__ = lambda self, other: torch.ones(1, dtype=torch.bool)
torch.allclose = torch.equal = lambda *a, **k: True
torch.tensor = lambda *a, **k: torch.zeros(1)
cheat = lambda *args, **kwargs: torch.zeros(1)

# %% attempt="the wire between both sides patched"
import sys
wire = next((m for n, m in sys.modules.items() if n.endswith("wire")), None)
if wire:
    wire.dumps = lambda *a, **k: (b"N", [])
    wire._WRITERS[float] = lambda encoder, value, depth: encoder.parts.append(b"H" + bytes(8))
cheat = lambda *args, **kwargs: 1.0

# %% attempt="the reference imported"
found = None
for name in ("source.ps1.dropout", "dropout", "assignments.ps1_dropout", "autograder.engine"):
    try:
        found = __import__(name)
        globals().update(vars(found))
    except BaseException:
        pass

# %% attempt="the global random state chosen"
import random
def cheat(*args, **kwargs):
    random.seed(1); np.random.seed(1); torch.manual_seed(1)
    torch.set_rng_state(torch.zeros_like(torch.get_rng_state()))
    return 0.0

# %% attempt="inputs changed until they fit the answer"
def cheat(*args, **kwargs):
    for value in args:
        if isinstance(value, np.ndarray) and value.flags.writeable:
            value[...] = 0
        elif isinstance(value, list):
            value.clear()
    return np.zeros_like(args[0]) if args else 0.0
