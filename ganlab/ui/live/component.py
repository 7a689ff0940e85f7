"""Mounts the live component and the drawing pad on a page.

Frames and commands go over a socket between browser and worker (`/api/live/<run>`, see docs/architecture.md);
through Streamlit pass only what the component needs to start, and the rare events that concern the page.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol

import streamlit as st

from ganlab.ui.live import assets
from ganlab.ui.live.assets import routes
from ganlab.ui.live.texts import drawing_texts, texts

__all__ = ["LAYERS", "LiveHandle", "draw_pad", "live", "routes", "texts"]

LAYERS: dict[int, tuple[str, ...]] = {
    1: ("curves", "d", "map", "real", "fake"),
    2: ("real", "fake", "field", "contour", "manifold", "arrows"),
}
"""What can be switched on and off, by dimension of the data. `contour` and `d` are drawn from `field`, `curves`."""

DEFAULT_LAYERS: dict[int, tuple[str, ...]] = {1: LAYERS[1], 2: ("real", "fake", "field", "contour")}
PAD_HALF_WIDTH = 2.0
PAD_POINTS = 400

_live = st.components.v2.component("ganlab_live", js=assets.stub("main.js"), isolate_styles=False)
_draw = st.components.v2.component("ganlab_draw", js=assets.stub("draw.js"), isolate_styles=False)


class LiveHandle(Protocol):
    """What the component must know of a run."""

    @property
    def run(self) -> str: ...
    @property
    def token(self) -> str: ...
    @property
    def control(self) -> bool: ...


def live(
    handle: LiveHandle,
    *,
    key: str,
    dim: int = 2,
    height: int = 540,
    layers: Sequence[str] | None = None,
    compact: bool = False,
    link: str | None = None,
    on_event: Callable[[], None] | None = None,
) -> Any:
    """The stage of a run with its toolbar, status and charts.

    `height` is that of the stage in CSS pixels (at most; it never exceeds its width in 2-D), `layers` those shown
    at first, `link` the address that "copy link" copies (relative to the page; None hides the button). `compact`
    leaves stage, play button and status line.

    The result has `new_seed` (an int when the viewer asked for a new seed in this rerun, else None) and `renew`
    (true when the run has ended and the viewer wants a new one, else None).

    Raises ValueError for an unknown dimension or layer or a height outside 120 to 2000.
    """
    callback = on_event or nothing
    return _live(
        key=key,
        data=live_data(handle, dim=dim, height=height, layers=layers, compact=compact, link=link),
        on_new_seed_change=callback,
        on_renew_change=callback,
    )


def live_data(
    handle: LiveHandle,
    *,
    dim: int,
    height: int,
    layers: Sequence[str] | None,
    compact: bool,
    link: str | None,
) -> dict[str, Any]:
    """What the browser gets at the start: plain JSON."""
    if dim not in LAYERS:
        raise ValueError(f"dim should be 1 or 2. Received {dim!r}")
    if not 120 <= height <= 2000:
        raise ValueError(f"height should be between 120 and 2000 pixels. Received {height!r}")
    shown = DEFAULT_LAYERS[dim] if layers is None else tuple(layers)
    for layer in shown:
        if layer not in LAYERS[dim]:
            raise ValueError(f"layers should be among {', '.join(LAYERS[dim])}. Received {layer!r}")
    return {
        **run_data(handle),
        "dim": dim,
        "height": height,
        "layers": list(shown),
        "all_layers": list(LAYERS[dim]),
        "compact": compact,
        "link": link,
        "texts": texts(),
    }


def run_data(handle: LiveHandle) -> dict[str, Any]:
    """What the browser needs to watch a run: where the files and the socket are, and the place at it."""
    return {
        "assets": assets.address(),
        "socket": f"{assets.base_path()}/api/live/{handle.run}",
        "run": handle.run,
        "token": handle.token,
        "control": handle.control,
    }


def draw_pad(
    key: str, *, height: int = 420, points: Iterable[tuple[float, float]] = ()
) -> list[tuple[float, float]] | None:
    """A square to draw data on, [-2, 2] on both axes; `points` are shown at first.

    Returns the points (at most 400) in the rerun that follows "use this data", else None.
    """
    result = _draw(
        key=key,
        data={
            "assets": assets.address(),
            "height": height,
            "half_width": PAD_HALF_WIDTH,
            "limit": PAD_POINTS,
            "points": [list(point) for point in points],
            "texts": drawing_texts(),
        },
        on_points_change=nothing,
    )
    return None if result.points is None else drawn_points(result.points)


def drawn_points(value: object) -> list[tuple[float, float]]:
    """The points a browser sent, checked: anything may arrive here.

    Raises ValueError naming what is allowed.
    """
    if not isinstance(value, list) or not 1 <= len(value) <= PAD_POINTS:
        raise ValueError(f"points should be a list of 1 to {PAD_POINTS} pairs. Received {_short(value)}")
    return [_drawn_point(point) for point in value]


def _drawn_point(point: object) -> tuple[float, float]:
    if isinstance(point, list) and len(point) == 2 and all(_on_pad(number) for number in point):
        return float(point[0]), float(point[1])
    raise ValueError(f"a point should be two numbers within ±{PAD_HALF_WIDTH:g}. Received {_short(point)}")


def _on_pad(number: object) -> bool:
    real = isinstance(number, int | float) and not isinstance(number, bool)
    return real and math.isfinite(number) and abs(number) <= PAD_HALF_WIDTH  # type: ignore[arg-type]


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…"


def nothing() -> None:
    """Streamlit lists an event in the result only if it has a callback."""
