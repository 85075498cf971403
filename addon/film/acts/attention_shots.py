"""Where the camera stands in the second act: framed from what each picture shows."""

import numpy as np

from .. import layout
from ..framing import Margins, Shot, box

TILE_MARGINS = Margins(0.04, 0.02, 0.15, 0.08)


def _depth(cast, checkpoint=None):
    return cast.script.depth(2 * cast.script.focus_layer if checkpoint is None else checkpoint)


def top(cast, scale=layout.SCALE_ATTENTION):
    """z of the columns' upper end."""
    return layout.column_top(cast.script.model.d_model, scale)


def row(cast, high, azimuth=12, elevation=7, depth=None, earlier=True, left=0.75, right=0.75) -> Shot:
    """The row up to a height."""
    x = cast.script.text_x[slice(None) if earlier else slice(cast.script.earlier, None)]
    y = _depth(cast) if depth is None else depth
    corners = box((x[0] - left, y - 0.5, 0.1), (x[-1] + right, y + 0.2, high))
    return cast.picture.shot(corners, azimuth, elevation, Margins(0.05, 0.05, 0.16, 0.08))


def travel(cast, checkpoint) -> Shot:
    """The row with whole columns, at a checkpoint."""
    return row(cast, top(cast, layout.SCALE_EMBEDDING), 9, 8, cast.script.depth(checkpoint), earlier=False)


def tile(cast) -> Shot:
    """The tile with its words."""
    return cast.picture.shot(cast.tile.corners, 5, 2, TILE_MARGINS)


def head(cast, azimuth=11, elevation=6) -> Shot:
    """The row and the arcs of the token whose reading is followed."""
    high = top(cast) + cast.beams.height(cast.script.focus_layer, cast.script.focus_query) + 0.12
    return row(cast, max(high, cast.sources.top), azimuth, elevation)


def heads(cast) -> Shot:
    """All heads' arcs, one set behind the other."""
    script = cast.script
    x, y = script.text_x, _depth(cast)
    back = cast.beams.fan_depth
    corners = np.concatenate(
        [
            box((x[0] - 0.8, y - 0.5, 0.1), (x[-1] + 0.8, y + 0.2, top(cast) + 0.2)),
            box((x[0], y, top(cast)), (x[-1], y + back, top(cast) + cast.beams.height(script.focus_layer, fanned=True))),
        ]
    )
    return cast.picture.shot(corners, 35, 13, Margins(0.05, 0.05, 0.16, 0.08))
