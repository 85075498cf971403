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
    gate = layout.column_top(cast.script.model.d_model, layout.SCALE_FLIGHT) + OVER
    right, high = board.left + board.width + 0.1, max(board.foot + answers.HIGH, gate)
    corners = box((last - BESIDE - 0.15, depth - 0.3, 0.2), (last + max(right, BESIDE + 0.15), depth + 0.1, high))
    azimuth = -8 + 3 * way if cast.picture.is_wide else -3
    over = 0.075 + 0.06 * max(0.0, 1.0 - 3.0 * way)  # the title's place, as long as it stands there
    return cast.picture.shot(corners, azimuth, 6 - 2 * way, Margins(0.03, 0.03, 0.155, over), pull)


def same_end(cast, way=0.0):
    """The three texts with their columns and answers; way: 0 … 1, a slow push."""
    edge = 0.04 - 0.025 * way
    return cast.picture.shot(cast.same_end.corners, 1.5, 3, Margins(edge, edge, 0.155 - edge / 2, 0.075 + edge / 2))


def whole(cast, way=0.0):
    """The whole machine from the left, from a little above: the first row is near, the last vector far; it comes round
    on the way."""
    x, stack = cast.script.text_x, cast.stack
    near = box((x[0] - 0.7, -0.5, 0.25), (x[-1] + 0.7, 0.5, 1.2))
    gate = box((x[0] - 0.5, stack.places[0], 0.5), (x[-1] + GATE_BESIDE, stack.places[0], stack.gate_height))
    far = box((x[0], stack.end - 2, 1), (x[-1], stack.end, stack.gate_height))
    azimuth, elevation = (-30 + 11 * way, 15 - 2 * way) if cast.picture.is_wide else (-13 + 6 * way, 34 - 5 * way)
    return cast.picture.shot(np.concatenate([near, gate, far]), azimuth, elevation, Margins(0.03, 0.03, 0.13, 0.12))
