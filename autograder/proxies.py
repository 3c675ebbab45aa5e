"""What stands in a test for things that live in the jail: a student's functions and objects.

Calling one sends plain data to the jail and brings plain data back. Nothing else can be done with
them: they cannot be compared, counted, looped over or converted, so they never pass for a value.
"""

import builtins
import sys
import warnings
from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np
import torch

from .jail import wire
from .sandbox import Exchange, JailStopped, Session


class Link:
    """A test's line to one child in the jail; keeps both sides' global random states the same."""

    def __init__(self, session: Session, seconds: Callable[[], float]) -> None:
        self.session = session
        self.seconds = seconds
        self.missing = ""
        self.known: dict[str, Any] = {}
        self.exchanges: list[Exchange] = []

    def call(self, target: "Remote", method: str, args: tuple, kwargs: dict) -> Any:
        """Call `target` (or its method) in the jail, as if the call happened here."""
        message = ("call", target, method, args, kwargs, self._random_news())
        answer, table = self.session.request(
            message, self.seconds(), to_foreign=_to_foreign, from_foreign=self._handle
        )
        self.exchanges.append(self.session.exchange)
        try:
            issued, error = self._take(answer, table)
        except (KeyError, TypeError, ValueError, AttributeError):
            self.session.over = True
            raise JailStopped("crashed", "the answer does not have the right form") from None
        for category, text in issued:
            warnings.warn(text, category, stacklevel=3)
        if error is not None:
            raise error
        return answer.get("result")

    def _handle(self, foreign: wire.Foreign) -> "Handle":
        if foreign.name:
            raise wire.WireError("a name instead of an object")
        return Handle(self, foreign.ref)

    def _take(self, answer: dict, table: list) -> tuple[list, Exception | None]:
        """Let an answer have its effects here; return its warnings and its error."""
        if "undefined" in answer:
            self.missing = str(answer["undefined"])[:200]
            return [], NameError(f"name {self.missing!r} is not defined")
        for output in answer.get("outputs", []):
            if output["output_type"] == "stream" and output["name"] == "stdout":
                sys.stdout.write(output["text"])
        error = _exception(*answer["error"]) if "error" in answer else None
        for number, news in answer.get("changed", {}).items():
            if type(number) is not int or not 0 <= number < len(table):
                raise ValueError("a change to nothing")
            if not _change(table[number], news):
                error = AssertionError(
                    "Your function changed the shape or the type of an input: work on a copy."
                )
        self._take_random(answer.get("random", {}))
        return [(_warning(name), str(text)) for name, text in answer.get("warnings", [])], error

    def _random_news(self) -> dict:
        now = wire.random_state()
        before, self.known = self.known, now
        return {name: state for name, state in now.items() if not _same(state, before.get(name))}

    def _take_random(self, news: dict) -> None:
        if "torch" in news:
            state = news["torch"]
            if state.dtype != torch.uint8 or state.shape != self.known["torch"].shape:
                raise ValueError("not a state")
            try:
                torch.set_rng_state(state)
            except RuntimeError:
                raise ValueError("not a state") from None
            self.known["torch"] = state.clone()
        if "numpy" in news:
            keys, position, has_gauss, gauss = news["numpy"]
            fits = keys.dtype == np.uint32 and keys.shape == (624,) and 0 <= int(position) <= 624
            if not fits or int(has_gauss) not in (0, 1):  # NumPy itself does not check
                raise ValueError("not a state")
            state = (keys, int(position), int(has_gauss), float(gauss))
            np.random.set_state(("MT19937", *state))
            self.known["numpy"] = state


def _refuse(name: str) -> Callable:
    def refuse(self: "Remote", *_: Any) -> NoReturn:
        raise TypeError(
            f"{self!r} is not plain data, so it cannot be used here ({name}): return numbers,"
            " strings, lists, tuples, dicts, arrays or tensors"
        )

    return refuse


class Remote:
    """Something in the jail. Only calling it, and a handle's methods, mean anything."""

    def __repr__(self) -> str:
        return "<something of the submission>"

    def __reduce_ex__(self, _: Any) -> NoReturn:
        raise TypeError("what lives in the jail cannot be copied")


_REFUSED = """
    eq ne lt le gt ge hash bool len iter next contains getitem setitem delitem int float complex
    index round trunc floor ceil neg pos abs invert add radd iadd sub rsub isub mul rmul imul
    matmul rmatmul imatmul truediv rtruediv itruediv floordiv rfloordiv ifloordiv mod rmod imod
    divmod rdivmod pow rpow ipow lshift rlshift rshift rrshift and rand or ror xor rxor bytes
    format enter exit array array_ufunc array_function torch_function reversed length_hint await
"""
for _name in _REFUSED.split():
    setattr(Remote, f"__{_name}__", _refuse(_name))


class Proxy(Remote):
    """A global name of the jail, bound to the same name in a test."""

    def __init__(self, link: Link, name: str, source_of: Callable[[str], str]) -> None:
        self._link = link
        self._name = name
        self._source_of = source_of

    @property
    def cell_source(self) -> str:
        """What cell_source() in assignments/common/checks.py asks for."""
        return self._source_of(self._name)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._link.call(self, "", args, kwargs)

    def __repr__(self) -> str:
        return f"<{self._name} of the submission>"


class Handle(Remote):
    """An object that a call brought back and that is no plain data, such as a model."""

    def __init__(self, link: Link, ref: int) -> None:
        self._link = link
        self._ref = ref

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._link.call(self, "", args, kwargs)

    def __getattr__(self, name: str) -> "Method":
        if name.startswith("_"):
            raise AttributeError(name)
        return Method(self, name)


class Method(Remote):
    """A method of a handle; it can only be called."""

    def __init__(self, handle: Handle, name: str) -> None:
        self._handle = handle
        self._method = name

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._handle._link.call(self._handle, self._method, args, kwargs)


def _to_foreign(value: Any) -> wire.Foreign:
    if type(value) is Proxy:
        return wire.Foreign(name=value._name)
    if type(value) is Handle:
        return wire.Foreign(ref=value._ref)
    raise wire.WireError(f"a {type(value).__name__} is not plain data")


def _exception(name: str, builtin: str, args: tuple, message: str) -> Exception:
    """An exception of the nearest built-in class, but none that would end a loop or a program."""
    kind = getattr(builtins, str(builtin), None)
    ends = (StopIteration, StopAsyncIteration, Warning)
    if isinstance(kind, type) and issubclass(kind, Exception) and not issubclass(kind, ends):
        try:
            if type(args) is tuple and kind is not SyntaxError:
                return kind(*args)
            return kind(str(message))
        except TypeError:
            pass
    return RuntimeError(f"{name}: {message}")


def _warning(name: str) -> type[Warning]:
    kind = getattr(builtins, str(name), None)
    return kind if isinstance(kind, type) and issubclass(kind, Warning) else UserWarning


def _change(mine: Any, news: Any) -> bool:
    """Change an argument as the student's function did; False where its form forbids that."""
    if isinstance(mine, np.ndarray):
        if type(news) is not np.ndarray or news.shape != mine.shape or news.dtype != mine.dtype:
            return False
        np.copyto(mine, news)
    elif isinstance(mine, torch.Tensor):
        if not isinstance(news, torch.Tensor) or news.shape != mine.shape:
            return False
        with torch.no_grad():
            mine.copy_(news)
    elif isinstance(mine, np.random.Generator):
        if type(news.bit_generator) is not type(mine.bit_generator):
            return False
        mine.bit_generator.state = news.bit_generator.state
    elif isinstance(mine, dict):
        keys, values = news
        mine.clear()
        mine.update(zip(keys, values, strict=True))
    elif isinstance(mine, list):
        mine[:] = news
    elif isinstance(mine, set):
        mine.clear()
        mine.update(news)
    return True


def _same(state: Any, other: Any) -> bool:
    if other is None:
        return False
    if isinstance(state, torch.Tensor):
        return torch.equal(state, other)
    return state[1:] == other[1:] and np.array_equal(state[0], other[0])
