"""Where the camera stands in the third act."""

from .. import layout
from ..framing import Margins, box
from . import shots


def row(cast, top, azimuth=12, elevation=7):
    """All tokens at the focus layer, up to a height."""
    depth = cast.script.depth(2 * cast.script.focus_layer)
    return cast.picture.shot(shots.row_box(cast, top, depth), azimuth, elevation, Margins(0.05, 0.05, 0.15, 0.09))


def panel(cast):
    """The last token with its column, its panel beside it and a line of text above."""
    shown = cast.panel
    left = cast.tokens.prompt[-1].x - layout.CUBE_SIZE[0] / 2
    low = (left, shown.depth - 0.1, 0.3)
    high = (shown.x + shown.width / 2, shown.depth + 0.1, shown.z + shown.height / 2 + 0.46)
    return cast.picture.shot(box(low, high), 5, 4, Margins(0.05, 0.05, 0.16, 0.08))
