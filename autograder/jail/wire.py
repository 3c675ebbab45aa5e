"""The language between grader and jail: plain data as bytes, never a pickle, never an eval.

Plain data are None, booleans, numbers, strings, bytes, lists, tuples, dicts, sets, ranges, slices,
NumPy scalars, arrays and dtypes, torch tensors and dtypes, and NumPy generators. Anything else can
only be named: by a number that stands for an object in the jail, or by a global name there.

Lists, dicts, sets, arrays, tensors and generators are numbered in the order in which they are met.
An object that is met again is sent as its number, so that both sides agree on which arguments are
one and the same, and the jail can say which of them a function has changed.

The grader's side decodes what hostile code may have written: every length, depth, dtype and shape
is checked before memory is taken.
"""

import builtins
import re
import struct
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

MAX_BYTES = 64 * 2**20  # of one message
MAX_DEPTH = 60
MAX_NODES = 2_000_000
MAX_INT_BYTES = 4096
MAX_RANGE = 1_000_000
MAX_DIMS = 32

ARRAY_DTYPE = re.compile(r"[<|>](?:b1|[iu][1248]|f[248]|c8|c16|S[1-9]\d{0,5}|U[1-9]\d{0,4})")
TORCH_DTYPES = {
    name: getattr(torch, name)
    for name in (
        *("float64", "float32", "float16", "bfloat16", "complex64", "complex128"),
        *("int64", "int32", "int16", "int8", "uint8", "bool"),
    )
}
TORCH_NAMES = {dtype: name for name, dtype in TORCH_DTYPES.items()}
SCALAR_TYPES = {
    name: getattr(np, name)
    for name in (
        *("float64", "float32", "float16", "complex64", "complex128", "bool_"),
        *("int64", "int32", "int16", "int8", "uint64", "uint32", "uint16", "uint8"),
    )
}
SCALAR_NAMES = {kind: name for name, kind in SCALAR_TYPES.items()}
PCG = ("PCG64", "PCG64DXSM")


class WireError(ValueError):
    """A message that does not follow the rules, or a value that cannot be sent."""


class Foreign:
    """Something that only the jail holds: number `ref` of its table, or its global `name`."""

    def __init__(self, ref: int = -1, name: str = "") -> None:
        self.ref = ref
        self.name = name


def dumps(
    value: Any, table: list | None = None, foreign: Callable[[Any], Foreign] | None = None
) -> tuple[bytes, list]:
    """Encode `value`; return the bytes and the table of numbered objects.

    `table` holds the objects that the other side has numbered already. `foreign` turns an object
    that is not plain data into a Foreign (or raises WireError, as is done without it).
    """
    encoder = _Encoder(table or [], foreign)
    encoder.put(value, 0)
    return b"".join(encoder.parts), encoder.table


def loads(
    data: bytes | memoryview,
    table: list | None = None,
    foreign: Callable[[Foreign], Any] | None = None,
    limits: bool = True,
) -> tuple[Any, list]:
    """Decode bytes from `dumps`; return the value and the table of numbered objects.

    Raises WireError for anything that `dumps` would not write. `limits` off lifts the bounds on
    the sizes of numbers and containers (for the jail, which trusts the grader).
    """
    decoder = _Decoder(memoryview(data), table or [], foreign, limits)
    try:
        value = decoder.get(0)
    except (struct.error, UnicodeDecodeError, OverflowError, TypeError) as error:
        raise WireError(f"malformed message: {error}") from None
    if decoder.at != len(decoder.data):
        raise WireError("bytes are left after the message")
    return value, decoder.table


def fingerprints(table: list) -> list[bytes]:
    """For each numbered object bytes that differ once it has changed (on its own level alone)."""
    encoder = _Encoder(table, lambda value: Foreign(id(value)))
    found = []
    for number, item in enumerate(table):
        del encoder.numbers[id(item)]
        encoder.put(item, 0)
        found.append(b"".join(encoder.parts))
        for new in encoder.table[len(table) :]:
            del encoder.numbers[id(new)]
        del encoder.table[len(table) :]
        encoder.parts.clear()
        encoder.numbers[id(item)] = number
    return found


def set_random_state(state: dict) -> None:
    """Take over the global random states that the grader sends, those that it changed."""
    if "torch" in state:
        torch.set_rng_state(state["torch"])
    if "numpy" in state:
        np.random.set_state(("MT19937", *state["numpy"]))


def random_state() -> dict:
    """NumPy's and torch's global random states."""
    return {"torch": torch.get_rng_state(), "numpy": tuple(np.random.get_state()[1:])}


def builtin_name(kind: type, base: type = BaseException) -> str:
    """The first built-in class among those that an exception class derives from."""
    for parent in kind.__mro__:
        if getattr(builtins, parent.__name__, None) is parent and issubclass(parent, base):
            return parent.__name__
    return base.__name__


class _Encoder:
    def __init__(self, table: list, foreign: Callable[[Any], Foreign] | None) -> None:
        self.parts: list[bytes] = []
        self.table = list(table)
        self.numbers = {id(item): number for number, item in enumerate(self.table)}
        self.foreign = foreign

    def put(self, value: Any, depth: int) -> None:
        if depth > MAX_DEPTH:
            raise WireError("nested too deeply")
        writer = _WRITERS.get(type(value))
        if writer is None:
            writer = next((w for base, w in _BASES if isinstance(value, base)), _put_foreign)
        number = self.numbers.get(id(value))
        if number is not None:
            self.parts.append(b"R" + _size(number))
        else:
            writer(self, value, depth)

    def number(self, value: Any) -> None:
        self.numbers[id(value)] = len(self.table)
        self.table.append(value)

    def put_bytes(self, tag: bytes, data: bytes) -> None:
        self.parts += (tag, _size(len(data)), data)

    def put_text(self, tag: bytes, text: str) -> None:
        self.put_bytes(tag, text.encode("utf-8", "surrogatepass"))


def _size(number: int) -> bytes:
    return struct.pack(">Q", number)


def _put_constant(tag: bytes) -> Callable:
    return lambda encoder, value, depth: encoder.parts.append(tag)


def _put_bool(encoder: _Encoder, value: bool, depth: int) -> None:
    encoder.parts.append(b"1" if value else b"0")


def _put_int(encoder: _Encoder, value: int, depth: int) -> None:
    value = int(value)
    if -(2**63) <= value < 2**63:
        encoder.parts.append(b"i" + struct.pack(">q", value))
    else:
        size = value.bit_length() // 8 + 1
        encoder.put_bytes(b"I", value.to_bytes(size, "big", signed=True))


def _put_float(encoder: _Encoder, value: float, depth: int) -> None:
    encoder.parts.append(b"f" + struct.pack(">d", value))


def _put_complex(encoder: _Encoder, value: complex, depth: int) -> None:
    encoder.parts.append(b"c" + struct.pack(">dd", value.real, value.imag))


def _put_str(encoder: _Encoder, value: str, depth: int) -> None:
    encoder.put_text(b"s", value)


def _put_bytes(encoder: _Encoder, value: bytes, depth: int) -> None:
    encoder.put_bytes(b"y", bytes(value))


def _put_items(encoder: _Encoder, tag: bytes, items: list | tuple, depth: int) -> None:
    """The items of a list or tuple; long ones of only ints, floats or strings go in one piece."""
    kinds = set(map(type, items)) if len(items) > 16 else ()
    if kinds == {int}:
        try:
            packed = np.array(items, dtype=np.int64)
        except OverflowError:
            kinds = ()
        else:
            encoder.put_bytes(tag + b"q", packed.tobytes())
            return
    if kinds == {float}:
        encoder.put_bytes(tag + b"d", np.array(items, dtype=np.float64).tobytes())
        return
    if kinds == {str}:
        sizes = np.fromiter(map(len, items), dtype=np.int64, count=len(items))
        encoder.put_bytes(tag + b"t", sizes.tobytes())
        encoder.put_text(b"", "".join(items))
        return
    encoder.parts += (tag + b"*", _size(len(items)))
    for item in items:
        encoder.put(item, depth + 1)


def _put_list(encoder: _Encoder, value: list, depth: int) -> None:
    encoder.number(value)
    _put_items(encoder, b"L", list(value), depth)


def _put_tuple(encoder: _Encoder, value: tuple, depth: int) -> None:
    _put_items(encoder, b"T", tuple(value), depth)


def _put_set(encoder: _Encoder, value: set, depth: int) -> None:
    encoder.number(value)
    _put_items(encoder, b"S", list(value), depth)


def _put_frozenset(encoder: _Encoder, value: frozenset, depth: int) -> None:
    _put_items(encoder, b"F", list(value), depth)


def _put_dict(encoder: _Encoder, value: dict, depth: int) -> None:
    encoder.number(value)
    encoder.parts.append(b"M")
    _put_items(encoder, b"", list(value.keys()), depth)
    _put_items(encoder, b"", list(value.values()), depth)


def _put_range(encoder: _Encoder, value: range, depth: int) -> None:
    encoder.parts.append(b"g")
    for part in (value.start, value.stop, value.step):
        _put_int(encoder, part, depth)


def _put_slice(encoder: _Encoder, value: slice, depth: int) -> None:
    encoder.parts.append(b"l")
    for part in (value.start, value.stop, value.step):
        encoder.put(part, depth + 1)


def _put_array(encoder: _Encoder, value: np.ndarray, depth: int) -> None:
    if not ARRAY_DTYPE.fullmatch(value.dtype.str) or value.ndim > MAX_DIMS:
        _put_foreign(encoder, value, depth)
        return
    encoder.number(value)
    value = np.asarray(value)
    encoder.put_text(b"a", value.dtype.str)
    strides = _kept_strides(value.shape, value.strides, value.itemsize)
    _put_layout(encoder, value.shape, strides)
    encoder.parts.append(b"w" if value.flags.writeable else b"r")
    encoder.put_bytes(b"", value.tobytes())


def _put_tensor(encoder: _Encoder, value: torch.Tensor, depth: int) -> None:
    name = TORCH_NAMES.get(value.dtype)
    if name is None or value.layout is not torch.strided or value.dim() > MAX_DIMS:
        _put_foreign(encoder, value, depth)
        return
    encoder.number(value)
    encoder.put_text(b"t", name)
    encoder.parts.append(b"1" if value.requires_grad else b"0")
    plain = value.detach().cpu().resolve_conj().resolve_neg()
    strides = _kept_strides(tuple(plain.shape), plain.stride(), 1)
    _put_layout(encoder, tuple(plain.shape), strides)
    flat = plain.contiguous().reshape(-1)
    encoder.put_bytes(b"", flat.view(torch.uint8).numpy().tobytes() if flat.numel() else b"")


def _kept_strides(shape: tuple, strides: tuple, unit: int) -> tuple | None:
    """`strides` where the other side is to copy them: a view of not much more than its data."""
    if 0 in shape or not shape:
        return None
    packed, expected = 1, []
    for size in reversed(shape):
        expected.append(packed * unit)
        packed *= size
    if tuple(strides) == tuple(reversed(expected)):
        return None
    if any(stride % unit for stride in strides):
        return None
    span = sum((size - 1) * abs(stride) for size, stride in zip(shape, strides, strict=True))
    if span > 16 * packed * unit + 4096:
        return None
    return tuple(stride // unit for stride in strides)


def _put_layout(encoder: _Encoder, shape: tuple, strides: tuple | None) -> None:
    encoder.parts.append(struct.pack(f">B{len(shape)}Q", len(shape), *shape))
    if strides is None:
        encoder.parts.append(b"0")
    else:
        encoder.parts.append(struct.pack(f">c{len(shape)}q", b"1", *strides))


def _put_scalar(encoder: _Encoder, value: np.generic, depth: int) -> None:
    dtype = value.dtype
    if not ARRAY_DTYPE.fullmatch(dtype.str):
        _put_foreign(encoder, value, depth)
        return
    encoder.put_text(b"n", dtype.str)
    encoder.put_bytes(b"", value.tobytes())


def _put_dtype(encoder: _Encoder, value: np.dtype, depth: int) -> None:
    if not ARRAY_DTYPE.fullmatch(value.str):
        _put_foreign(encoder, value, depth)
        return
    encoder.put_text(b"e", value.str)


def _put_torch_dtype(encoder: _Encoder, value: torch.dtype, depth: int) -> None:
    if value not in TORCH_NAMES:
        _put_foreign(encoder, value, depth)
        return
    encoder.put_text(b"o", TORCH_NAMES[value])


def _put_type(encoder: _Encoder, value: type, depth: int) -> None:
    if value not in SCALAR_NAMES:
        _put_foreign(encoder, value, depth)
        return
    encoder.put_text(b"k", SCALAR_NAMES[value])


def _put_generator(encoder: _Encoder, value: np.random.Generator, depth: int) -> None:
    state = value.bit_generator.state
    if state["bit_generator"] not in PCG:
        _put_foreign(encoder, value, depth)
        return
    encoder.number(value)
    encoder.put_text(b"p", state["bit_generator"])
    inner = state["state"]
    for part in (inner["state"], inner["inc"], state["has_uint32"], state["uinteger"]):
        _put_int(encoder, part, depth)


def _put_foreign(encoder: _Encoder, value: Any, depth: int) -> None:
    if isinstance(value, Foreign):
        found = value
    elif encoder.foreign is None:
        raise WireError(f"a {type(value).__name__} is not plain data")
    else:
        found = encoder.foreign(value)
    if found.name:
        encoder.put_text(b"G", found.name)
    else:
        encoder.parts.append(b"H" + _size(found.ref))


_WRITERS: dict[type, Callable] = {
    type(None): _put_constant(b"N"),
    type(...): _put_constant(b"."),
    bool: _put_bool,
    int: _put_int,
    float: _put_float,
    complex: _put_complex,
    str: _put_str,
    bytes: _put_bytes,
    bytearray: _put_bytes,
    list: _put_list,
    tuple: _put_tuple,
    dict: _put_dict,
    set: _put_set,
    frozenset: _put_frozenset,
    range: _put_range,
    slice: _put_slice,
    np.ndarray: _put_array,
    torch.Tensor: _put_tensor,
    torch.dtype: _put_torch_dtype,
    np.random.Generator: _put_generator,
}
# Subclasses count as what they derive from: a namedtuple is sent as a tuple.
_BASES: tuple[tuple[type, Callable], ...] = (
    (np.generic, _put_scalar),
    (np.dtype, _put_dtype),
    (np.ndarray, _put_array),
    (torch.Tensor, _put_tensor),
    (int, _put_int),
    (float, _put_float),
    (complex, _put_complex),
    (str, _put_str),
    (list, _put_list),
    (tuple, _put_tuple),
    (dict, _put_dict),
    (set, _put_set),
    (type, _put_type),
)


class _Decoder:
    def __init__(
        self,
        data: memoryview,
        table: list,
        foreign: Callable[[Foreign], Any] | None,
        limits: bool,
    ) -> None:
        self.data = data
        self.at = 0
        self.table = list(table)
        self.open: set[int] = set()
        self.foreign = foreign
        self.limits = limits
        self.nodes = 0

    def take(self, size: int) -> memoryview:
        if size > len(self.data) - self.at:
            raise WireError("the message is cut")
        piece = self.data[self.at : self.at + size]
        self.at += size
        return piece

    def size(self) -> int:
        return struct.unpack(">Q", self.take(8))[0]

    def block(self) -> memoryview:
        return self.take(self.size())

    def text(self) -> str:
        return str(self.block(), "utf-8", "surrogatepass")

    def integer(self) -> int:
        value = self.get(0)
        if type(value) is not int:
            raise WireError("an integer is expected")
        return value

    def get(self, depth: int) -> Any:
        self.nodes += 1
        if depth > MAX_DEPTH or (self.limits and self.nodes > MAX_NODES):
            raise WireError("too deep or too many values")
        reader = _READERS.get(bytes(self.take(1)))
        if reader is None:
            raise WireError("unknown kind of value")
        return reader(self, depth)

    def number(self, value: Any) -> Any:
        self.table.append(value)
        return value

    def items(self, depth: int) -> list:
        kind = bytes(self.take(1))
        if kind == b"*":
            count = self.size()
            if count > len(self.data) - self.at:  # every value takes at least a byte
                raise WireError("the message is cut")
            return [self.get(depth + 1) for _ in range(count)]
        if kind in (b"q", b"d"):
            block = self.block()
            if len(block) % 8:
                raise WireError("the message is cut")
            return np.frombuffer(block, dtype=np.int64 if kind == b"q" else np.float64).tolist()
        if kind == b"t":
            block = self.block()
            if len(block) % 8:
                raise WireError("the message is cut")
            sizes = np.frombuffer(block, dtype=np.int64).tolist()
            text = self.text()
            if any(size < 0 for size in sizes) or sum(sizes) != len(text):
                raise WireError("strings of other lengths than announced")
            found, start = [], 0
            for size in sizes:
                found.append(text[start : start + size])
                start += size
            return found
        raise WireError("unknown kind of list")

    def layout(self) -> tuple[tuple[int, ...], tuple[int, ...] | None, int]:
        """Shape, strides in items (None: packed) and number of items."""
        (dims,) = self.take(1)
        if dims > MAX_DIMS:
            raise WireError("too many dimensions")
        shape = struct.unpack(f">{dims}Q", self.take(8 * dims))
        bound = 1
        for size in shape:
            bound *= max(size, 1)
        if bound > MAX_BYTES:
            raise WireError("an array that is too large")
        strides = None
        if bytes(self.take(1)) == b"1":
            strides = struct.unpack(f">{dims}q", self.take(8 * dims))
        count = 0 if 0 in shape else bound
        return shape, strides, count


def _read_int(decoder: _Decoder, depth: int) -> int:
    block = decoder.block()
    if decoder.limits and len(block) > MAX_INT_BYTES:
        raise WireError("an integer that is too large")
    return int.from_bytes(block, "big", signed=True)


def _read_list(decoder: _Decoder, depth: int) -> list:
    return _read_container(decoder, depth, [], list.extend)


def _read_set(decoder: _Decoder, depth: int) -> set:
    return _read_container(decoder, depth, set(), set.update)


def _read_container(decoder: _Decoder, depth: int, value: Any, fill: Callable) -> Any:
    number = len(decoder.table)
    decoder.number(value)
    decoder.open.add(number)
    fill(value, decoder.items(depth))
    decoder.open.discard(number)
    return value


def _read_dict(decoder: _Decoder, depth: int) -> dict:
    number = len(decoder.table)
    found = decoder.number({})
    decoder.open.add(number)
    keys, values = decoder.items(depth), decoder.items(depth)
    if len(keys) != len(values):
        raise WireError("a dict with more keys than values")
    found.update(zip(keys, values, strict=True))
    decoder.open.discard(number)
    return found


def _read_range(decoder: _Decoder, depth: int) -> range:
    start, stop, step = decoder.integer(), decoder.integer(), decoder.integer()
    if step == 0:
        raise WireError("a range with step 0")
    found = range(start, stop, step)
    if decoder.limits and (abs(stop - start) // abs(step)) > MAX_RANGE:
        raise WireError("a range that is too long")
    return found


def _read_array(decoder: _Decoder, depth: int) -> np.ndarray:
    dtype = _dtype(decoder)
    shape, strides, count = decoder.layout()
    writeable = bytes(decoder.take(1)) == b"w"
    block = decoder.block()
    if len(block) != count * dtype.itemsize:
        raise WireError("an array with more or fewer bytes than its shape")
    packed = np.frombuffer(bytearray(block), dtype=dtype).reshape(shape)
    _check_items(packed)
    if strides is not None and not decoder.limits:
        packed = _with_strides(packed, shape, strides)
    if not writeable:
        packed.flags.writeable = False
    return decoder.number(packed)


def _with_strides(packed: np.ndarray, shape: tuple, strides: tuple) -> np.ndarray:
    """A copy of `packed` laid out in memory as the original was."""
    spans = [(size - 1) * stride for size, stride in zip(shape, strides, strict=True)]
    before = -sum(span for span in spans if span < 0)
    after = sum(span for span in spans if span > 0)
    base = np.zeros(before + after + 1, dtype=packed.dtype)
    view = np.lib.stride_tricks.as_strided(
        base[before:], shape, tuple(stride * packed.itemsize for stride in strides)
    )
    view[...] = packed
    return view


def _read_tensor(decoder: _Decoder, depth: int) -> torch.Tensor:
    dtype = TORCH_DTYPES.get(decoder.text())
    if dtype is None:
        raise WireError("unknown tensor dtype")
    requires_grad = bytes(decoder.take(1)) == b"1"
    shape, strides, count = decoder.layout()
    block = decoder.block()
    if len(block) != count * dtype.itemsize:
        raise WireError("a tensor with more or fewer bytes than its shape")
    if dtype == torch.bool:
        _check_items(np.frombuffer(block, dtype="|b1"))
    if count:
        value = torch.frombuffer(bytearray(block), dtype=dtype).reshape(shape)
    else:
        value = torch.empty(shape, dtype=dtype)
    if strides is not None and not decoder.limits:
        extent = 1 + sum((n - 1) * s for n, s in zip(shape, strides, strict=True))
        base = torch.zeros(extent, dtype=dtype).as_strided(shape, strides)
        value = base.copy_(value)
    if requires_grad and (dtype.is_floating_point or dtype.is_complex):
        value.requires_grad_()
    return decoder.number(value)


def _read_scalar(decoder: _Decoder, depth: int) -> np.generic:
    dtype = _dtype(decoder)
    block = decoder.block()
    if len(block) != dtype.itemsize:
        raise WireError("a scalar of another size than its dtype")
    found = np.frombuffer(bytes(block), dtype=dtype)
    _check_items(found)
    return found[0]


def _dtype(decoder: _Decoder) -> np.dtype:
    text = decoder.text()
    if not ARRAY_DTYPE.fullmatch(text):
        raise WireError("unknown array dtype")
    return np.dtype(text)


def _check_items(array: np.ndarray) -> None:
    """Refuse bit patterns that NumPy itself never makes and does not handle well."""
    if array.dtype.kind == "b" and array.size and array.view(np.uint8).max() > 1:
        raise WireError("a boolean that is neither true nor false")
    if array.dtype.kind == "U" and array.size:
        order = array.dtype.byteorder.replace("|", "=")
        points = np.frombuffer(array.tobytes(), dtype=order + "u4")
        if points.max() > 0x10FFFF:
            raise WireError("a character that does not exist")


def _read_generator(decoder: _Decoder, depth: int) -> np.random.Generator:
    name = decoder.text()
    if name not in PCG:
        raise WireError("unknown generator")
    state, inc, has_uint32, uinteger = (decoder.integer() for _ in range(4))
    bounds = ((state, 2**128), (inc, 2**128), (has_uint32, 2), (uinteger, 2**32))
    if any(not 0 <= part < bound for part, bound in bounds) or inc % 2 == 0:
        raise WireError("an impossible generator")
    bits = getattr(np.random, name)(0)
    bits.state = {
        "bit_generator": name,
        "state": {"state": state, "inc": inc},
        "has_uint32": has_uint32,
        "uinteger": uinteger,
    }
    return decoder.number(np.random.Generator(bits))


def _read_reference(decoder: _Decoder, depth: int) -> Any:
    number = decoder.size()
    if number >= len(decoder.table) or (decoder.limits and number in decoder.open):
        raise WireError("a number that stands for nothing")
    return decoder.table[number]


def _read_named(decoder: _Decoder, table: dict[str, Any]) -> Any:
    name = decoder.text()
    if name not in table:
        raise WireError("unknown name of a type")
    return table[name]


def _read_foreign(decoder: _Decoder, value: Foreign) -> Any:
    if decoder.foreign is None:
        raise WireError("an object where plain data is expected")
    return decoder.foreign(value)


_READERS: dict[bytes, Callable[[_Decoder, int], Any]] = {
    b"N": lambda decoder, depth: None,
    b".": lambda decoder, depth: ...,
    b"1": lambda decoder, depth: True,
    b"0": lambda decoder, depth: False,
    b"i": lambda decoder, depth: struct.unpack(">q", decoder.take(8))[0],
    b"I": _read_int,
    b"f": lambda decoder, depth: struct.unpack(">d", decoder.take(8))[0],
    b"c": lambda decoder, depth: complex(*struct.unpack(">dd", decoder.take(16))),
    b"s": lambda decoder, depth: decoder.text(),
    b"y": lambda decoder, depth: bytes(decoder.block()),
    b"L": _read_list,
    b"T": lambda decoder, depth: tuple(decoder.items(depth)),
    b"S": _read_set,
    b"F": lambda decoder, depth: frozenset(decoder.items(depth)),
    b"M": _read_dict,
    b"g": _read_range,
    b"l": lambda decoder, depth: slice(*(decoder.get(depth + 1) for _ in range(3))),
    b"a": _read_array,
    b"t": _read_tensor,
    b"n": _read_scalar,
    b"e": lambda decoder, depth: _dtype(decoder),
    b"o": lambda decoder, depth: _read_named(decoder, TORCH_DTYPES),
    b"k": lambda decoder, depth: _read_named(decoder, SCALAR_TYPES),
    b"p": _read_generator,
    b"R": _read_reference,
    b"H": lambda decoder, depth: _read_foreign(decoder, Foreign(ref=decoder.size())),
    b"G": lambda decoder, depth: _read_foreign(decoder, Foreign(name=decoder.text())),
}
