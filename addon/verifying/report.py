"""What a verification found. No bpy."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

import numpy as np

NAMED = 20  # mismatches that are kept by name, of each row of the report


@dataclass
class Row:
    """One kind of number in one beat."""

    checked: int = 0  # comparisons: an element counts for each number it shows, at each moment that shows another one
    largest: float = 0.0  # error, as a fraction of the range that the kind of number is mapped from
    allowed: float = 0.0  # what single precision leaves of it, in the same units
    wrong: int = 0
    named: list = field(default_factory=list)  # the first mismatches


class Report:
    """Numbers of comparisons and errors by (beat, kind), and what doesn't agree, by name.

    Layers, heads and tokens have the numbers of the captions, which count from 1; components, neurons and token ids
    those of the tensors, from 0.
    """

    def __init__(self):
        self.rows = {}
        self.moments = 0
        self.unchecked = set()  # names of drawn objects that show no number of the model
        self.notes = []  # sentences about what could not be compared
        self.beat = ""
        self._compared = set()
        self._made = {}

    # --- for the checks ------------------------------------------------------------------------

    def compare(self, kind, name, drawn, expected, span=1.0, tolerance=1e-5):
        """Compare drawn numbers [n] or colours [n, 3] with the evidence.

        name: index -> what the element is called. span: the width of the mapped range. tolerance: a part of it.
        """
        drawn, expected = np.asarray(drawn, np.float64), np.asarray(expected, np.float64)
        error = np.abs(drawn - expected) / np.maximum(span, 1e-30)  # where all is zero there is no span
        error = np.where(np.isfinite(error), error, np.inf)
        error = error.reshape(len(drawn), -1).max(-1) if len(drawn) else np.zeros(0)
        wrong = np.flatnonzero(error > tolerance)
        wrong = wrong[np.argsort(-error[wrong], kind="stable")]
        self._add(kind, len(drawn), error.max(initial=0.0), len(wrong), tolerance)
        self._name(kind, wrong, lambda i: f"{name(i)}: drawn {_written(drawn[i])}, trace {_written(expected[i])}")

    def agree(self, kind, name, drawn, expected):
        """Compare sequences of words or whole numbers, in which nothing is nearly right."""
        drawn, expected = list(drawn), list(expected)
        wrong = [i for i, (one, other) in enumerate(zip(drawn, expected, strict=False)) if one != other]
        wrong += range(min(len(drawn), len(expected)), max(len(drawn), len(expected)))
        self._add(kind, max(len(drawn), len(expected)), 1.0 if wrong else 0.0, len(wrong))

        def said(found, i):
            return repr(found[i]) if i < len(found) else "nothing"

        self._name(kind, wrong, lambda i: f"{name(i)}: drawn {said(drawn, i)}, trace {said(expected, i)}")

    def present(self, kind, name, drawn, expected):
        """Compare which elements are drawn. drawn, expected: sets; name: element -> what it is called."""
        self._present(kind, name, sorted(expected - drawn), sorted(drawn - expected), len(expected))

    def present_of(self, kind: str, name: Callable, drawn: np.ndarray, expected: np.ndarray) -> None:
        """The same of elements that are counted from 0: whether each is drawn, and must be, [n] bool."""
        missing, surplus = (np.flatnonzero(one).tolist() for one in (expected & ~drawn, drawn & ~expected))
        self._present(kind, name, missing, surplus, int(expected.sum()))

    def _present(self, kind: str, name: Callable, missing: list, surplus: list, expected: int) -> None:
        wrong = missing + surplus
        self._add(kind, expected, 1.0 if wrong else 0.0, len(wrong))
        self._name(
            kind,
            range(len(wrong)),
            lambda i: f"{name(wrong[i])}: {'missing from' if i < len(missing) else 'must not be in'} the picture",
        )

    def hold(self, kind: str, holds: bool, what: str, error: float = 1.0) -> None:
        """Note whether something is as it must be; what: how it is told if it isn't."""
        self._add(kind, 1, 0.0 if holds else error, 0 if holds else 1)
        if not holds:
            self._name(kind, [0], lambda i: what)

    def again(self, *what):
        """Whether something with these values was compared before: large things that stand still are, once."""
        known = what in self._compared
        self._compared.add(what)
        return known

    def once(self, make: Callable, *arguments: Hashable) -> object:
        """What make(*arguments) gives, worked out at the first call only: what is compared with at every moment."""
        key = make, *arguments
        if key not in self._made:
            self._made[key] = make(*arguments)
        return self._made[key]

    def fail(self, kind, what):
        """Note what makes a comparison impossible."""
        self._add(kind, 1, np.inf, 1)
        self._name(kind, [0], lambda i: what)

    def _add(self, kind, checked, largest, wrong, allowed=0.0):
        row = self.rows.setdefault((self.beat, kind), Row())
        row.checked += checked
        row.largest, row.allowed = max(row.largest, float(largest)), max(row.allowed, allowed)
        row.wrong += wrong

    def _name(self, kind, wrong, say):
        named = self.rows[self.beat, kind].named
        for i in wrong[: max(0, NAMED - len(named))]:
            line = f"{self.beat}: {say(i)}"
            if line not in named:
                named.append(line)

    # --- for the reader ------------------------------------------------------------------------

    @property
    def checked(self):
        return sum(row.checked for row in self.rows.values())

    @property
    def wrong(self):
        return sum(row.wrong for row in self.rows.values())

    @property
    def largest(self):
        return max((row.largest for row in self.rows.values()), default=0.0)

    @property
    def mismatches(self):
        """What doesn't agree, in the order of the film."""
        return [line for row in self.rows.values() for line in row.named]

    @property
    def ok(self):
        """Whether something was checked and nothing is wrong."""
        return self.checked > 0 and not self.wrong

    def by(self, key):
        """Rows put together: {key(beat, kind): Row}."""
        sums = {}
        for (beat, kind), row in self.rows.items():
            total = sums.setdefault(key(beat, kind), Row())
            total.checked += row.checked
            total.largest, total.allowed = max(total.largest, row.largest), max(total.allowed, row.allowed)
            total.wrong += row.wrong
            total.named += row.named
        return sums

    def table(self):
        """Lines of a table, one for each kind in each act."""
        rows, last = [("act", "number", "checked", "largest error", "allowed", "wrong")], None
        for (act, kind), row in self.by(lambda beat, kind: (beat.partition(".")[0], kind)).items():
            rows.append(("" if act == last else act, kind, *_figures(row)))
            last = act
        rows += [("all", "", *_figures(row)) for row in self.by(lambda beat, kind: None).values()]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        aligned = ("<", "<", ">", ">", ">", ">")
        return [
            "  ".join(f"{cell:{side}{width}}" for cell, side, width in zip(row, aligned, widths, strict=True)).rstrip()
            for row in rows
        ]


def _figures(row):
    errors = [f"{error:.0e}" if error else "0" for error in (row.largest, row.allowed)]
    return f"{row.checked:,}", *errors, f"{row.wrong:,}" if row.wrong else "–"


def _written(value):
    """A number, or a colour's three."""
    return f"{value:.4g}" if np.ndim(value) == 0 else "(" + ", ".join(f"{one:.4g}" for one in value) + ")"
