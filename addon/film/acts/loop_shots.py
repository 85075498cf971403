"""Where the camera stands while the row grows before the machine, and for the picture of them all."""

import numpy as np

from .. import layout
from ..framing import Margins, box

FRONT = -3.4  # y of the row: before the first layer
ROW_TOKENS = 6
BEFORE, NARROW_BEFORE = 2.4, 2.0  # metres of the row that are seen before its end, beside the bars
LATE = 11.0  # metres of it when it grows fast
TYPED = 0.22  # of the picture's height that the growing text takes at the top
SCALE = 0.62  # of the row's columns
POSTER_TOKENS = 26


def top(cast):
    """z of the columns' upper end."""
    return layout.column_top(cast.script.model.d_model, SCALE)


def bars_scale(cast):
    """Of the bars beside the row."""
    return 1.55 if cast.picture.is_wide else 1.5


def longest(cast):
    """Metres of the longest bar, before that scale."""
    return layout.LOOP_LONGEST if cast.picture.is_wide else 1.6


def bars_width(cast):
    return bars_scale(cast) * (layout.BAR_FOOT + longest(cast) + 1.1)


def bars_offset(cast):
    """(x, z) of the bars' lower left corner, from the last token of the row."""
    return (0.85, -0.55) if cast.picture.is_wide else (-bars_width(cast) + 0.8, top(cast) + 0.7)


def _row(cast, count, before):
    """A box around the end of the row of `count` tokens, so many metres of it."""
    x = layout.token_x(count, cast.script.prompt_count)
    return box((max(x[0], x[-1] - before) - 0.75, FRONT - 0.5, 0.1), (x[-1] + 0.75, FRONT + 0.3, top(cast)))


def row(cast):
    """The end of the row with the first drawn word, as much of it as stays legible."""
    if not cast.picture.is_wide:  # the bars will need their place over it
        return row_end(cast, 0)
    corners = _row(cast, cast.script.prompt_count + 1, (ROW_TOKENS - 1) * layout.TOKEN_PITCH)
    return cast.picture.shot(corners, 10, 6, Margins(0.04, 0.04, 0.15, 0.1 + TYPED))


def row_end(cast, step):
    """The end of the row as it is after a step, with the bars beside it."""
    corners = _row(cast, cast.script.prompt_count + step + 1, BEFORE if cast.picture.is_wide else NARROW_BEFORE)
    x, z = bars_offset(cast)
    end = layout.token_x(cast.script.prompt_count + step + 1, cast.script.prompt_count)[-1]
    high = z + bars_scale(cast) * (layout.bar_z(layout.LOOP_CANDIDATES) + layout.BAR_THICK)
    bars = box((end + x, FRONT - 0.1, max(z, 0.1)), (end + x + bars_width(cast), FRONT, high))
    return cast.picture.shot(np.concatenate([corners, bars]), 6, 5, Margins(0.04, 0.03, 0.14, 0.08 + TYPED))


def late(cast):
    """The row's end when it has come to its end: all the words that came fast."""
    count = cast.script.prompt_count + len(cast.script.recording.steps)
    corners = _row(cast, count, LATE if cast.picture.is_wide else 6.0)
    return cast.picture.shot(corners, 16, 7, Margins(0.04, 0.04, 0.15, 0.1 + TYPED))


def poster(cast, way=0.0):
    """The whole row, from its end, with the machine behind it; higher on the way. A narrow picture has room for the
    first of it only in the distance."""
    count, wide = cast.script.prompt_count + len(cast.script.recording.steps), cast.picture.is_wide
    corners = _row(cast, count, POSTER_TOKENS * layout.TOKEN_PITCH)
    if wide:
        x = cast.script.text_x[cast.script.earlier]
        machine = box((x, 0, 0), (x + 1, 0.3 * cast.stack.end, cast.stack.gate_height))
        corners = np.concatenate([corners, machine])
    margins = Margins(0.02, 0.02, 0.22, 0.35) if wide else Margins(0.02, 0.02, 0.24, 0.42)
    return cast.picture.shot(corners, (38 if wide else 33) - 4 * way, (6 if wide else 12) + 4 * way, margins)
