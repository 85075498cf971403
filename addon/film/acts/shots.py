"""Where the camera stands in each act: framed from what it must hold, so that any prompt fits."""

import numpy as np

from .. import layout
from ..framing import Margins, box


def row_box(cast, top, depth=0.0, earlier=False):
    """A box around the row's shown cubes up to height `top`; with the earlier tokens, if wished."""
    x = cast.script.text_x[slice(None) if earlier else slice(cast.script.earlier, None)]
    return box((x[0] - 0.75, depth - 0.5, 0.05), (x[-1] + 0.75, depth + 0.3, top))


def embedding(cast):
    top = layout.column_top(cast.script.model.d_model, layout.SCALE_EMBEDDING)
    return cast.picture.shot(row_box(cast, top), 17, 9)


def added(cast):
    """The row from before it, with what comes to its columns."""
    top = layout.column_top(cast.script.model.d_model, layout.SCALE_EMBEDDING)
    corners = row_box(cast, top + 0.55)
    corners[:, 0] += layout.update_offset(layout.SCALE_EMBEDDING) / 2
    return cast.picture.shot(corners, 5, 5, Margins(0.04, 0.04, 0.15, 0.08))


def opened(cast):
    """The line of text, or its lines, with room for a cube around each word."""
    seats = np.array([(token.x, token.sentence[1]) for token in cast.tokens.prompt])
    (left, low), (right, high) = seats.min(0), seats.max(0)
    corners = box((left - 0.75, -0.5, low - 0.5), (right + 0.75, 0.3, high + 0.5))
    return cast.picture.shot(corners, 0, 0, Margins(0.03, 0.03, 0.3, 0.3))


def cubes(cast, earlier=False):
    return cast.picture.shot(row_box(cast, 2.2, earlier=earlier), 12, 10)
