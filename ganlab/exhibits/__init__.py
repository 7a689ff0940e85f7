"""Exhibits: states of a page that one click opens, each with a question to the class, numbers and an explanation.

A new one is a row in the module of its page, where it stands among the others in the order in which the page shows
them. Texts are marked for translation with `N_` and translated where they are shown. `numbers` are checked against the
core by a test: what stands here is what a viewer reads on the page.
"""

from ganlab.exhibits import densities, fit, plane, samples  # each fills the table
from ganlab.exhibits.base import EXHIBITS, LN2, Exhibit, Number, of_page

__all__ = ["EXHIBITS", "LN2", "Exhibit", "Number", "densities", "fit", "of_page", "plane", "samples"]
