"""Probabilities as bars and as a strip; the wall of the vocabulary."""

from dataclasses import dataclass

import numpy as np

CANDIDATES = 7  # bars of the first step; later steps have that of the drawn token alone
GUESSES = 8  # words that the prologue hangs under the blank, if they can be read
BAR_FOOT, BAR_LONGEST = 1.95, 5.0  # x where bars begin, right of their words; metres of the longest one
LOOP_LONGEST = 1.3  # in the loop
# From row to row; height of a bar, and of that of all others; z of the middle of row 0, theirs.
BAR_PITCH, BAR_THICK, OTHERS_THICK, BAR_LOW = 0.595, 0.43, 0.46, 0.86
BAR_FLIGHT, BAR_AFTER = (
    0.8,
    0.34,
)  # metres that a bar rises on its way from the wall; of the way, when the next sets out
DASH_ASPECT, DASH_FILLED = 5.0, (0.82, 0.66)  # of a token's place on the wall of the vocabulary; what it fills of it
DOOR = 0.42  # of the strip's width that the drawn token's piece has, once the picture has dived into it
PIECES = 8192  # tokens that have a piece of the strip each; the others are put together, but around the drawn one
AROUND = 64  # tokens before and after the drawn one that have a piece, too
NAMED = 12  # pieces from the first on, at most
REACH = 0.25  # of the strip's width that it goes on beyond its ends, then


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


def bar_row(count, place):
    """The row from below of one of so many bars, without that of all others."""
    return count - place


def bar_z(row):
    """z of the middle of a bar, by its row from below; "all others" is row 0."""
    return BAR_LOW + row * BAR_PITCH


def flown(fly, place):
    """How far the bar of a place has flown from the wall, for all of them together 0 … 1; not clipped."""
    return fly * (1 + CANDIDATES * BAR_AFTER) - place * BAR_AFTER


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


# --- the strip of all chances, 0 … 1 of its width --------------------------------------------------------


def strip_pieces(shares, drawn):
    """Probabilities [V] -> [(begin, end, first rank, tokens in it), ...] of the strip's pieces, in falling order.

    Each of the likeliest PIECES tokens has its own, and those AROUND the drawn one; the others are put together.
    """
    order = np.argsort(-shares, kind="stable")
    count = int(np.count_nonzero(shares))
    order = order[:count]
    ends = np.cumsum(shares[order])
    place = int(np.flatnonzero(order == drawn)[0])
    first = np.arange(count) < PIECES
    first |= np.abs(np.arange(count) - place) <= AROUND
    first[1:] |= first[:-1]  # what is put together begins where the piece before it ends
    starts = np.flatnonzero(first)
    begins = np.append(0.0, ends)[starts]
    return begins, np.append(begins[1:], 1.0), starts, order


def dived(shares, random, most, wide):
    """Where cumulated probabilities stand on a strip of some width after the dive; what is far beyond it ends there."""
    return np.clip((shares - random) * wide * most + wide / 2, -REACH * wide, (1 + REACH) * wide)


def worded(shares, drawn):
    """The tokens whose pieces can have their words over them, and the drawn one."""
    return np.append(strip_pieces(shares, drawn)[3][:NAMED], drawn)
