"""Where the camera stands while the row grows before the machine, and for the picture of them all."""

import numpy as np

from .. import layout
from ..framing import Margins, box

FRONT = -3.4  # y of the row: before the first layer
WORD_EDGE = 0.56  # metres from a seat to the right end of the word in it
SEAT, LATE_SEAT = 0.65, 0.85  # of the picture's width: where the newest cube is, and where it is without bars beside it
BEFORE, NARROW_BEFORE = 4.4, 1.6  # metres of the row that are seen before it
LATE, NARROW_LATE = 5.2, 3.0  # and when it grows fast
BARS = 1.25  # size of bars, words and percentages
BESIDE, NARROW_BESIDE = 2.7, 2.5  # metres beside the newest cube, for its bar
TYPED, NARROW_TYPED = (0.08, 0.175), (0.06, 0.147)  # of the picture's height: over the growing text, and of each line
ABOVE = 3  # degrees: the layers behind the first are seen over it, and don't rise into the text
OVER = 1.1  # metres over the columns: for the bracket of a word, or the bar in a narrow picture
SCALE = 0.38  # of the row's columns
GATES = 0.52  # of their height, so that they stand below the text
NARROW_POSTER = 7, 10  # tokens that are seen of the row in a narrow picture, at first and in the end
DEEP, NARROW_DEEP, STANDS = 0.45, 0.08, 0.8  # of the machine's depth and of its height, that the poster is framed for


def top(cast):
    """z of the columns' upper end."""
    return layout.column_top(cast.script.model.d_model, SCALE)


def bars_at(cast, step):
    """Where the bars stand so that the drawn word is where its cube will be; in a narrow picture, over that."""
    end = layout.token_x(cast.script.prompt_count + step + 1, cast.script.prompt_count)[-1]
    middle = layout.CUBE_FLOAT + layout.CUBE_SIZE[2] / 2
    if cast.picture.is_wide:
        return end + WORD_EDGE - BARS * (layout.BAR_FOOT - 0.12), FRONT - 0.4, middle - BARS * layout.bar_z(1)
    return end - BARS * (layout.BAR_FOOT + 0.2), FRONT - 0.4, top(cast) + 0.5 - BARS * layout.bar_z(1)


def longest(cast):
    """Metres of the longest bar of the loop."""
    return layout.LOOP_LONGEST if cast.picture.is_wide else 0.9


def _row(cast, count, before, after=0.75, high=None):
    """A box around the end of the row of `count` tokens, so many metres of it."""
    x = layout.token_x(count, cast.script.prompt_count)
    low = (max(x[0], x[-1] - before) - 0.75, FRONT - 0.5, 0.1)
    return box(low, (x[-1] + after, FRONT + 0.3, high or top(cast)))


def _end(cast, count, wide, narrow, rows, azimuth, seat=SEAT, beside=BESIDE):
    """The end of the row with its newest cube at a seat, and room over it for so many lines of text."""
    is_wide = cast.picture.is_wide
    before = wide if is_wide else narrow
    after = max((before + 0.75) * (1 - seat) / seat, beside if is_wide else NARROW_BESIDE)
    corners = _row(cast, count, before, after, top(cast) + OVER)
    azimuth = azimuth if is_wide else azimuth / 2  # else words and their bars, which stand before them, part
    first, line = TYPED if is_wide else NARROW_TYPED
    return cast.picture.shot(corners, azimuth, ABOVE, Margins(0.0, 0.02, 0.13, first + rows * line))


def row(cast):
    """The end of the row with the first drawn word."""
    return row_end(cast, 0)


def row_end(cast, step):
    """The end of the row as it is after a step, with the bar beside it."""
    return _end(cast, cast.script.prompt_count + step + 1, BEFORE, NARROW_BEFORE, 1, 20)


def late(cast, step, way=1.0):
    """The row's end after a step of the fast ones; more of it, and from further round, on the way (0 … 1)."""
    wide, narrow = BEFORE + (LATE - BEFORE) * way, NARROW_BEFORE + (NARROW_LATE - NARROW_BEFORE) * way
    seat, count = SEAT + (LATE_SEAT - SEAT) * way, cast.script.prompt_count + step + 1
    return _end(cast, count, wide, narrow, 1.6 + 0.4 * way, 20 + 6 * way, seat, 0.75)


def under(cast, rows):
    """The end of the whole row, lower in the picture: so many lines of text stand over it."""
    steps = len(cast.script.recording.steps)
    wide, narrow = 1.1 * LATE, NARROW_LATE
    return _end(cast, cast.script.prompt_count + steps, wide, narrow, rows - 1.6, 24, LATE_SEAT, 0.75)


def poster(cast, covered, way=0.0):
    """The whole row with the machine behind it; from higher up on the way. A narrow picture has room for its first
    tokens only in the distance. covered: of the picture's height, by the text at the top."""
    count, wide = cast.script.prompt_count + len(cast.script.recording.steps), cast.picture.is_wide
    first, last = (count, count) if wide else NARROW_POSTER
    corners = _row(cast, count, (first + (last - first) * way) * layout.TOKEN_PITCH)
    x, deep = (corners[:, 0].min(), corners[:, 0].max()), DEEP if wide else NARROW_DEEP
    machine = box((x[0], 0, 0), (x[1], deep * cast.stack.end, STANDS * cast.stack.gate_height))
    corners = np.concatenate([corners, machine])
    margins = Margins(0.01, 0.0, 0.22, covered - 0.03) if wide else Margins(0.0, 0.0, 0.14, covered + 0.1)
    azimuth, elevation = (32 - 9 * way, 5 + way) if wide else (33 - 2 * way, 12 + 3 * way)
    return cast.picture.shot(corners, azimuth, elevation, margins)
