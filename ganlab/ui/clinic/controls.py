"""What the page "Clinic" is made of: diseases to choose from, remedies to tick, and the watched trial."""

from __future__ import annotations

from typing import Any

import streamlit as st

from ganlab.gan import variants
from ganlab.gan.remedies import REMEDIES, Remedy
from ganlab.gan.variants import write_base
from ganlab.live.cost import check_affordable
from ganlab.trials.clinic import ALREADY, OWN, TOGETHER, ClinicSpec, refusal
from ganlab.trials.diseases import DISEASES, SEEDS, Disease
from ganlab.ui.address import Address, Place, follow
from ganlab.ui.clinic.arms import described
from ganlab.ui.clinic.cases import asked, ready
from ganlab.ui.clinic.texts import texts
from ganlab.ui.i18n import N_, _
from ganlab.ui.links import headed, link
from ganlab.ui.live import assets
from ganlab.ui.stage import answer, handle_for
from ganlab.ui.watch.component import watch
from ganlab.ui.widgets import notches, whole

PAGE = "clinic"
KEY = f"{PAGE}.watch"
SEED_NOTCHES = (2, 3, 5, 10, 16, 20, 32)
STEP_NOTCHES = (0, 500, 1000, 2000, 3000, 5000, 10_000, 20_000, 50_000, 100_000)
COLUMNS = 3

WORDS: dict[str, tuple[str, str]] = {
    "disease": (N_("Disease"), N_("A GAN that is known to lose modes, or one of your own.")),
    "base": (
        N_("Your own GAN"),
        N_("Its fields as they stand in a link to a page with a GAN: lr_g=0.1&optimiser_g=sgd."),
    ),
    "arms": (
        N_("Treatments"),
        N_("Remedies and changes of fields; + applies several at once, | stands between treatments."),
    ),
    "seeds": (N_("Seeds of each"), N_("Every treatment is trained with the same seeds, 2 to 32 of them.")),
    "steps": (N_("Steps"), N_("Iterations of every GAN; 0 takes as many as the disease was measured with.")),
    "seed": (N_("First seed"), N_("The others follow it. The diseases were measured with seeds 0 to 9.")),
}

REASONS = {ALREADY: N_("this GAN has it already")}


def address() -> Address[ClinicSpec]:
    """The address of the page."""
    return Address(
        PAGE,
        ClinicSpec(),
        complete=("disease",),
        check=check_affordable,
        suspects=("arms", "base"),
        words=WORDS,
    )


# ---------------------------------------------------------------- the disease


def diseases(here: Place[ClinicSpec]) -> None:
    """All diseases as links, and what the one that is open does to ten seeds."""
    with st.container(horizontal=True, gap="small", key=f"{PAGE}.diseases"):
        for each in ready():
            link(PAGE, each.name, _(each.title), each.query, on=here.spec.disease == each.name)
        own = asked(OWN, base=write_base(here.spec.gan), arms=here.spec.arms)
        link(PAGE, OWN, _("Your own GAN"), own, on=here.spec.disease == OWN)
    with st.container(border=True, key=f"{PAGE}.disease"):
        if here.spec.disease == OWN:
            st.text_input(here.label("base"), **here.bound("base"))
        else:
            caption(DISEASES[here.spec.disease])


def caption(disease: Disease) -> None:
    """What it is, and what was measured."""
    measured = _(
        "Measured: {losing} of {seeds} seeds lose modes in {steps} steps; on average they cover {modes} of {all}."
    ).format(
        losing=disease.losing,
        seeds=SEEDS,
        steps=f"{disease.steps:,}",
        modes=f"{disease.modes:.1f}",
        all=disease.of,
    )
    st.markdown(
        _("{comment} {measured}").format(comment=headed(disease.title, disease.comment), measured=measured)
    )


# ---------------------------------------------------------------- the treatments


def treatments(here: Place[ClinicSpec]) -> None:
    """Remedies to tick, and more as text; nothing is trained before the button is pressed."""
    chosen = variants.split(here.spec.arms)
    fill(here, chosen)
    title = _("Choose remedies ({n} chosen)").format(n=len(chosen))
    with (
        st.expander(title, icon=":material/medication:", key=f"{PAGE}.remedies"),
        st.form(f"{PAGE}.form", border=False),
    ):
        columns = st.columns(COLUMNS)
        rows = list(REMEDIES.values())
        each = -(-len(rows) // COLUMNS)
        for index, row in enumerate(rows):
            with columns[index // each]:
                box(here, row)
        st.checkbox(
            _("And one more: all that are ticked, together"),
            key=f"{PAGE}.together",
            help=_("Remedies can get in each other's way: together is not the sum of them."),
        )
        st.text_input(
            _("Further treatments, as text"),
            key=f"{PAGE}.further",
            placeholder="r1+ema | penalty=r1&penalty_weight=10",
            help=here.explain("arms"),
        )
        st.form_submit_button(
            _("Train these"),
            icon=":material/play_arrow:",
            type="primary",
            on_click=take_arms,
            args=(here.address,),
        )


def box(here: Place[ClinicSpec], row: Remedy) -> None:
    """One remedy; where it makes no sense, why."""
    reason = refusal(here.spec.gan, row.name)
    st.checkbox(
        _(row.label),
        key=box_key(row.name),
        disabled=reason is not None,
        help=f"{_(row.about)}\n\n${row.formula}$\n\n{row.source}",
    )
    if reason is not None:
        st.caption(_("Not here: {reason}.").format(reason=_(REASONS.get(reason, reason))))


def box_key(name: str) -> str:
    """The key of a remedy's box."""
    return f"{PAGE}.remedy.{name}"


def fill(here: Place[ClinicSpec], chosen: tuple[str, ...]) -> None:
    """Makes the form show the arms of the address, unless they are those that it was filled with before.

    What was ticked and not trained yet stays when the page runs again for another reason.
    """
    shown = (here.spec.disease, here.spec.base, here.spec.arms)
    missing = f"{PAGE}.together" not in st.session_state
    if st.session_state.get(f"{PAGE}.filled") == shown and not missing:
        return
    st.session_state[f"{PAGE}.filled"] = shown
    single = [name for name in REMEDIES if name in chosen]
    together = TOGETHER.join(single)
    for name in REMEDIES:
        follow(box_key(name), name in single)
    follow(f"{PAGE}.together", len(single) > 1 and together in chosen)
    further = [arm for arm in chosen if arm not in single and arm != together]
    follow(f"{PAGE}.further", " | ".join(further))


def take_arms(address: Address[ClinicSpec]) -> None:
    """Callback: what is ticked and written becomes the arms."""
    ticked = [name for name in REMEDIES if st.session_state.get(box_key(name))]
    together = [TOGETHER.join(ticked)] if st.session_state[f"{PAGE}.together"] and len(ticked) > 1 else []
    further = variants.split(st.session_state[f"{PAGE}.further"])
    address.change(arms=variants.join([*ticked, *together, *further]))


# ---------------------------------------------------------------- how many, and for how long


def sidebar(here: Place[ClinicSpec]) -> None:
    """Seeds and steps."""
    with st.sidebar, st.expander(_("Seeds and steps"), expanded=True, icon=":material/casino:"):
        notches(here, "seeds", SEED_NOTCHES)
        options = sorted({*STEP_NOTCHES, here.spec.steps})
        st.select_slider(here.label("steps"), options, format_func=steps_text, **here.bound("steps"))
        whole(here, "seed")


def steps_text(steps: int) -> str:
    """A number of steps; 0 means those of the disease."""
    return f"{steps:,}" if steps else _("as measured")


# ---------------------------------------------------------------- the watched trial


def stage(here: Place[ClinicSpec]) -> None:
    """The trial of this clinic, with its charts."""
    handle = handle_for(PAGE, here.spec)
    if handle is not None:
        watch(
            handle,
            key=KEY,
            entry="clinic.js",
            data=browser_data(here.spec),
            on_event=lambda: answer(here.address, KEY),
        )


def browser_data(spec: ClinicSpec) -> dict[str, Any]:
    """What the module of the charts gets: texts, the arms in words, and where the modes are."""
    modes = spec.gan.distribution.modes()
    assert modes is not None
    rings = [
        [*centre, spread]
        for centre, spread in zip(modes.centres.tolist(), modes.spreads.tolist(), strict=True)
    ]
    return {
        "texts": texts(),
        "assets": assets.address(),
        "arms": described(spec),
        "modes": rings if spec.dim == 2 else [],
    }
