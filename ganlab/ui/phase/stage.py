"""The watched map on its page, and the GAN of a cell on a stage below it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from ganlab.gan.spec import GanSpec
from ganlab.gan.variants import write_base
from ganlab.trials.axes import Axis
from ganlab.trials.plan import plan
from ganlab.trials.spec import SweepSpec
from ganlab.ui import fields, runs
from ganlab.ui.arriving import Arrival, backend_of, go_there, link_to
from ganlab.ui.exercise import PAGES
from ganlab.ui.i18n import _
from ganlab.ui.live import assets
from ganlab.ui.live.component import live
from ganlab.ui.messages import translate
from ganlab.ui.phase import words
from ganlab.ui.phase.cases import open_case
from ganlab.ui.phase.place import PAGE, PhaseAddress, PhasePlace
from ganlab.ui.phase.texts import texts
from ganlab.ui.stage import another, begin_again, handle_for
from ganlab.ui.watch.component import watch

KEY = f"{PAGE}.watch"
CELL = f"{PAGE}.cell"
OPENED = f"{PAGE}.opened"
DATA_POINTS = 200  # of the truth, behind those of a GAN
MOST_MEMBERS = 64  # of a step in which a GAN is replayed


@dataclass(frozen=True)
class Opened:
    """A GAN of the map that is on the stage: which cell and seed (from 0), and how it was trained until which step."""

    map: SweepSpec
    cell: int
    seed: int
    arrival: Arrival

    @property
    def spec(self) -> GanSpec:
        """The GAN."""
        spec = self.map.cells[self.cell].spec
        assert spec is not None
        return spec.changed(seed=self.map.chosen_seeds[self.seed])


def stage(here: PhasePlace) -> None:
    """The map, and below it the GAN that was opened."""
    handle = handle_for(PAGE, here.spec)
    if handle is None:
        return
    address = here.address
    assert isinstance(address, PhaseAddress)
    watch(
        handle,
        key=KEY,
        entry="phase.js",
        data=browser_data(here.spec) | {"control": handle.control},
        on_event=lambda: take_event(address),
    )
    opened = st.session_state.get(OPENED)
    if isinstance(opened, Opened) and opened.map == here.spec:
        cell_stage(opened)
    else:
        runs.end(CELL)


# ---------------------------------------------------------------- what the browser gets


def browser_data(spec: SweepSpec) -> dict[str, Any]:
    """Texts, axes, cells that cannot be trained, and some points of the truth."""
    truth, case = spec.gan.distribution, open_case(spec)
    modes = truth.modes()
    points = truth.sample(DATA_POINTS, np.random.default_rng(0))
    return {
        "texts": texts(),
        "assets": assets.address(),
        "map": write_base(spec.gan) + spec.x + spec.y + str(spec.steps),
        "axes": [axis_data(axis) for axis in spec.axes],
        "refused": {
            str(number): translate(cell.problems[0][2])
            for number, cell in enumerate(spec.cells)
            if cell.spec is None
        },
        "seeds": list(spec.chosen_seeds),
        "dim": spec.dim,
        "modes": None if modes is None else len(modes.weights),
        "truth": np.round(points, 4).tolist(),
        "metric": case.metric if case else None,
        "name": f"map-{'-'.join(axis.dial for axis in spec.axes)}",
        "title": f"{spec.gan.data} · {fields.choice('objective', spec.gan.objective)}",
    }


def axis_data(axis: Axis) -> dict[str, Any]:
    """One axis: what it is called, and the values as people and as links write them."""
    return {
        "dial": axis.dial,
        "label": words.dial(axis.dial),
        "scale": axis.scale,
        "shown": [words.value(axis.dial, value) for value in axis.values],
        "values": list(axis.labels),
    }


# ---------------------------------------------------------------- what it tells the page


def take_event(address: PhaseAddress) -> None:
    """Callback of the component: a new run after the end of one, other seeds, or a GAN to open."""
    event = begin_again(PAGE, KEY)
    spec = address.last()
    if event.new_seed is not None:
        address.change(base=write_base(spec.gan.changed(seed=another(spec.gan.seed))))
    if isinstance(event.event, Mapping):
        opened = opened_of(spec, event.event)
        if opened is not None:
            st.session_state[OPENED] = opened


def opened_of(spec: SweepSpec, asked: Mapping[str, Any]) -> Opened | None:
    """The GAN that a browser asks for; None for what the map does not have: anything may arrive here."""
    cell, seed, step = (asked.get(name) for name in ("cell", "seed", "step"))
    if not all(isinstance(value, int) and not isinstance(value, bool) for value in (cell, seed, step)):
        return None
    assert isinstance(cell, int)
    assert isinstance(seed, int)
    assert isinstance(step, int)
    if not (0 <= cell < len(spec.cells) and 0 <= seed < spec.seeds and 0 <= step <= spec.steps):
        return None
    if spec.cells[cell].spec is None:
        return None
    company = members(spec, cell, seed)
    return Opened(spec, cell, seed, Arrival(step, company, backend_of(asked.get("backend"))))


def members(spec: SweepSpec, cell: int, seed: int) -> int:
    """In a step of how many GANs that one was trained: only there it is the same bit for bit."""
    possible = [number for number, each in enumerate(spec.cells) if each.spec is not None]
    cells = [each.spec for each in spec.cells if each.spec is not None]
    place = (possible.index(cell), seed)
    size = next(part.size for part in plan(cells, spec.seeds) if place in part.members)
    return size if size <= MOST_MEMBERS else 1


# ---------------------------------------------------------------- the GAN of a cell


def cell_stage(opened: Opened) -> None:
    """A GAN of the map, trained again from its seed to the step that was asked for; from there it can go on."""
    spec, cell = opened.spec, opened.map.cells[opened.cell]
    place = words.place(opened.map.axes, (cell.x, cell.y))
    st.subheader(
        _("{place}, seed {seed}, step {step}").format(
            place=place, seed=spec.seed, step=f"{opened.arrival.step:,}"
        ),
        anchor=False,
    )
    handle = handle_for(CELL, spec)
    if handle is None:
        return
    go_there(CELL, handle, opened.arrival)
    link = link_to(spec, opened.arrival)
    with st.container(horizontal=True, gap="medium"):
        st.page_link(
            f"{PAGES[spec.dim]}.py",
            label=_("Open it on its page"),
            icon=":material/open_in_new:",
            query_params=link,
        )
        st.button(_("Close"), icon=":material/close:", on_click=close, key=f"{CELL}.close", type="tertiary")
    live(handle, key=f"{CELL}.live", dim=spec.dim, height=460, on_event=take_cell_event)


def take_cell_event() -> None:
    """Callback of the stage: a new run after the end of one."""
    begin_again(CELL, f"{CELL}.live")


def close() -> None:
    """Callback: the map alone."""
    st.session_state.pop(OPENED, None)
