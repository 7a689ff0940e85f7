"""The runs of a comparison on its page: the watched run, and what the browser must know of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from ganlab.live.compare_spec import CompareSpec
from ganlab.ui.address import query_of
from ganlab.ui.compare import words
from ganlab.ui.compare.place import PAGE, CompareAddress, ComparePlace
from ganlab.ui.compare.texts import texts
from ganlab.ui.exercise import PAGES
from ganlab.ui.live import assets
from ganlab.ui.live.component import DEFAULT_LAYERS, LAYERS
from ganlab.ui.stage import another, begin_again, handle_for
from ganlab.ui.watch.component import watch

KEY = f"{PAGE}.watch"
SHOWN: dict[int, tuple[str, ...]] = {1: ("curves", "d", "fake"), 2: DEFAULT_LAYERS[2]}
"""Layers that are on at first; panels are small."""


def stage(here: ComparePlace) -> None:
    """All runs side by side, with their readings."""
    handle = handle_for(PAGE, here.spec)
    if handle is not None:
        address = here.address
        assert isinstance(address, CompareAddress)
        watch(
            handle,
            key=KEY,
            entry="compare.js",
            data=browser_data(here.spec),
            on_event=lambda: take_event(address),
        )


def browser_data(spec: CompareSpec) -> dict[str, Any]:
    """What the component gets: texts, layers, and what each run is called."""
    base, specs = spec.base_spec, spec.specs
    return {
        "texts": texts(),
        "assets": assets.address(),
        "dim": base.dim,
        "layers": list(LAYERS[base.dim]),
        "shown": list(SHOWN[base.dim]),
        "data": base.data,
        "runs": [
            {
                "letter": words.letter(run),
                "arm": "" if run == 0 else spec.arm_texts[run - 1],
                "title": words.title(base, run, each),
                "detail": words.detail(base, run, each),
                "link": f"{PAGES[each.dim]}?{urlencode(query_of(each))}",
            }
            for run, each in enumerate(specs)
        ],
    }


def take_event(address: CompareAddress) -> None:
    """Callback of the component: a new run after the end of one, another seed, or one run less."""
    event = begin_again(PAGE, KEY)
    spec = address.last()
    if event.new_seed is not None:
        address.change(base=spec.rebased(seed=another(spec.seed)).base)
    if isinstance(event.event, Mapping):
        run = event.event.get("remove")
        if isinstance(run, int) and 1 <= run <= len(spec.arm_texts):
            address.rewrite(run, None)
