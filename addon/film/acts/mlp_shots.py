"""Where the camera stands in the third act."""

from .. import layout
from ..cast.votes import top as over_panel
from ..framing import Margins, Shot, box
from . import shots

MARGINS, NARROW_MARGINS = Margins(0.04, 0.04, 0.16, 0.08), Margins(0.016, 0.016, 0.142, 0.072)


def _depth(cast) -> float:
    return cast.script.depth(2 * cast.script.focus_layer)


def row(cast, top: float, azimuth: float = 12, elevation: float = 7, under: float = 0.08) -> Shot:
    """All tokens at the focus layer, up to a height; under: the part of the picture over it that stays free."""
    margins = Margins(0.04, 0.04, 0.15, under)
    return cast.picture.shot(shots.row_box(cast, top, _depth(cast)), azimuth, elevation, margins)


def booths(cast, azimuth: float) -> Shot:
    """The row from near, walls beside each token, under the title."""
    top = layout.column_top(cast.script.model.d_model, layout.SCALE_ATTENTION) + 0.3
    return cast.picture.shot(shots.row_box(cast, top, _depth(cast)), azimuth, 5, Margins(0.03, 0.03, 0.14, 0.21))


def panel(cast) -> Shot:
    """The last token with its column, its panel beside it, and what stands over that."""
    shown = cast.panel
    left = cast.tokens.prompt[-1].x - layout.CUBE_SIZE[0] / 2
    low = (left, shown.depth - 0.1, 0.3)
    high = (shown.x + shown.width / 2, shown.depth + 0.1, shown.z + shown.height / 2 + over_panel(cast.picture.is_wide))
    return cast.picture.shot(box(low, high), 4, 3, MARGINS if cast.picture.is_wide else NARROW_MARGINS)
