"""Where the camera stands in each act: framed from what it must hold, so that any prompt fits."""

from .. import layout
from ..cast.tokens import FACE
from ..framing import Margins, box


def row_box(cast, top, depth=0.0, earlier=False):
    """A box around the row's shown cubes up to height `top`; with the earlier tokens, if wished."""
    x = cast.script.text_x[slice(None) if earlier else slice(cast.script.earlier, None)]
    return box((x[0] - 0.75, depth - 0.5, 0.05), (x[-1] + 0.75, depth + 0.3, top))


def added(cast):
    """The row from before it, with what comes to its columns."""
    top = layout.column_top(cast.script.model.d_model, layout.SCALE_EMBEDDING)
    corners = row_box(cast, top + 0.55)
    corners[:, 0] += layout.update_offset(layout.SCALE_EMBEDDING) / 2
    return cast.picture.shot(corners, 5, 5, Margins(0.04, 0.04, 0.15, 0.08))


def whole_text(cast, depth=FACE, lift=0.0, azimuth=0.0):
    """The prompt's lines at some y and lifted, as large as the picture lets them be."""
    corners = cast.typed.box(cast.typed.end_of(cast.script.text_count)) + [0.0, depth, lift]
    return cast.picture.shot(corners, azimuth, 4, Margins(0.05, 0.05, 0.2, 0.12))


def cubes(cast, earlier=False):
    return cast.picture.shot(row_box(cast, 2.2, earlier=earlier), 12, 10)
