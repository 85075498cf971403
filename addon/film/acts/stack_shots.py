"""Where the camera stands while the row goes through the layers."""

import numpy as np

from .. import layout
from ..cast import answers
from ..cast.flight import BESIDE, OVER
from ..cast.stack import BESIDE as GATE_BESIDE
from ..framing import Margins, box


def flight(cast, depth, way=0.0, pull=1.0):
    """Behind the last token and beside the answers, wherever the row is, so that gates open up around it; way: 0 … 1
    through the stack, on which the camera sinks; pull: of the distance."""
    last, board = cast.tokens.prompt[-1].x, cast.answers
    gate = layout.column_top(cast.script.model.d_model, layout.flight_scale(cast.picture.is_wide)) + OVER
    right, high = board.left + board.width + 0.1, max(board.foot + answers.HIGH, gate)
    left = min(-BESIDE - 0.15, board.left - 0.1)
    corners = box((last + left, depth - 0.3, 0.2), (last + max(right, BESIDE + 0.15), depth + 0.1, high))
    azimuth = -8 + 3 * way if cast.picture.is_wide else -3
    low, least, title = (0.15, 0.07, 0.06) if cast.picture.is_wide else (0.14, 0.02, 0.075)
    over = least + title * max(0.0, 1.0 - 3.0 * way)  # the title's place, as long as it stands there
    return cast.picture.shot(corners, azimuth, 6 - 2 * way, Margins(0.02, 0.02, low, over), pull)


def flipped(cast):
    """The last vector, as high as the board beside it, and the answers: nearer than on the flight."""
    last, board, depth = cast.tokens.prompt[-1].x, cast.answers, cast.script.depth(2 * cast.script.model.n_layer)
    right, high = board.left + board.width + 0.1, board.foot + answers.HIGH
    left = min(-0.85, board.left - 0.1)
    corners = box((last + left, depth - 0.3, 0.25), (last + max(right, 0.85), depth + 0.1, high))
    margins = Margins(0.08, 0.06, 0.155, 0.075) if cast.picture.is_wide else Margins(0.02, 0.02, 0.14, 0.04)
    return cast.picture.shot(corners, -3, 4, margins)


def same_end(cast, way=0.0):
    """The three texts with their columns and answers; way: 0 … 1, a slow push."""
    edge = 0.04 - 0.025 * way
    return cast.picture.shot(cast.same_end.corners, 1.5, 3, Margins(edge, edge, 0.155 - edge / 2, 0.075 + edge / 2))


def front(cast):
    """The first words from near and from the right, with the layers behind them."""
    return cast.picture.shot(_front_row(cast), 30, 5, Margins(0.03, 0.03, 0.15, 0.5))


def whole(cast):
    """The whole machine from the right and from above: the first words are near, the last vector far."""
    x, stack = cast.script.text_x, cast.stack
    gate = box((x[0] - 0.5, stack.places[0], 0.5), (x[-1] + GATE_BESIDE, stack.places[0], stack.gate_height))
    far = box((x[-1] - 0.5, stack.end - 2, 1), (x[-1] + 0.5, stack.end, stack.gate_height))
    corners = np.concatenate([_front_row(cast), gate, far])
    azimuth, elevation = (33, 11) if cast.picture.is_wide else (9, 32)
    return cast.picture.shot(corners, azimuth, elevation, Margins(0.03, 0.07, 0.14, 0.1))


def _front_row(cast):
    x = cast.script.text_x
    return box((x[0] - 0.7, -0.5, 0.25), (x[-1] + 0.7, 0.5, 1.2))
