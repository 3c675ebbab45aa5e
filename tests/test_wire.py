"""What crosses between grader and jail comes out as it went in, and hostile bytes are refused."""

import math
import struct

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from autograder.jail import wire

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(-(2**200), 2**200),
    st.floats(),
    st.complex_numbers(),
    st.text(),
    st.binary(),
    st.just(...),
    st.builds(range, st.integers(-9, 9), st.integers(-99, 99), st.integers(1, 9)),
    st.builds(slice, st.none() | st.integers(), st.none() | st.integers(), st.none()),
)
ARRAYS = hnp.arrays(
    st.one_of(
        hnp.boolean_dtypes(),
        hnp.integer_dtypes(),
        hnp.floating_dtypes(sizes=(16, 32, 64)),
        hnp.complex_number_dtypes(sizes=(64, 128)),
        hnp.byte_string_dtypes(),
        hnp.unicode_string_dtypes(),
    ),
    hnp.array_shapes(min_dims=0, min_side=0, max_side=4),
)
KEYS = st.one_of(st.integers(), st.text(), st.booleans(), st.tuples(st.integers(), st.text()))
VALUES = st.recursive(
    SCALARS | ARRAYS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=30),
        st.lists(inner, max_size=30).map(tuple),
        st.dictionaries(KEYS, inner, max_size=20),
        st.sets(KEYS, max_size=30),
        st.frozensets(KEYS, max_size=30),
    ),
    max_leaves=25,
)


def same(one, other) -> bool:
    if type(one) is not type(other):
        return False
    if isinstance(one, np.ndarray):
        alike = one.dtype == other.dtype and one.shape == other.shape
        return alike and one.tobytes() == other.tobytes()
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    if isinstance(one, float):
        return struct.pack("d", one) == struct.pack("d", other) or (one != one and other != other)
    if isinstance(one, complex):
        return same(one.real, other.real) and same(one.imag, other.imag)
    return one == other


@given(VALUES)
def test_plain_data_come_out_as_they_went_in(value):
    data, sent = wire.dumps(value)
    for limits in (True, False):
        found, received = wire.loads(data, limits=limits)
        assert same(found, value)
        assert len(sent) == len(received)


LONG = [
    list(range(100)),
    [0.5] * 100,
    ["é", "", "ab"] * 20,
    [2**70] * 20,
    [True] * 20,
    [1, "a"] * 20,
]


@pytest.mark.parametrize("value", LONG)
def test_long_lists(value):
    assert same(wire.loads(wire.dumps(value)[0])[0], value)


@pytest.mark.parametrize(
    "make",
    [
        lambda: np.arange(24.0).reshape(4, 6)[::2, ::2],
        lambda: np.arange(24).reshape(4, 6).T,
        lambda: np.arange(24).reshape(4, 6)[::-1, ::-1],
        lambda: np.asfortranarray(np.arange(24).reshape(4, 6)),
        lambda: np.broadcast_to(np.arange(3.0), (5, 3)),
        lambda: np.arange(3, dtype=">i4"),
    ],
)
def test_arrays_keep_their_layout_on_the_way_in(make):
    array = make()
    found, _ = wire.loads(wire.dumps(array)[0], limits=False)
    assert np.array_equal(found, array)
    assert found.dtype == array.dtype
    assert found.strides == array.strides
    assert found.flags.writeable == array.flags.writeable


def test_gaps_of_a_view_are_not_sent():
    secret = np.full((4, 4), 7.25)
    secret[::2, ::2] = 0
    data, _ = wire.dumps(secret[::2, ::2])
    assert struct.pack("<d", 7.25) not in data


@pytest.mark.parametrize("name", wire.TORCH_DTYPES)
def test_tensors(name):
    tensor = torch.tensor([[0, 1, 1], [1, 0, 1]]).to(wire.TORCH_DTYPES[name])
    for value in (tensor, tensor.T, tensor[:, ::2], tensor[0, 0], tensor[:0]):
        found, _ = wire.loads(wire.dumps(value)[0], limits=False)
        assert found.dtype == value.dtype
        assert torch.equal(found, value)
        assert found.stride() == value.stride() or value.numel() < 2


def test_gradients_are_asked_for_on_both_sides():
    found, _ = wire.loads(wire.dumps(torch.ones(2, requires_grad=True))[0])
    assert found.requires_grad
    assert found.is_leaf


@pytest.mark.parametrize("bits", [np.random.PCG64, np.random.PCG64DXSM])
def test_generators_go_on_where_they_were(bits):
    rng = np.random.Generator(bits(3))
    rng.integers(10, size=3, dtype=np.uint32)
    found, _ = wire.loads(wire.dumps(rng)[0])
    assert found.random(5).tolist() == rng.random(5).tolist()


@pytest.mark.parametrize("scalar", [np.float32(0.1), np.int8(-3), np.bool_(True), np.str_("a")])
def test_scalars_keep_their_type(scalar):
    found, _ = wire.loads(wire.dumps(scalar)[0])
    assert found == scalar
    assert found.dtype == scalar.dtype


def test_identity_is_kept_and_changes_are_noticed():
    row = [1, 2]
    data, sent = wire.dumps({"a": row, "b": row, "x": np.zeros(2)})
    found, received = wire.loads(data, limits=False)
    assert found["a"] is found["b"]
    before = wire.fingerprints(received)
    assert wire.fingerprints(received) == before
    found["a"].append(3)
    after = wire.fingerprints(received)
    changed = [n for n, (old, new) in enumerate(zip(before, after, strict=True)) if old != new]
    assert [received[n] for n in changed] == [[1, 2, 3]]
    assert [sent[n] for n in changed] == [[1, 2]]


def test_what_is_not_plain_is_refused_or_named():
    with pytest.raises(wire.WireError):
        wire.dumps(object())
    with pytest.raises(wire.WireError):
        wire.dumps(np.array([object()]))
    data, _ = wire.dumps([print], foreign=lambda value: wire.Foreign(ref=5))
    assert wire.loads(data, foreign=lambda foreign: foreign.ref)[0] == [5]
    with pytest.raises(wire.WireError):
        wire.loads(data)


@given(st.binary(max_size=200))
def test_random_bytes_are_refused(data):
    refused_or_plain(data)


@given(VALUES, st.integers(0, 10_000), st.integers(0, 255))
def test_damaged_messages_are_refused(value, place, byte):
    data = bytearray(wire.dumps(value)[0])
    data[place % len(data)] = byte
    refused_or_plain(bytes(data))
    refused_or_plain(bytes(data[: place % len(data)]))


def refused_or_plain(data: bytes) -> None:
    try:
        found, _ = wire.loads(data)
    except wire.WireError:
        return
    assert type(found).__module__ in ("builtins", "numpy", "torch", "numpy.random._generator")


def size(number: int) -> bytes:
    return struct.pack(">Q", number)


def array(dtype: bytes, shape: tuple, data: bytes) -> bytes:
    head = b"a" + size(len(dtype)) + dtype + bytes([len(shape)])
    return head + b"".join(map(size, shape)) + b"0w" + size(len(data)) + data


HOSTILE = {
    "object array": array(b"|O", (1,), bytes(8)),
    "structured array": array(b"[('a', '<f8')]", (1,), bytes(8)),
    "code in a dtype": array(b"__import__('os')", (1,), b""),
    "huge array of no bytes": array(b"<f8", (2**40, 2**40), b""),
    "huge dimension of an empty array": array(b"<f8", (0, 2**62), b""),
    "too few bytes": array(b"<f8", (3,), bytes(16)),
    "too many dimensions": b"a" + size(3) + b"<f8" + bytes([200]) + bytes(1600),
    "a boolean of 2": array(b"|b1", (1,), b"\x02"),
    "a boolean scalar of 2": b"n" + size(3) + b"|b1" + size(1) + b"\x02",
    "a boolean tensor of 2": b"t"
    + size(4)
    + b"bool"
    + b"0"
    + bytes([0])
    + b"0"
    + size(1)
    + b"\x02",
    "a character beyond Unicode": array(b"<U1", (1,), b"\xff\xff\xff\xff"),
    "a huge list": b"L*" + size(2**60),
    "a huge packed list": b"Lq" + size(2**60),
    "strings longer than their text": b"Lt" + size(8) + struct.pack("<q", 99) + size(1) + b"a",
    "strings of negative length": b"Lt" + size(16) + struct.pack("<qq", -1, 2) + size(1) + b"a",
    "a huge integer": b"I" + size(10_000) + b"\x7f" * 10_000,
    "a long range": b"g" + b"".join(b"i" + struct.pack(">q", n) for n in (0, 2**62, 1)),
    "a range of step 0": b"g" + b"".join(b"i" + struct.pack(">q", n) for n in (0, 1, 0)),
    "a list in itself": b"L*" + size(1) + b"R" + size(0),
    "a reference to nothing": b"R" + size(7),
    "a list as a key": b"M*" + size(1) + b"L*" + size(0) + b"*" + size(1) + b"N",
    "keys without values": b"M*" + size(1) + b"N" + b"*" + size(0),
    "deep nesting": (b"T*" + size(1)) * 500 + b"N",
    "a name": b"G" + size(5) + b"print",
    "text that is no UTF-8": b"s" + size(1) + b"\xff",
    "an even increment": b"p" + size(5) + b"PCG64" + (b"i" + bytes(8)) * 4,
    "another generator": b"p" + size(7) + b"MT19937" + (b"i" + bytes(8)) * 4,
    "more after the end": b"NN",
    "nothing": b"",
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE)
def test_hostile_messages_are_refused(data):
    with pytest.raises(wire.WireError):
        wire.loads(data)


def test_nan_is_a_number():
    assert math.isnan(wire.loads(wire.dumps(math.nan)[0])[0])
