"""Where the camera stands in each act: framed from what it must hold, so that any prompt fits."""

from .. import layout
from ..cast.tokens import FACE
from ..framing import Margins, box

CLOSE = 3.8  # width of what is seen of the text from near, of its height


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


def along_text(cast, way, depth=FACE, lift=0.0):
    """Some words of the text, at some y and lifted: from the first ones to the last, on the way 0 … 1."""
    corners = cast.typed.box(cast.typed.end_of(cast.script.text_count)) + [0.0, depth, lift]
    (left, _, low), (right, _, high) = corners.min(0), corners.max(0)
    wide = min(right - left, CLOSE * (high - low))
    left += way * (right - left - wide)
    return cast.picture.shot(box((left, depth, low), (left + wide, depth, high)), -6, 4, Margins(0.04, 0.04, 0.2, 0.12))


def cubes(cast, earlier=False):
    return cast.picture.shot(row_box(cast, 2.2, earlier=earlier), 12, 10)
