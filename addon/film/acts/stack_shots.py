"""Where the camera stands while the row goes through the layers."""

import numpy as np

from ..cast.answers import AWAY, LAYER_Z
from ..framing import Margins, box


def flight(cast, depth, way=0.0):
    """Beside the last token and the answers, wherever the row is; way: 0 … 1 through the stack. It comes nearer when
    the title is gone."""
    last, over = cast.tokens.prompt[-1].x, 0.09 + 0.07 * max(0.0, 1 - 2.5 * way)
    left = last - (1.0 if cast.picture.is_wide else 0.75)
    corners = box((left, depth - 0.3, 0.2), (last + AWAY + cast.answers.width + 0.2, depth + 0.1, LAYER_Z + 0.36))
    return cast.picture.shot(corners, 3 + 4 * way, 4, Margins(0.03, 0.03, 0.155, over))


def same_end(cast, way=0.0):
    """The three texts with their columns and answers; way: 0 … 1, a slow push."""
    edge = 0.03 * (1.0 - way)
    return cast.picture.shot(cast.same_end.corners, 1.5, 3, Margins(edge, edge, 0.155 - edge / 2, 0.075 + edge / 2))


def whole(cast, way=0.0):
    """The whole machine from the left, from a little above: the first row is near, the last vector far; it comes round
    on the way."""
    x = cast.script.text_x
    top = cast.stack.gate_height
    near = box((x[0] - 1.2, -0.5, 0.0), (x[-1] + 0.7, 0.5, top * 0.55))  # with the foot of the first gate
    far = box((x[0], cast.stack.end - 2, 1), (x[-1], cast.stack.end, top * 0.86))
    azimuth, elevation = (-29 + 10 * way, 17.5 - 2 * way) if cast.picture.is_wide else (-13 + 6 * way, 34 - 5 * way)
    return cast.picture.shot(np.concatenate([near, far]), azimuth, elevation, Margins(0.03, 0.03, 0.16, 0.08))
