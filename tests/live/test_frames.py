"""Frames are what any safetensors reader and any JSON parser can read."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest
import safetensors.numpy
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from ganlab.live import wire
from ganlab.live.frames import decode, dumps, encode, jsonable

NUMBERS = st.floats() | st.integers(-(2**53), 2**53)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
INFO = st.dictionaries(st.text(max_size=12), VALUES, max_size=6)
TENSORS = st.dictionaries(
    st.text("abcdefgh_", min_size=1, max_size=8),
    hnp.arrays(np.float32, hnp.array_shapes(max_dims=3, min_side=0, max_side=5))
    | hnp.arrays(np.uint8, hnp.array_shapes(max_dims=2, max_side=5)),
    max_size=4,
)


def spelled(value: Any) -> Any:
    """What must arrive for a value, written down a second time."""
    if isinstance(value, float) and math.isnan(value):
        return "nan"
    if isinstance(value, float) and math.isinf(value):
        return {True: "inf", False: "-inf"}[value > 0]
    if isinstance(value, dict):
        return {key: spelled(entry) for key, entry in value.items()}
    return [spelled(entry) for entry in value] if isinstance(value, list) else value


def no_constants(name: str) -> None:
    raise AssertionError(f"{name} is not JSON")


@given(TENSORS, INFO)
def test_round_trip(tensors: dict[str, Any], info: dict[str, Any]) -> None:
    arrived, said = decode(encode(tensors, info))
    assert said == spelled(info)
    assert arrived.keys() == tensors.keys()
    for name, tensor in tensors.items():
        assert arrived[name].dtype == tensor.dtype
        np.testing.assert_array_equal(arrived[name], tensor)


@given(TENSORS, INFO)
def test_a_frame_is_plain_safetensors_and_plain_json(tensors: dict[str, Any], info: dict[str, Any]) -> None:
    frame = encode(tensors, info)
    assert safetensors.numpy.load(frame).keys() == tensors.keys()
    header = json.loads(frame[8 : 8 + int.from_bytes(frame[:8], "little")], parse_constant=no_constants)
    json.loads(header["__metadata__"]["info"], parse_constant=no_constants)


def test_numpy_values_become_plain_ones() -> None:
    value = {
        "a": np.float32(0.5),
        "b": np.array([[1.0, np.inf]]),
        "c": np.int64(3),
        "d": np.bool_(True),
        "e": (1, 2),
    }
    assert jsonable(value) == {"a": 0.5, "b": [[1.0, "inf"]], "c": 3, "d": True, "e": [1, 2]}


def test_views_arrive_as_they_look() -> None:
    tensor = np.arange(12, dtype=np.float32).reshape(3, 4).T[::2]
    np.testing.assert_array_equal(decode(encode({"x": tensor}, {}))[0]["x"], tensor)


def test_what_json_has_not_is_an_error() -> None:
    with pytest.raises(TypeError):
        dumps({"a": object()})


@given(st.lists(st.tuples(INFO, st.binary(max_size=50)), max_size=4))
def test_messages_follow_each_other_in_a_pipe(messages: list[tuple[dict[str, Any], bytes]]) -> None:
    import io

    stream = io.BytesIO(b"".join(wire.pack(header, payload) for header, payload in messages))
    for header, payload in messages:
        assert wire.read(stream) == (spelled(header), payload)
    assert wire.read(stream) is None


@given(INFO, st.binary(max_size=50), st.data())
def test_a_message_cut_short_is_the_end(header: dict[str, Any], payload: bytes, data: st.DataObject) -> None:
    import io

    whole = wire.pack(header, payload)
    cut = data.draw(st.integers(0, len(whole) - 1))
    assert wire.read(io.BytesIO(whole[:cut])) is None


@pytest.mark.parametrize(
    "junk",
    [b"\xff\xff\xff\xff", b"\x02\x00\x00\x00{]\x00\x00\x00\x00", b"\x02\x00\x00\x00[]\x00\x00\x00\x00"],
)
def test_junk_in_a_pipe_is_an_error(junk: bytes) -> None:
    import io

    with pytest.raises(wire.WireError):
        wire.read(io.BytesIO(junk))
