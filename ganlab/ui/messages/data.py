"""Messages about distributions, questions about them and uploaded files, and what is said instead."""

from __future__ import annotations

from ganlab.ui.i18n import N_

FORMS: tuple[tuple[str, str], ...] = (
    # the text of a distribution
    (
        r"unknown family (?P<name>'.*?'), did you mean (?P<near>\w+)\?; allowed: one of (?P<names>.+)",
        N_("there is no family {name}. Did you mean {near}? The families are {names}"),
    ),
    (
        r"unknown family (?P<name>'.*?'); allowed: one of (?P<names>.+)",
        N_("there is no family {name}. The families are {names}"),
    ),
    (
        r"the text is empty; allowed: one of (?P<names>.+)",
        N_("nothing is written here. The families are {names}"),
    ),
    (
        r"(?:not a distribution: .*|too deeply nested); expected something like .*",
        N_("this does not read as a distribution; write something like normal(0,1) or ring(8)"),
    ),
    (
        r"(?P<name>\w+) is (?P<value>.+?); allowed: a number from (?P<low>\S+) to (?P<high>\S+)",
        N_("{name} is {value}, and a number from {low} to {high} is needed"),
    ),
    (
        r"(?P<name>\w+) is (?P<value>.+?); allowed: a whole number from (?P<low>\S+) to (?P<high>\S+)",
        N_("{name} is {value}, and a whole number from {low} to {high} is needed"),
    ),
    (
        r"(?P<name>\w+) is (?P<value>.+?); allowed: a list of two numbers.*",
        N_("{name} is {value}, and a list of two numbers such as [0,0] is needed"),
    ),
    (
        r"(?P<name>\w+) is (?P<value>.+?); allowed: a standard deviation, .*",
        N_(
            "{name} is {value}, and a standard deviation, a list of two, or a covariance matrix such as "
            "[[1,0.5],[0.5,2]] is needed"
        ),
    ),
    (
        r"(?P<name>\w+) is (?P<value>.+?); allowed: a symmetric covariance matrix",
        N_("{name} is {value}, and a covariance matrix must be symmetric"),
    ),
    (
        r"(?P<name>\w+) is (?P<value>.+?); allowed: a positive definite covariance matrix.*",
        N_("{name} is {value}, and a covariance matrix must be positive definite (correlation below 1)"),
    ),
    (
        r"(?P<name>\w+) is (?P<value>.+?); allowed: above low \((?P<low>\S+)\)",
        N_("{name} is {value}, and it must be above low ({low})"),
    ),
    (
        r"(?P<name>\w+) is (?P<value>.+?); allowed: from low \((?P<low>\S+)\) to high \((?P<high>\S+)\)",
        N_("{name} is {value}, and it must lie between low ({low}) and high ({high})"),
    ),
    (
        r"(?P<name>\w+) is (?P<value>.+?); allowed: at most (?P<most>\S+) for this shape",
        N_("{name} is {value}, and at most {most} fits this shape"),
    ),
    (
        r"(?P<name>\w+) is (?P<value>.+?); allowed: letters, digits, .*",
        N_("{name} is {value}, and letters, digits, - and _ in quotes are needed"),
    ),
    (
        r"(?P<name>\w+) is missing; (?P<family>\w+) takes (?P<names>.+)",
        N_("{name} is missing; {family} takes {names}"),
    ),
    (
        r"a component has a share of (?P<value>\S+); allowed: at least (?P<least>\S+)",
        N_("a part of this mixture has a share of {value}, and at least {least} is needed"),
    ),
    (
        r"a mixture of (?P<n>\d+) Gaussians in all; allowed: at most (?P<most>\d+)",
        N_("this mixture has {n} Gaussians in all, and at most {most} are possible"),
    ),
    (
        r"unknown parameter (?P<name>'.*?'); (?P<family>\w+) takes (?P<names>.+)",
        N_("there is no parameter {name}; {family} takes {names}"),
    ),
    (
        r"(?P<n>\d+) arguments; (?P<family>\w+) takes (?P<names>.+)",
        N_("{n} numbers are too many; {family} takes {names}"),
    ),
    (
        r"(?P<name>\w+) is given twice; (?P<family>\w+) takes (?P<names>.+)",
        N_("{name} is given twice; {family} takes {names}"),
    ),
    (
        r"found a (?P<n>\d)-D component; allowed: components of one dimension",
        N_("this part has dimension {n}; all parts of a mixture must have the same dimension"),
    ),
    (
        r"weight is (?P<value>.+?); allowed: above 0.*",
        N_("the weight is {value}, and it must be above 0 and at most 1e6 (weights are scaled to sum 1)"),
    ),
    (
        r"found (?P<value>.+?); allowed: (?:names, numbers, quoted text.*)",
        N_("{value} cannot stand here; possible are names, numbers, quoted text and + - * ( ) [ ] , ="),
    ),
    (
        r"found (?P<value>.+?) right after a number; allowed: .*",
        N_("{value} cannot follow a number; put one of + - * ) ] , between them"),
    ),
    (
        r"found (?P<value>.+?); allowed: weight\*family.*",
        N_("{value} cannot stand here; write weight*family(...) and join several with +"),
    ),
    (
        r"found (?P<value>.+?); allowed: a positive weight",
        N_("{value} stands where a weight belongs; the weight comes first, as in 2*ring(8)"),
    ),
    (
        r"found (?P<value>.+?); allowed: one of (?P<names>.+)",
        N_("{value} is no distribution; the families are {names}"),
    ),
    (
        r"found (?P<value>.+?); allowed: .*number.*",
        N_("{value} cannot stand here; a number is needed"),
    ),
    (
        r"(?P<n>\d+) (?:characters|components); allowed: at most (?P<most>\d+)",
        N_("this is too long: {n} of at most {most}"),
    ),
    (r"brackets nested more than (?P<n>\d+) deep", N_("brackets are nested more than {n} deep")),
    # densities on the line
    (r"the server could not compute this", N_("the server could not compute this")),
    (
        r"this has dimension (?P<n>\d+); allowed: distributions on the line.*",
        N_("this has dimension {n}, and a distribution on the line such as normal(0,1) is needed"),
    ),
    (
        r"this has dimension (?P<n>\d+); allowed: distributions in the plane.*",
        N_("this has dimension {n}, and a distribution in the plane such as normal([0,0],1) is needed"),
    ),
    (
        r"these are samples and have no density; .*",
        N_("these are samples and have no density; the page “From samples” compares samples"),
    ),
    (
        r"no data set (?P<name>\w+): .*",
        N_(
            "the uploaded file {name} is not on this server (uploaded elsewhere, or cleared); upload it again"
        ),
    ),
    (
        r"data set (?P<name>\w+) (?:cannot be read|is damaged); .*",
        N_("the uploaded file {name} cannot be read any more; upload it again"),
    ),
    (
        r"id is (?P<value>.+?); allowed: 16 hexadecimal digits",
        N_("{value} is no uploaded file: 16 hexadecimal digits are needed"),
    ),
    (r"data is not base64url; .*", N_("the drawing in this link is damaged; draw it again")),
    (r"data holds \d+ bytes; .*", N_("the drawing in this link is damaged; draw it again")),
    # uploaded files
    (
        r"the data folder (?P<path>.+) (?:belongs to another user|cannot be used \(.*\)); .*",
        N_(
            "this server cannot keep files: its data folder {path} is not usable. Whoever runs it can set GANLAB_DATA "
            "to a folder that it can write to"
        ),
    ),
    (
        r"1 row of data; allowed: (?P<low>\d+) to (?P<high>\S+)",
        N_("the file has one row of data, and {low} to {high} are possible"),
    ),
    (
        r"(?P<n>[\d,]+) rows of data; allowed: (?P<low>\d+) to (?P<high>\S+)",
        N_("the file has {n} rows of data, and {low} to {high} are possible"),
    ),
    (r"more than (?P<n>[\d,]+) rows; .*", N_("the file has more than {n} rows of data")),
    (
        r"(?P<n>[\d,]+) bytes; allowed: at most (?P<most>\S+)",
        N_("the file has {n} bytes, and at most {most} are possible"),
    ),
    (
        r"this is not a text file; .*",
        N_("this is not a text file; a CSV file with one or two columns of numbers is needed"),
    ),
    (
        r"the file is empty; .*",
        N_("the file is empty; a CSV file with one or two columns of numbers is needed"),
    ),
    (r"line (?P<n>\d+) is not CSV: .*", N_("line {n} does not read as CSV")),
    (
        r"(?P<n>\d+) columns \((?P<names>.*)\); .*",
        N_("the file has {n} columns ({names}), and one or two are possible"),
    ),
    (
        r"row (?P<n>\d+) has (?P<cells>\d+) cells; allowed: (?P<most>\d+), .*",
        N_("row {n} has {cells} cells, and the first row has {most}"),
    ),
    (
        r"row (?P<n>\d+), column (?P<name>'.*?') is empty; .*",
        N_("row {n}, column {name} is empty; every row needs a number"),
    ),
    (
        r"row (?P<n>\d+), column (?P<name>'.*?') is the text (?P<value>.*?); allowed: .*",
        N_("row {n}, column {name} is the text {value}; a number such as 1.5 or -2e-3 is needed"),
    ),
    (
        r"row (?P<n>\d+), column (?P<name>'.*?') is (?P<value>.*?); allowed: finite.*",
        N_("row {n}, column {name} is {value}; a finite number is needed"),
    ),
    (
        r"column (?P<name>'.*?') is (?P<value>\S+) in every row; .*",
        N_("column {name} is {value} in every row; values must differ"),
    ),
    (r"column (?P<name>'.*?') spans less than .*", N_("the values of column {name} are too close together")),
)
