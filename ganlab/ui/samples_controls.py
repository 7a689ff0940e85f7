"""What the page "From samples" is made of: its address, its sidebar, and the watched study."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import streamlit as st
from pydantic import Field

from ganlab.distributions import Distribution, DistributionError, Samples
from ganlab.divergences.estimators import ESTIMATORS
from ganlab.divergences.kernels import KERNELS
from ganlab.divergences.registry import DIVERGENCES
from ganlab.divergences.two_sample import TESTS
from ganlab.exhibits import of_page
from ganlab.live.cost import check_affordable
from ganlab.specs import parsed
from ganlab.studies import StudySpec
from ganlab.ui.address import Address, Place, follow
from ganlab.ui.datapicker import in_place
from ganlab.ui.densities import plain
from ganlab.ui.i18n import N_, _
from ganlab.ui.lab.texts_samples import texts
from ganlab.ui.live import assets
from ganlab.ui.messages import Problem
from ganlab.ui.prose import points
from ganlab.ui.samples_sides import PLAIN, dimension, side
from ganlab.ui.stage import answer, handle_for
from ganlab.ui.watch.component import watch
from ganlab.ui.widgets import groups, notches, pick, whole

PAGE = "samples"
KEY = f"{PAGE}.watch"
STEPS = (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8)
SIZES = (*(round(step * 10**power) for power in range(1, 5) for step in STEPS), 100_000)
"""Where the slider of n stops."""

BANDWIDTHS = (0.0, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0, 20.0)
NEIGHBOURS = (1, 2, 3, 5, 7, 10, 15, 20, 30, 50)
BINS = (0, 2, 4, 6, 8, 12, 16, 24, 32, 50, 75, 100, 150, 200)
REDRAWS = (0, 50, 100, 200, 300, 500, 1000)
PERMUTATIONS = (100, 200, 500, 1000, 2000)
MOST_CHOSEN = 12

IN_PLACE = in_place("p", "q")

WORDS: dict[str, tuple[str, str]] = {
    "p": (N_("P, the data"), N_("The distribution P of the data, as text.")),
    "q": (N_("Q, the generated samples"), N_("The distribution Q of the generated samples, as text.")),
    "n": (
        N_("n, points drawn from each"),
        N_("From 10 to 100,000; the notches are evenly spaced on a log axis."),
    ),
    "estimators": (
        N_("Estimators"),
        N_("Up to 12. Those of one divergence share a picture; none at all means a handful of ours."),
    ),
    "kernel": (N_("Kernel"), N_("What MMD² compares points with.")),
    "bandwidth": (
        N_("Bandwidth"),
        N_("Of the kernel, in units of the data; 0 takes the median distance. Or click into the scan."),
    ),
    "k": (N_("Neighbours k"), N_("Of the nearest-neighbour estimator: more are steadier and more biased.")),
    "bins": (N_("Bins"), N_("Of the histograms, per axis; 0 takes 16 on the line and 6 in the plane.")),
    "redraws": (N_("Redraws"), N_("Fresh samples for bias, variance and coverage.")),
    "permutations": (
        N_("Permutations"),
        N_("Shuffles of the two-sample test: with B of them p is at least 1/(B+1)."),
    ),
    "test": (N_("Two-sample test"), N_("What is compared when the labels are shuffled.")),
    "seed": (N_("Seed"), N_("The same seed draws the same samples.")),
    "units": (N_("Unit of information"), N_("Nats or bits; 1 bit is ln 2 = 0.693 nats.")),
}


class SamplesSpec(StudySpec):
    """A study, and how its numbers are shown."""

    units: Literal["nats", "bits"] = Field("nats", description="Unit of values that have one of information.")

    @property
    def study(self) -> StudySpec:
        """What a worker has to know."""
        return StudySpec.make(self.model_dump(exclude={"units"}))


class SamplesAddress(Address[SamplesSpec]):
    """The address of the page."""

    def repair(
        self, query: Mapping[str, str], fallback: SamplesSpec | None = None
    ) -> tuple[SamplesSpec, tuple[Problem, ...]]:
        """As everywhere; what cannot be used becomes what fits the dimension of the rest."""
        return super().repair(query, fallback or self.fitting(query))

    def fitting(self, query: Mapping[str, str]) -> SamplesSpec:
        """What this page opens with, in the dimension that the address is about."""
        for name in ("p", "q"):
            try:
                dim = parsed(query.get(name, "")).dim
            except DistributionError:
                continue
            return self.opens if dim == self.opens.dim else SamplesSpec.make(PLAIN[dim])
        return self.opens


def address() -> SamplesAddress:
    """The address of the page; it opens with its first exhibit."""
    opens = SamplesSpec.make(of_page(PAGE)[0].values)
    return SamplesAddress(
        PAGE,
        opens,
        complete=("p", "q"),
        check=check_affordable,
        suspects=("p", "q", "estimators"),
        words=WORDS,
    )


# ---------------------------------------------------------------- controls


def sidebar(here: Place[SamplesSpec]) -> None:
    """P and Q, the estimators, and what they have to be told."""
    with st.sidebar:
        dimension(here)
        rows = (
            (_("P, the data"), "database", lambda here: side(here, "p"), True),
            (_("Q, the generated samples"), "auto_awesome", lambda here: side(here, "q"), True),
            (_("Estimators"), "straighten", estimators, True),
            (_("Kernel, neighbours, bins"), "tune", settings, False),
            (_("Draws"), "casino", draws, False),
        )
        groups(here, rows)


def estimators(here: Place[SamplesSpec]) -> None:
    """Which estimators are watched."""
    key = f"{PAGE}.estimators"
    chosen = list(here.spec.chosen)
    follow(key, chosen)
    st.multiselect(
        here.label("estimators"),
        [name for name, row in ESTIMATORS.items() if here.spec.dim in row.dims],
        format_func=lambda name: _(ESTIMATORS[name].label),
        max_selections=MOST_CHOSEN,
        key=key,
        help=here.explain("estimators"),
        label_visibility="collapsed",
        on_change=take_estimators,
        args=(here.address,),
    )


def take_estimators(address: Address[SamplesSpec]) -> None:
    """Callback: the estimators in the order of the registry."""
    chosen = set(st.session_state[f"{PAGE}.estimators"])
    address.change(estimators=tuple(name for name in ESTIMATORS if name in chosen))


def settings(here: Place[SamplesSpec]) -> None:
    """What estimators have to be told."""
    pick(here, "kernel", tuple(KERNELS), lambda name: _(KERNELS[name].label))
    row = KERNELS[here.spec.kernel]
    st.caption(f"$k(x, y) = {row.formula}$")
    if row.has_bandwidth:
        notches(here, "bandwidth", BANDWIDTHS)
    notches(here, "k", NEIGHBOURS)
    notches(here, "bins", BINS)


def draws(here: Place[SamplesSpec]) -> None:
    """How often, and from which seed."""
    notches(here, "redraws", REDRAWS)
    notches(here, "permutations", PERMUTATIONS)
    whole(here, "seed")


def size(here: Place[SamplesSpec]) -> None:
    """How many points are drawn, and the unit of information: above the charts, for they are turned most."""
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    with left:
        options = sorted({*SIZES, here.spec.n})
        st.select_slider(here.label("n"), options, format_func=lambda n: f"{n:,}", **here.bound("n"))
    with right:
        names = {"nats": _("nats"), "bits": _("bits")}
        st.segmented_control(
            here.label("units"),
            tuple(names),
            format_func=names.__getitem__,
            required=True,
            **here.bound("units"),
        )


def take_event(address: Address[SamplesSpec]) -> None:
    """Callback of the component: other samples, a new run, a bandwidth or a test that was chosen."""
    event = answer(address, KEY)
    if isinstance(event.event, Mapping):
        wanted = {name: event.event[name] for name in ("bandwidth", "test") if name in event.event}
        if wanted:
            address.change(**wanted)


# ---------------------------------------------------------------- the watched study


def stage(here: Place[SamplesSpec]) -> None:
    """The run of this study, with its charts."""
    handle = handle_for(PAGE, here.spec.study)
    if handle is not None:
        data = browser_data(here.spec)
        watch(handle, key=KEY, entry="samples.js", data=data, on_event=lambda: take_event(here.address))


def browser_data(spec: SamplesSpec) -> dict[str, Any]:
    """What the module of the charts gets: texts, rows of the registries, and what is worth looking at."""
    return {
        "texts": texts(),
        "assets": assets.address(),
        "dim": spec.dim,
        "n": spec.n,
        "units": spec.units,
        "bandwidth": spec.bandwidth,
        "has_bandwidth": KERNELS[spec.kernel].has_bandwidth,
        "redraws": spec.redraws,
        "permutations": spec.permutations,
        "test": spec.test,
        "tests": [
            {"name": row.name, "method": _(row.method), "source": row.source} for row in TESTS.values()
        ],
        "estimators": [estimator(name) for name in spec.chosen],
        "targets": [target(name) for name in dict.fromkeys(ESTIMATORS[name].target for name in spec.chosen)],
        "files": [len(one.points) if isinstance(one, Samples) else 0 for one in spec.distributions],
        "bounds": bounds(spec.distributions),
        "p": spec.p,
        "q": spec.q,
    }


def estimator(name: str) -> dict[str, str]:
    """One estimator as its chart, its row and its tooltip need it, in the viewer's language."""
    row = ESTIMATORS[name]
    return {
        "name": name,
        "label": _(row.label),
        "target": row.target,
        "units": row.units,
        "about": _(row.about),
        "aims": _(row.covers),
        "method": _(row.method),
        "source": row.source,
    }


def target(name: str) -> dict[str, str]:
    """One divergence, in the viewer's language."""
    row = DIVERGENCES[name]
    return {
        "name": name,
        "label": _(row.label),
        "symbol": row.symbol,
        "plain": plain(row.symbol),
        "formula": row.formula,
        "blind": _(row.blind),
        "source": row.source,
        "units": row.units,
    }


def bounds(sides: tuple[Distribution, Distribution]) -> list[list[float]] | None:
    """What is worth looking at of those sides that are no files, [d][low, high]; None where both are."""
    known = [one.bounds() for one in sides if not isinstance(one, Samples)]
    if not known:
        return None
    return np.stack([np.min(known, axis=0)[:, 0], np.max(known, axis=0)[:, 1]], axis=1).tolist()


def blind(spec: SamplesSpec) -> None:
    """What the estimators in use, and the divergences behind them, cannot see."""
    for name in dict.fromkeys(ESTIMATORS[name].target for name in spec.chosen):
        row = DIVERGENCES[name]
        st.markdown(f"${row.symbol}$ · **{_(row.label)}**. {_(row.blind)}")
        points(
            *(
                f"**{_(each.label)}**: {_(each.about)}"
                for each in map(ESTIMATORS.__getitem__, spec.chosen)
                if each.target == name
            )
        )
    if any(ESTIMATORS[name].target == "mmd2" for name in spec.chosen):
        kernel = KERNELS[spec.kernel]
        st.markdown(_("Kernel: **{kernel}**. {blind}").format(kernel=_(kernel.label), blind=_(kernel.blind)))
