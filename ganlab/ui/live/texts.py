"""Every text of the component, by key; `{name}` is filled in by the browser."""

from __future__ import annotations

from ganlab.ui.i18n import _


def texts() -> dict[str, str]:
    """The texts of the live component in the viewer's language."""
    return {**_controls(), **_layers(), **_readings(), **_charts(), **_states(), **_diagnoses()}


def drawing_texts() -> dict[str, str]:
    """The texts of the drawing pad in the viewer's language."""
    return {
        "pad": _("Drawing pad: draw the data with the mouse or a finger"),
        "hint": _("Draw here"),
        "undo": _("Undo"),
        "clear": _("Clear"),
        "use": _("Use this data"),
        "count": _("{n} points"),
    }


def link_texts(tip: str) -> dict[str, str]:
    """Of the button that copies a link."""
    return {
        "link": _("Copy link"),
        "link_tip": tip,
        "link_copied": _("Link copied"),
        "link_failed": _("Copy this address:"),
    }


def _controls() -> dict[str, str]:
    return {
        "toolbar": _("Controls of the run"),
        "play": _("Play"),
        "pause": _("Pause"),
        "play_tip": _("Play or pause (space)"),
        "step_d": _("Step D"),
        "step_g": _("Step G"),
        "step_both": _("Step both"),
        "step_d_tip": _("One step of the discriminator (left arrow)"),
        "step_g_tip": _("One step of the generator (down arrow)"),
        "step_both_tip": _("One step of both (right arrow)"),
        "speed": _("Speed"),
        "speed_tip": _("Steps per second"),
        "speed_full": _("full speed"),
        "speed_value": _("{n} steps/s"),
        "slow": _("Slow motion"),
        "slow_tip": _("Discriminator and generator take turns, slowly enough to follow"),
        "restart": _("Restart"),
        "restart_tip": _("Start again with the same seed"),
        "new_seed": _("New seed"),
        "new_seed_tip": _("Start again with another seed"),
        **link_texts(_("Copy a link to exactly this run")),
        "view_only": _("You are watching: only the owner of this run can control it."),
        "slow_d": _("D looks at real and generated samples and learns to tell them apart."),
        "slow_g": _("G follows the arrows: each sample moves where D takes it for more real."),
        "slow_wait": _("Press play: D and G take turns."),
    }


def _layers() -> dict[str, str]:
    return {
        "layers": _("Layers"),
        "layer_real": _("Real samples"),
        "layer_fake": _("Generated samples"),
        "layer_field": _("Discriminator"),
        "layer_contour": _("D = ½"),
        "layer_manifold": _("Generator's grid"),
        "layer_arrows": _("What G receives"),
        "layer_curves": _("Densities"),
        "layer_d": _("D and optimal D"),
        "layer_map": _("Noise to sample"),
        "layer_field_tip": _(
            "Blue where the discriminator says real, orange where it says generated, pale at ½"
        ),
        "layer_manifold_tip": _("An even grid of noise after the generator: strong colour where it is dense"),
        "layer_arrows_tip": _(
            "Minus the gradient of the generator's loss at each sample: short where it gets no hint"
        ),
    }


def _readings() -> dict[str, str]:
    return {
        "status": _("Status of the run"),
        "step": _("step"),
        "step_of": _("{n} of {total}"),
        "rate": _("steps/s"),
        "fps": _("repaints/s"),
        "backend": _("backend"),
        "device": _("device"),
        "seed": _("seed"),
        "backend_eager": _("eager"),
        "backend_compiled": _("compiled"),
        "compiling": _("{backend}, compiling"),
        "modes": _("Modes found"),
        "modes_tip": _("Modes with at least one sample within three standard deviations of their centre"),
        "high_quality": _("High quality"),
        "high_quality_tip": _("Share of samples within three standard deviations of a mode"),
        "reverse_kl": _("Reverse KL"),
        "reverse_kl_tip": _("KL of the generated mode shares from the true weights, in nats"),
        "precision": _("Precision"),
        "precision_tip": _("Share of generated samples that lie among the real ones (nearest neighbours)"),
        "recall": _("Recall"),
        "recall_tip": _("Share of real samples that lie among the generated ones (nearest neighbours)"),
        "perfect": _("perfect {value}"),
        "nats": _("{value} nats"),
        "distance_mmd2": _("MMD²"),
        "distance_sw2": _("Sliced W2"),
        "distance_js": _("JS"),
        "distance_w1": _("W1"),
        "distance_tip": _("Distance of the generated samples from the data"),
        "js_pushforward": _("exact density of G"),
        "js_kde": _("kernel estimate"),
        "floor": _("noise floor {value}"),
        "stage": _("Stage"),
        "stage_text": _("Step {step}, {state}. {modes} {diagnosis}"),
        "stage_modes": _("{n} of {total} modes found."),
        "pointer": _("D = {value}"),
    }


def _charts() -> dict[str, str]:
    return {
        "charts": _("Charts"),
        "chart_losses": _("Losses and value V(D, G), nats"),
        "chart_coverage": _("Share of samples per mode"),
        "chart_distance": _("Distance from the data"),
        "chart_gradients": _("Gradient norms"),
        "loss_d": _("D loss"),
        "loss_g": _("G loss"),
        "value": _("V"),
        "value_equal": _("0, where P = Q"),
        "value_equal_gan": _("−ln 4"),
        "value_optimal_gan": _("2·JS − ln 4"),
        "value_optimal_kl": _("KL(P‖Q)"),
        "value_optimal_reverse_kl": _("KL(Q‖P)"),
        "value_optimal_pearson": _("χ²(P‖Q)"),
        "value_optimal_neyman": _("χ²(Q‖P)"),
        "value_optimal_hellinger": _("2·Hellinger²"),
        "value_optimal_jensen_shannon": _("2·JS"),
        "value_optimal_total_variation": _("TV"),
        "share": _("generated"),
        "weights": _("true weight"),
        "distance": _("distance"),
        "distance_floor": _("noise floor"),
        "js": _("JS, nats"),
        "w1": _("W1"),
        "grad_d": _("D"),
        "grad_g": _("G"),
        "axis_step": _("step"),
        "axis_mode": _("mode"),
        "axis_x": _("sample x"),
        "axis_z": _("noise z"),
        "axis_density": _("density"),
        "axis_d": _("D(x)"),
        "curve_p": _("p, data"),
        "curve_q": _("q, generated"),
        "curve_q_kde": _("q, generated (kernel estimate)"),
        "curve_d": _("D"),
        "curve_dstar": _("optimal p/(p+q)"),
    }


def _states() -> dict[str, str]:
    return {
        "state_running": _("running"),
        "state_paused": _("paused"),
        "state_diverged": _("diverged"),
        "state_stopped": _("stopped"),
        "state_connecting": _("connecting"),
        "connecting": _("Connecting to the run…"),
        "reconnecting": _("The connection was lost. Reconnecting…"),
        "closed": _("The run cannot be reached: {reason}"),
        "ended": _("This run has ended."),
        "ended_unwatched": _("This run has ended because nobody was watching."),
        "ended_stopped": _("This run was stopped."),
        "ended_invalid": _("This run has ended because its settings cannot be used."),
        "ended_failed": _("This run has ended because its worker failed more than once."),
        "renew": _("Start it again"),
        "bad_frame": _("The browser could not read what the server sent: {reason}"),
        "charts_failed": _("The charts could not be loaded; the stage works without them."),
        "dismiss": _("Dismiss"),
        "notice_worker_restarted": _(
            "The worker stopped and was started again; the run goes on from its last checkpoint."
        ),
        "notice_full": _("All places are taken just now. Please try again in a moment."),
        "notice_compile_unavailable": _("No C++ compiler was found: the run stays on the slower eager step."),
        "notice_compile_failed": _("The step could not be compiled: the run stays on the slower eager step."),
        "notice_internal_error": _("An error of the program stopped this run; its log says more."),
        "notice_ended": _("This run has ended."),
        "notice_invalid": _("The run could not use that, and nothing was changed."),
        "notice_timeout": _("The server takes very long to answer."),
        "notice_rate": _("Too many messages at once."),
        "notice_right": _("You are watching: only the owner of this run can control it."),
        "notice_unwatched": _("The run was paused because nobody was watching."),
        "notice_diverged": _("The numbers grew without bound; the run stopped at its last finite state."),
    }


def _diagnoses() -> dict[str, str]:
    """Name, why and advice by the codes of `metrics.diagnosis`."""
    return {
        "diagnosis": _("Diagnosis"),
        "diagnosis_starting": _("Starting"),
        "diagnosis_starting_why": _("There are too few steps yet to say anything."),
        "diagnosis_starting_try": _("Watch for a few seconds."),
        "diagnosis_learning": _("Under way"),
        "diagnosis_learning_why": _("Not there yet, and nothing looks wrong."),
        "diagnosis_learning_try": _("Let it run, or slow it down to see how D and G take turns."),
        "diagnosis_converged": _("Converged"),
        "diagnosis_converged_why": _(
            "The distance is within twice its noise floor, or JS below 0.03 nats, and no mode is missing."
        ),
        "diagnosis_converged_try": _("Try another seed: does it succeed every time?"),
        "diagnosis_oscillating": _("Oscillating"),
        "diagnosis_oscillating_why": _("D and G chase each other in circles without coming closer."),
        "diagnosis_oscillating_try": _("Lower the learning rates or add a gradient penalty."),
        "diagnosis_modes_missing": _("Modes missing"),
        "diagnosis_modes_missing_why": _(
            "Some modes of the data get no samples, and D does not push G towards them."
        ),
        "diagnosis_modes_missing_try": _("Give it more steps, a larger batch or a gradient penalty."),
        "diagnosis_collapsed": _("Collapsed"),
        "diagnosis_collapsed_why": _("G puts nearly all samples in one place and moves on when D finds out."),
        "diagnosis_collapsed_try": _("Lower G's learning rate, or let D take more steps."),
        "diagnosis_d_too_strong": _("D too strong"),
        "diagnosis_d_too_strong_why": _(
            "D tells real from generated without doubt, so G's gradient is almost zero."
        ),
        "diagnosis_d_too_strong_try": _("Use the non-saturating loss, weaken D, or add a gradient penalty."),
        "diagnosis_diverged": _("Diverged"),
        "diagnosis_diverged_why": _("Losses or samples have left every scale."),
        "diagnosis_diverged_try": _("Lower the learning rates and press Restart."),
    }
