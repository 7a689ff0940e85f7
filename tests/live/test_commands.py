"""Commands: everything that follows the rules is understood, everything else is refused with a sentence."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ganlab.gan.spec import GanSpec
from ganlab.live import commands
from ganlab.live.commands import CommandError, parse, parse_hello

SEEDS = st.none() | st.integers(0, 2**31 - 1)
FINITE = st.floats(allow_nan=False, allow_infinity=False, width=32)
VALID = st.one_of(
    st.fixed_dictionaries(
        {"type": st.just("frame")},
        optional={
            "layers": st.lists(st.sampled_from(commands.LAYERS), max_size=9),
            "since": st.integers(0, 2**53),
        },
    ),
    st.fixed_dictionaries({"type": st.sampled_from(["play", "pause", "stop"])}),
    st.fixed_dictionaries({"type": st.just("step"), "what": st.sampled_from(["d", "g", "both"])}),
    st.fixed_dictionaries(
        {"type": st.just("speed"), "per_second": st.none() | st.integers(1, 1000) | st.floats(0.1, 1e6)},
        optional={"halves": st.booleans()},
    ),
    st.fixed_dictionaries(
        {
            "type": st.just("set"),
            "values": st.dictionaries(
                st.sampled_from(sorted(GanSpec.HOT)), FINITE | st.integers(), min_size=1
            ),
        }
    ),
    st.fixed_dictionaries({"type": st.just("restart")}, optional={"seed": SEEDS}),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
REQUIRED = {"step": {"what"}, "speed": {"per_second"}, "set": {"values"}}


@given(VALID)
def test_valid_messages_keep_their_meaning(message: dict[str, Any]) -> None:
    command = parse(json.dumps(message))
    assert command.type == message["type"]
    assert message.items() <= command.model_dump().items()
    assert parse(command.model_dump_json()) == command


@given(VALID)
def test_only_looking_needs_no_control(message: dict[str, Any]) -> None:
    assert (message["type"] != "frame") == parse(json.dumps(message)).CONTROL


@given(VALID, st.text(min_size=1, max_size=12), JSON)
def test_unknown_fields_are_refused(message: dict[str, Any], name: str, value: Any) -> None:
    known = {"type", "layers", "since", "what", "per_second", "halves", "values", "seed"}
    if name not in known:
        with pytest.raises(CommandError, match=r"."):
            parse(json.dumps({**message, name: value}))


@given(JSON)
def test_junk_is_refused_with_one_sentence(junk: Any) -> None:
    with pytest.raises(CommandError) as caught:
        parse(json.dumps(junk))
    assert 0 < len(str(caught.value)) < 300
    assert "Traceback" not in str(caught.value)


@given(st.text(max_size=40) | st.binary(max_size=40))
def test_what_is_not_json_is_refused(text: str | bytes) -> None:
    with pytest.raises(CommandError):
        parse(text)


@given(VALID, st.data())
def test_a_missing_field_is_refused(message: dict[str, Any], data: st.DataObject) -> None:
    needed = sorted(REQUIRED.get(message["type"], set()) | {"type"})
    del message[data.draw(st.sampled_from(needed))]
    with pytest.raises(CommandError):
        parse(json.dumps(message))


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ('{"type": "set", "values": {"lr_d": NaN}}', "lr_d"),
        ('{"type": "set", "values": {"lr_d": Infinity}}', "lr_d"),
        ('{"type": "set", "values": {"lr_d": 1e999}}', "lr_d"),
        ('{"type": "set", "values": {"lr_d": true}}', "lr_d"),
        ('{"type": "set", "values": {"lr_d": "0.1"}}', "lr_d"),
        ('{"type": "set", "values": {"batch": 8}}', "without one: adversarial_lr, bandwidth, beta1_d"),
        ('{"type": "set", "values": {}}', "values"),
        ('{"type": "speed", "per_second": 0}', "per_second"),
        ('{"type": "speed", "per_second": -1}', "per_second"),
        ('{"type": "speed", "per_second": NaN}', "per_second"),
        ('{"type": "speed", "per_second": 1, "halves": 1}', "halves"),
        ('{"type": "frame", "layers": ["everything"]}', "layers"),
        ('{"type": "frame", "layers": "real"}', "layers"),
        ('{"type": "frame", "since": -1}', "since"),
        ('{"type": "frame", "since": 1.5}', "since"),
        ('{"type": "restart", "seed": 2147483648}', "seed"),
        ('{"type": "restart", "seed": "1"}', "seed"),
        ('{"type": "step", "what": "G"}', "what"),
        ('{"type": "hello", "token": "x"}', "hello"),
        ('["play"]', "message"),
        ("", "JSON"),
    ],
)
def test_bad_values_are_named(text: str, names: str) -> None:
    with pytest.raises(CommandError) as caught:
        parse(text)
    assert names in str(caught.value)


def test_layers_are_a_bounded_list() -> None:
    with pytest.raises(CommandError, match="layers"):
        parse(json.dumps({"type": "frame", "layers": ["real"] * 1000}))


def test_hello() -> None:
    assert parse_hello('{"type": "hello", "token": "abc"}').token == "abc"
    for bad in ('{"type": "hello"}', '{"type": "play"}', '{"type": "hello", "token": ""}', "[]", "\x00"):
        with pytest.raises(CommandError):
            parse_hello(bad)
    with pytest.raises(CommandError):
        parse_hello(json.dumps({"type": "hello", "token": "x" * 129}))


def test_speed_limits_are_finite() -> None:
    assert math.isfinite(commands.FASTEST)
    assert commands.SLOWEST > 0
