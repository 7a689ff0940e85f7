"""Presets are one click and one link each; what they say is measured elsewhere, that they run is checked here."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
import torch

from ganlab.gan.spec import GanSpec
from ganlab.gan.training import Training
from ganlab.presets import PRESETS


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """As a worker has it."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_a_valid_exercise(name: str) -> None:
    preset = PRESETS[name]
    assert set(preset.values) <= set(GanSpec.model_fields)
    assert preset.page == f"gan_{preset.spec.dim}d"
    assert preset.spec.differences(GanSpec()) <= set(preset.values)


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_a_link(name: str) -> None:
    spec = PRESETS[name].spec
    assert GanSpec.from_query(spec.to_query()) == spec
    assert sum(map(len, spec.to_query().values())) < 500


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_says_what_to_look_for(name: str) -> None:
    preset = PRESETS[name]
    assert name.isidentifier()
    assert preset.title
    assert preset.comment.endswith(".")
    assert 30 < len(preset.comment) < 400


def test_presets_differ() -> None:
    specs = [preset.spec for preset in PRESETS.values()]
    assert len(set(specs)) == len(specs)
    titles = [preset.title for preset in PRESETS.values()]
    assert len(set(titles)) == len(titles)


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_trains(name: str) -> None:
    training = Training(PRESETS[name].spec, backend="eager")
    start = {"d": training.state.d.theta.clone(), "g": training.state.g.theta.clone()}
    info = training.advance(30)
    assert info.finite.all()
    for which, theta in start.items():
        moves = getattr(training.spec, f"{which}_steps") > 0
        assert np.array_equal(theta, getattr(training.state, which).theta) is not moves
