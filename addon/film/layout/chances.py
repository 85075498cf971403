"""Probabilities as bars and as a strip; the wall of the vocabulary."""

from dataclasses import dataclass

import numpy as np

CANDIDATES = 6  # bars of the first step, and the drawn token's; later steps have that one alone
GUESSES = 8  # words that the prologue hangs under the blank, if they can be read
BAR_FOOT, BAR_LONGEST = 1.95, 5.0  # x where bars begin, right of their words; metres of the longest one
LOOP_LONGEST = 1.3  # in the loop
# From row to row; height of a bar, and of that of all others; z of the middle of row 0, theirs.
BAR_PITCH, BAR_THICK, OTHERS_THICK, BAR_LOW = 0.55, 0.4, 0.46, 0.86
BAR_FLIGHT, BAR_AFTER = (
    0.8,
    0.34,
)  # metres that a bar rises on its way from the wall; of the way, when the next sets out
BREAK = 0.9  # of its longest length: where the bar of all others has its break mark, if it would be longer
DASH_ASPECT, DASH_FILLED = 5.0, (0.82, 0.66)  # of a token's place on the wall of the vocabulary; what it fills of it
DOOR = 0.42  # of the strip's width that the drawn token's piece has, once the picture has dived into it


@dataclass(frozen=True)
class BarScale:
    """Probability -> length of a bar, the same scale for all bars of a picture, "all others" among them."""

    per_unit: float  # metres for probability 1

    @classmethod
    def of(cls, highest, longest=BAR_LONGEST):
        """The scale at which a bar of probability `highest` is `longest` metres long."""
        return cls(longest / max(highest, 1e-6))

    def length(self, probability):
        return probability * self.per_unit

    def probability(self, length):
        """Inverse of length."""
        return length / self.per_unit


def bar_z(row):
    """z of the middle of a bar, by its row from below; "all others" is row 0."""
    return BAR_LOW + row * BAR_PITCH


def flown(fly, place):
    """How far the bar of a place has flown from the wall, for all of them together 0 … 1; not clipped."""
    return fly * (1 + (CANDIDATES + 1) * BAR_AFTER) - place * BAR_AFTER


def with_drawn(likeliest, drawn):
    """The tokens that get a bar: the likeliest, and after them the drawn one if it is not among them."""
    return likeliest if drawn in likeliest else np.append(likeliest, drawn)


@dataclass(frozen=True)
class VocabularyGrid:
    """A wall of dashes, one a token, in reading order from the upper left."""

    columns: int
    rows: int
    width: float
    height: float

    @classmethod
    def of(cls, count, width, height):
        columns = max(1, round(np.sqrt(count * width / (height * DASH_ASPECT))))
        return cls(columns, -(-count // columns), width, height)

    @property
    def pitch(self):
        """From dash to dash, (x, z) in metres."""
        return self.width / self.columns, self.height / self.rows

    @property
    def dash(self):
        """(width, height) of a dash."""
        return tuple(pitch * filled for pitch, filled in zip(self.pitch, DASH_FILLED, strict=True))

    def place(self, token):
        """Token id -> (x, z) of its dash's middle, from the wall's lower left corner."""
        row, column = np.divmod(token, self.columns)
        across, down = self.pitch
        return (column + 0.5) * across, self.height - (row + 0.5) * down


def shown_logit(logits, lowest, highest):
    """Logits -> brightness 0 … 1 on the wall of the vocabulary."""
    return (np.asarray(logits) - lowest) / max(highest - lowest, 1e-9)


def dive(share):
    """How many times larger the strip is drawn in the end, for the drawn token's share of it."""
    return max(1.0, DOOR / max(share, 1e-9))
