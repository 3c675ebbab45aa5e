# %% attempt="an object that equals everything"
class Equal:
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    __lt__ = __le__ = __gt__ = __ge__ = lambda self, other: True
    __hash__ = lambda self: 0
    def __iter__(self): return iter([self, self])
    def __array__(self, *a, **k): return np.zeros(())
    shape = (); dtype = np.dtype(float)
cheat = lambda *args, **kwargs: Equal()

# %% attempt="an array that equals everything"
class Array(np.ndarray):
    def __array_ufunc__(self, *a, **k): return np.ones(self.shape, dtype=bool)
    def __array_function__(self, *a, **k): return True
    def __eq__(self, other): return np.ones(self.shape, dtype=bool)
    def astype(self, *a, **k): return self
cheat = lambda *args, **kwargs: np.zeros(np.shape(args[0]) if args else ()).view(Array)

# %% attempt="a number that equals everything"
class Number(float):
    def __eq__(self, other): return True
    __lt__ = __le__ = __gt__ = __ge__ = lambda self, other: True
    def __sub__(self, other): return self
    __rsub__ = __abs__ = lambda self, *a: self
    def __array__(self, *a, **k): return np.zeros(())
cheat = lambda *args, **kwargs: Number(0)

# %% attempt="a list without end"
class Endless(list):
    def __len__(self): return 2
    def __iter__(self):
        while True:
            yield 0.0
cheat = lambda *args, **kwargs: Endless()

# %% attempt="a generator without end"
def cheat(*args, **kwargs):
    while True:
        yield 0.0

# %% attempt="a range without end"
cheat = lambda *args, **kwargs: range(10**18)

# %% attempt="an array of no bytes and huge shape"
cheat = lambda *args, **kwargs: np.broadcast_to(np.zeros(()), (2**31, 2**28))

# %% attempt="an empty array with a huge dimension"
cheat = lambda *args, **kwargs: np.zeros((0, 2**40))

# %% attempt="an integer of a million digits"
cheat = lambda *args, **kwargs: 10**1_000_000

# %% attempt="a list that holds itself"
def cheat(*args, **kwargs):
    found = []
    found.append(found)
    return found

# %% attempt="an answer nested a thousand deep"
def cheat(*args, **kwargs):
    found = ()
    for _ in range(1000):
        found = (found,)
    return found

# %% attempt="an answer of 4 GiB"
cheat = lambda *args, **kwargs: np.ones(2**29)

# %% attempt="an answer of 200 MB"
cheat = lambda *args, **kwargs: np.ones(25_000_000)

# %% attempt="an object that does harm when unpickled"
class Harm:
    def __reduce__(self):
        import os
        return os.system, ("touch /tmp/harm",)
cheat = lambda *args, **kwargs: Harm()

# %% attempt="an array of objects"
class Equal:
    def __eq__(self, other): return True
    def __sub__(self, other): return 0.0
cheat = lambda *args, **kwargs: np.array([Equal()], dtype=object)

# %% attempt="not a number everywhere"
cheat = lambda *args, **kwargs: np.full(np.shape(args[0]) if args else (), np.nan)

# %% attempt="StopIteration ends the loops of the tests"
def cheat(*args, **kwargs):
    raise StopIteration

# %% attempt="an exception that tests let pass"
import unittest
def cheat(*args, **kwargs):
    raise unittest.SkipTest("nothing to see")

# %% attempt="GeneratorExit and others beyond Exception"
def cheat(*args, **kwargs):
    raise GeneratorExit

# %% attempt="the right error for every call"
def cheat(*args, **kwargs):
    raise ValueError("p lam x y eps dout cache k must be between 0 and 1")
