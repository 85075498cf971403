"""Where the camera stands in each act: framed from what it must hold, so that any prompt fits."""

from .. import layout
from ..framing import box


def row_box(cast, top, depth=0.0, earlier=False):
    """A box around the row's shown cubes up to height `top`; with the earlier tokens, if wished."""
    x = cast.script.text_x[slice(None) if earlier else slice(cast.script.earlier, None)]
    return box((x[0] - 0.75, depth - 0.5, 0.05), (x[-1] + 0.75, depth + 0.3, top))


def embedding(cast):
    top = layout.column_top(cast.script.model.d_model, layout.SCALE_EMBEDDING)
    return cast.picture.shot(row_box(cast, top), 17, 9)


def cubes(cast, earlier=False):
    return cast.picture.shot(row_box(cast, 2.2, earlier=earlier), 12, 10)
