"""Messages about GANs, fits, studies, trials, maps and comparisons, and what is said instead."""

from __future__ import annotations

from ganlab.ui.i18n import N_

FORMS: tuple[tuple[str, str], ...] = (
    # fields of a run
    (r"(?:Input should be a valid number.*|a number)", N_("a number is needed")),
    (r"Input should be a valid integer.*", N_("a whole number is needed")),
    (r"(?:Input should be )?a finite number", N_("a finite number is needed")),
    (r"Input should be greater than or equal to (?P<n>\S+)", N_("it must be at least {n}")),
    (r"Input should be less than or equal to (?P<n>\S+)", N_("it must be at most {n}")),
    (r"Input should be greater than (?P<n>\S+)", N_("it must be more than {n}")),
    (r"(?:Input should be|choose one of) (?P<names>.+)", N_("choose one of {names}")),
    (r"Tuple should have at most (?P<n>\d+) items.*", N_("at most {n} layers are possible")),
    (
        r"(?:String should have )?at most (?P<n>\d+) characters.*",
        N_("at most {n} characters are possible"),
    ),
    (
        r"a network would have (?P<n>\S+) parameters; at most (?P<most>\S+) are allowed",
        N_("a network would have {n} parameters, and at most {most} are possible"),
    ),
    (
        r"one iteration.* would take about (?P<n>\S+) billion operations and live runs allow (?P<most>\S+): .*",
        N_(
            "one step would take {n} billion operations, and {most} are possible here: "
            "take smaller networks, a smaller batch or fewer updates"
        ),
    ),
    # fits
    (
        r"this is not for a \w+; choose one of (?P<names>.+)",
        N_("this objective is not for this model; possible are {names}"),
    ),
    (
        r"this is infinite for every Q with light tails: .*",
        N_("this is infinite for every Q with light tails, because P has no finite variance"),
    ),
    (
        r"this is infinite for every Gaussian Q: P's tails.*",
        N_("this is infinite for every Gaussian Q, because P's tails are too heavy"),
    ),
    (
        r"this is infinite for every Gaussian Q: it has.*",
        N_("this is infinite for every Gaussian Q, which has mass where P has none"),
    ),
    (
        r"write pairs of a mean.*",
        N_("write pairs of a mean and a standard deviation of 0.000001 or more, such as 0, 1, -3, 0.5"),
    ),
    (r"starts of one's own are.*", N_("starts of your own are for one Gaussian")),
    (r"for this P allowed: (?P<least>\S+) or more", N_("for this P it must be {least} or more")),
    (
        r"(?P<n>\d+) starts in all; allowed: 1 to (?P<most>\d+),.*",
        N_("{n} starts in all, and 1 to {most} are possible, yours included"),
    ),
    (
        r"(?P<n>\d+) starts for a P of (?P<parts>\d+) components; allowed: at most (?P<most>\d+)",
        N_("{n} starts for a P of {parts} components, and at most {most} are possible"),
    ),
    (
        r"(?P<n>\d+) generators of (?P<count>[\d,]+) parameters; allowed: (?P<most>[\d,]+) .*",
        N_("{n} generators of {count} parameters, and {most} parameters in all are possible"),
    ),
    (
        r"starts x batch x grid points are (?P<n>[\d,]+); allowed: (?P<most>[\d,]+),.*",
        N_(
            "starts × batch × grid points are {n}, and {most} are possible: take fewer starts, a smaller batch "
            "or a wider bandwidth"
        ),
    ),
    # studies
    (
        r"the test would take about (?P<n>\S+) billion operations and live runs allow (?P<most>\S+): .*",
        N_(
            "the test would take {n} billion operations, and {most} are possible here: take fewer permutations"
        ),
    ),
    (
        r"p has dimension (?P<p>\d) and q (?P<q>\d); allowed: equal dimensions",
        N_("P has dimension {p} and Q {q}; they must have the same"),
    ),
    (r"bins is 1; allowed: .*", N_("one bin sees nothing: 0 (chosen) or 2 to 200")),
    (
        r"there is no estimator (?P<name>'.*?') for (?P<dim>\d)-D samples; allowed: (?P<names>.+)",
        N_("there is no estimator {name} for {dim}-D samples; possible are {names}"),
    ),
    # trials and the clinic
    (
        r"this would take about (?P<n>\d+) hours and live maps may take (?P<most>\d+): .*",
        N_("this would take about {n} hours, and {most} are possible here: take fewer steps or seeds"),
    ),
    (
        r"something that changes this GAN; it has all of this already",
        N_("this changes nothing: this GAN has all of it already"),
    ),
    (
        r"a change as field=value, or one of the remedies (?P<names>.+)",
        N_("write a change as field=value, or one of the remedies {names}"),
    ),
    (
        r"at most (?P<most>\d+) arms; there are (?P<n>\d+)",
        N_("{n} treatments are too many; {most} are possible"),
    ),
    (
        r"data with modes that can be lost, such as .*",
        N_("data with modes that can be lost are needed, such as ring(8) or grid(5)"),
    ),
    # comparisons
    (
        r"(?P<n>\d+) arms; allowed: 1 to (?P<most>\d+)",
        N_("{n} runs stand beside the base, and 1 to {most} are possible"),
    ),
    (
        r"write what it changes as .*",
        N_(
            "what a run changes is written as field=value, several joined with &, such as penalty=r1&penalty_weight=1"
        ),
    ),
    (
        r"this is the same for all runs; an arm may change .*",
        N_("this is the same for all runs of a comparison"),
    ),
    (r"there is no such field; .*", N_("there is no such field")),
    (r"this field is given twice; once is allowed", N_("this field is given twice")),
    # maps
    (r"low:high:count or low:high:count:log", N_("values are written low:high:count or low:high:count:log")),
    (
        r"dial=low:high:count.*",
        N_("a dial is written lr_d=0.001:0.1:8:log, or objective=minimax,wgan"),
    ),
    (r"this is the same for all cells; choose one of (?P<names>.+)", N_("this is the same for all cells")),
    (
        r"there is no such dial; choose one of (?P<names>.+)",
        N_("there is no such dial; possible are {names}"),
    ),
    (
        r"a list, value,value,…: the values of (?P<name>\S+) are no numbers",
        N_("a list is needed, such as minimax,wgan: the values of {name} are no numbers"),
    ),
    (r"low < high", N_("the first number must be smaller than the second")),
    (r"low > 0 where .*", N_("numbers must be above 0 where they grow by a constant factor")),
    (
        r"at most (?P<n>\d+) values: (?P<name>\S+) has whole numbers only",
        N_("at most {n} values are possible: {name} has whole numbers only"),
    ),
    (r"at most (?P<n>\d+) values", N_("at most {n} values are possible")),
    (r"every value once", N_("every value may be there once")),
    (r"how many values, a whole number from 2 to (?P<most>\d+)", N_("2 to {most} values are possible")),
    (
        r"another dial than x: both would set (?P<names>.+)",
        N_("choose another dial than the one across: both would set {names}"),
    ),
    (r".*a smaller .*: the last.* is above .*", N_("the last seed would be too large")),
    (
        r"(?P<x>\d+) x (?P<y>\d+) cells x (?P<s>\d+) seeds are (?P<n>[\d,]+) GANs; at most (?P<most>[\d,]+)",
        N_("{x} × {y} cells with {s} seeds are {n} GANs, and {most} are possible"),
    ),
    (r"no cell can be trained; the first: (?P<reason>.+)", N_("no cell can be trained; the first: {reason}")),
    (
        r"fields of a GAN as in a link, .*",
        N_("a GAN is written as in a link, such as data=ring(8)&lr_d=0.001"),
    ),
)
