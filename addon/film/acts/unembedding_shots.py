"""Where the camera stands for the last vector, the wall, the bars, the strip, and the row that grows."""

import numpy as np

from .. import layout
from ..cast import LOOP_SCALE
from ..cast.sampling import DIVED_HEIGHT
from ..framing import Margins, box

ROW_TOKENS = 8
ROW_BEFORE = 4.0  # metres of the row that the loop shows before its end
TYPED = 0.20  # of the picture's height that the growing text takes at the top


def stage(cast, azimuth=4, elevation=4):
    """The last column with the wall or the bars beside it; in a narrow picture, below them."""
    board = cast.board
    low = (min(board.last - 0.72, board.left), board.y - 0.45, 0.25)
    high = (max(board.last + 0.72, board.left + board.width), board.y + 0.4, max(board.top, board.low + 4.6))
    return cast.picture.shot(box(low, high), azimuth, elevation, Margins(0.04, 0.04, 0.15, 0.13))


def arrived(cast):
    """The whole row, with its columns, where the last layer has left it."""
    x = layout.token_x(cast.script.prompt_count, cast.script.prompt_count)
    top = layout.column_top(cast.script.model.d_model, layout.SCALE_UNEMBEDDING)
    corners = box((x[0] - 0.75, cast.board.y - 0.5, 0.1), (x[-1] + 0.75, cast.board.y + 0.3, top))
    return cast.picture.shot(corners, 10, 6)


def strip(cast):
    """The whole strip, as wide as the picture's margins allow."""
    board = cast.board
    x, z = (board.strip_x, board.strip_x + board.strip_width), board.strip_z
    corners = box((x[0], board.y, z - 1.0), (x[1], board.y, z + 1.0))
    return cast.picture.shot(corners, 0, 2, Margins(0.05, 0.05, 0.17, 0.1))


def door(cast):
    """The piece that the dive ends before, with the word over it."""
    board = cast.board
    middle, half = board.strip_x + board.strip_width / 2, board.strip_width * 0.44
    high = DIVED_HEIGHT * board.strip_width
    low, top = board.strip_z - high / 2 - 1.3, board.strip_z + high / 2 + 1.2
    return cast.picture.shot(box((middle - half, board.y, low), (middle + half, board.y, top)), 0, 1)


def row(cast):
    """The end of the row with the first drawn word, as much of it as stays legible."""
    x = layout.token_x(cast.script.prompt_count + 1, cast.script.prompt_count)
    x = x[-min(len(x), ROW_TOKENS if cast.board.wide else 5) :]
    top = layout.column_top(cast.script.model.d_model, layout.SCALE_ATTENTION)
    corners = box((x[0] - 0.7, cast.board.y - 0.5, 0.1), (x[-1] + 0.7, cast.board.y + 0.3, top))
    return cast.picture.shot(corners, 10, 6, Margins(0.04, 0.04, 0.15, 0.1 + TYPED))


def row_end(cast, step, back=ROW_BEFORE):
    """The end of the row as it is after a step, with the bars beside it."""
    x = layout.token_x(cast.script.prompt_count + step + 1, cast.script.prompt_count)[-1]
    if not cast.board.wide:
        back = min(back, 2.4)
    first = layout.token_x(1, cast.script.prompt_count)[0]
    left = max(x - back, first) - 0.7
    top = layout.column_top(cast.script.model.d_model, layout.SCALE_ATTENTION)
    right, high = (x + bars_offset(cast)[0] + loop_width(cast), top) if cast.board.wide else (x + 0.75, 7.3)
    corners = box((left, cast.board.y - 0.5, 0.1), (right, cast.board.y + 0.3, high))
    return cast.picture.shot(corners, 4, 5, Margins(0.04, 0.04, 0.15, 0.1 + TYPED))


def bars_offset(cast):
    """(x, z) of the bars' lower left corner in the loop, from the last token of the row."""
    if cast.board.wide:
        return 0.85, 0.1
    top = layout.column_top(cast.script.model.d_model, layout.SCALE_ATTENTION)
    return -loop_width(cast) + 0.8, top + 0.95


def loop_width(cast):
    return LOOP_SCALE * (layout.BAR_FOOT + loop_longest(cast) + 1.1)


def loop_longest(cast):
    """Metres of the longest bar, before the bars' scale in the loop."""
    return layout.LOOP_LONGEST if cast.board.wide else 1.6


def poster(cast):
    """The whole row from its end."""
    x = cast.script.text_x[cast.script.earlier]
    end = layout.token_x(cast.script.prompt_count + len(cast.script.recording.steps), cast.script.prompt_count)[-1]
    top = layout.column_top(cast.script.model.d_model, layout.SCALE_ATTENTION)
    near = np.array([max(x, end - 24.0), end])
    corners = box((near[0] - 0.7, cast.board.y - 0.5, 0.1), (near[1] + 0.7, cast.board.y + 0.3, top))
    return cast.picture.shot(corners, 24, 6, Margins(0.03, 0.03, 0.13, 0.6))
