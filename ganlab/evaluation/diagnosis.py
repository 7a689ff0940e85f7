"""What state a run is in, by rules on its readings: one code, for which pages hold a sentence.

The rules are rows, tried in order; the first that holds names the state. They see a `Reading`: medians over
a recent window, never a single frame, because GAN readings jump. The window is the last third of the run,
at most 10,000 iterations, so that it means the same at one step a second and at full speed, and in a
thinned history. A reading that is missing (NaN) never makes a rule hold.

The thresholds were set on runs of small networks on rings and 1-D mixtures; each says what it stands for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from numpy.typing import ArrayLike

from ganlab.evaluation.monitor import Metrics
from ganlab.evaluation.reading import Reading, read

# --- starting
START_STEPS = 100  # until then Adam's moments are warming up and most generators are still a blob
START_ROWS = 6  # readings without which medians are single frames

# --- diverged
LOSS_BLOWN = 1e3  # median |loss|, a cross entropy from logits of 1,000; healthy ones are below 10
SPREAD_BLOWN = 20.0  # generated samples twenty times as wide as the data have left the stage

# --- collapsed
FEW_MODES = 0.25  # of all modes (at least one): a quarter is far below any balanced run
CONCENTRATED = 0.5  # of a perfect sampler's quality: those few modes are where the samples are
POINT_SPREAD = 0.1  # of the data's width: all samples in one place, on a mode or off it
LEAVING = 0.75  # a point that comes a quarter closer within the window is a start, not an end

# --- D too strong
SURE = 0.9  # D right nine times in ten, real and generated alike; an even match gives 0.5 to 0.75
GRADIENT_GONE = 1e-3  # of the largest gradient norm the generator has had
SURE_WITHOUT_GRADIENT = 0.8  # how sure D must be for a vanished gradient to be its doing
FAR = 2.5  # noise floors: the generator still has something to learn

# --- converged
NEAR = 2.0  # noise floors: two samples of the truth are as far apart now and then
JS_NEAR = 0.03  # nats, 4 % of ln 2, N(0, 1) against N(0.5, 1): GANs on the line hover there, above W1's floor
GOOD_SHARE = 0.7  # of a perfect sampler's high quality, precision or recall

# --- oscillating
SWINGS = 4  # changes of side: there and back twice

# --- modes missing
WHOLE_MODE = 0.9  # of a mode below the expectation of a perfect sampler
STEADY_MODES = 1.0  # 10-90 % range of the count: one mode at the edge may flicker


@dataclass(frozen=True)
class Rule:
    """A state and when it holds."""

    code: str
    meaning: str
    holds: Callable[[Reading], bool]


@dataclass(frozen=True)
class Diagnosis:
    """`code` is that of the first rule that holds; `reading` is what it was judged on."""

    code: str
    reading: Reading


# --- predicates


def _diverged(r: Reading) -> bool:
    return not r.finite or r.loss > LOSS_BLOWN or r.spread > SPREAD_BLOWN


def _starting(r: Reading) -> bool:
    return r.step < START_STEPS or r.rows < START_ROWS


def _collapsed(r: Reading) -> bool:
    few_modes = r.modes_total > 1 and r.modes <= max(1.0, FEW_MODES * r.modes_total)
    few_places = r.recall <= FEW_MODES and r.precision >= CONCENTRATED
    in_few = (few_modes and r.quality >= CONCENTRATED) or few_places
    leaving = r.distance_after <= LEAVING * r.distance_before
    return (in_few and not r.improving) or (r.spread <= POINT_SPREAD and not leaving)


def _d_too_strong(r: Reading) -> bool:
    gone = r.gradient <= GRADIENT_GONE and r.accuracy >= SURE_WITHOUT_GRADIENT
    return (r.accuracy >= SURE or gone) and r.distance >= FAR and not r.improving


def _converged(r: Reading) -> bool:
    near = r.distance <= NEAR or r.js <= JS_NEAR
    return near and r.quality >= GOOD_SHARE and not _modes_below(r)


def _oscillating(r: Reading) -> bool:
    return r.swings >= SWINGS


def _modes_missing(r: Reading) -> bool:
    steady = r.modes_range <= STEADY_MODES and not r.improving
    return _modes_below(r) and steady and r.quality >= CONCENTRATED


def _modes_below(r: Reading) -> bool:
    return r.modes <= r.modes_perfect - WHOLE_MODE


RULES: tuple[Rule, ...] = (
    Rule("diverged", "Numbers are not finite, or losses or samples have left every scale.", _diverged),
    Rule("starting", "Too few iterations or readings to say anything.", _starting),
    Rule(
        "collapsed", "Samples sit on a quarter of the modes or fewer, or in one place, and stay.", _collapsed
    ),
    Rule(
        "d_too_strong", "D tells almost all samples apart, and the generator gets no closer.", _d_too_strong
    ),
    Rule("converged", "Near the noise floor, with good samples, and no mode missing.", _converged),
    Rule(
        "oscillating", "Distance, mode count or V swings back and forth without getting better.", _oscillating
    ),
    Rule("modes_missing", "Good samples of a steady number of modes, but not of all.", _modes_missing),
    Rule("learning", "None of the above: training is under way.", lambda r: True),
)
"""In order of priority."""

CODES: tuple[str, ...] = tuple(rule.code for rule in RULES)


def diagnose(
    history: Mapping[str, ArrayLike], metrics: Metrics | None = None, *, finite: bool = True
) -> Diagnosis:
    """The state of a run from its history and latest metrics.

    `history` holds columns [rows] of one length by name, oldest first, `step` among them: loss_d, loss_g,
    value, grad_g, accuracy_real, accuracy_fake, modes, high_quality, distance, distance_floor, js, spread; absent
    columns count as NaN. `metrics` adds what a perfect sampler scores, precision and recall, and the latest
    spread where the history has none. `finite` is
    False once parameters or losses are not. ValueError when columns differ in length.
    """
    reading = read(history, metrics, finite)
    return Diagnosis(next(rule.code for rule in RULES if rule.holds(reading)), reading)
