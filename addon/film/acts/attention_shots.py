"""Where the camera stands in the second act: framed from what each picture shows."""

import numpy as np

from .. import layout
from ..cast import Cast
from ..framing import Margins, Shot, box

TILE_MARGINS, NARROW_TILE = Margins(0.045, 0.045, 0.15, 0.07), Margins(0.012, 0.012, 0.15, 0.07)
NARROW_MARGINS = Margins(0.015, 0.015, 0.112, 0.05)  # of what stands one over the other


def _depth(cast, checkpoint=None):
    return cast.script.depth(2 * cast.script.focus_layer if checkpoint is None else checkpoint)


def top(cast, scale=layout.SCALE_ATTENTION):
    """z of the columns' upper end."""
    return layout.column_top(cast.script.model.d_model, scale)


def row(cast, high, azimuth=12, elevation=7, depth=None, earlier=True, left=0.65, right=0.65) -> Shot:
    """The row up to a height."""
    x = cast.script.text_x[slice(None) if earlier else slice(cast.script.earlier, None)]
    y = _depth(cast) if depth is None else depth
    corners = box((x[0] - left, y - 0.5, 0.1), (x[-1] + right, y + 0.2, high))
    return cast.picture.shot(corners, azimuth, elevation, Margins(0.02, 0.02, 0.14, 0.06))


def travel(cast, layer, pull=1.0) -> Shot:
    """The row with whole columns as it stands in a layer, within that one's gate; pull: from so much further away."""
    gates, y = cast.gates, cast.script.depth(2 * layer) - cast.script.block_depth / 4
    x = cast.script.text_x[cast.script.earlier :]
    middle, half = (x[0] + x[-1]) / 2, gates.width / 2
    corners = box((middle - half, y, 0.3), (middle + half, y, gates.height + 0.05))
    # Over the gate there is room for the act's title.
    return cast.picture.shot(corners, 0, 4, Margins(0.0, 0.0, 0.12, 0.17), pull)


def worked(cast) -> Shot:
    """The row, low, and the query's product over it."""
    made = cast.worked.query
    return _over_row(cast, made.corners + [dial.value for dial in made.wall.place.dials] if made else None)


def scored(cast) -> Shot:
    """The row, low, and a score over it."""
    made = cast.worked.score
    return _over_row(cast, made.corners + np.array(cast.worked.score_home) if made else None)


def _over_row(cast, corners) -> Shot:
    # A narrow picture would be too small for the whole row.
    (left, right), y = cast.worked.cubes, _depth(cast)
    shown = [box((left, y - 0.5, 0.1), (right, y + 0.2, 1.3))]
    shown += [] if corners is None else [corners]
    return cast.picture.shot(np.concatenate(shown), 4, 4, Margins(0.03, 0.03, 0.135, 0.055))


def row_box(cast, high, y):
    x = cast.script.text_x[cast.script.earlier :]
    return box((x[0] - 0.75, y - 0.5, 0.1), (x[-1] + 0.75, y + 0.2, high))


def values(cast) -> Shot:
    """The row, and what is mixed over the reader."""
    return cast.picture.shot(_mixed(cast), 5, 4, Margins(0.03, 0.03, 0.15, 0.08))


def value(cast: Cast) -> Shot:
    """The row, and the product over it that makes a value; without one what is mixed."""
    made, y = cast.worked.value, _depth(cast)
    if made is None:
        return values(cast)
    wall = made.corners + [dial.value for dial in made.wall.place.dials]
    margins = Margins(0.04, 0.04, 0.15, 0.06) if cast.picture.is_wide else NARROW_MARGINS
    return cast.picture.shot(np.concatenate([row_box(cast, 3.0, y), wall]), 5, 4, margins)


def projected(cast) -> Shot:
    """The projection, and the reader beside it, whose update it makes."""
    out, x, y = cast.worked.out, cast.worked.reader_x, _depth(cast)
    reader = box((x - 0.7, y - 0.5, 0.2), (x + 0.75, y + 0.1, top(cast) + 0.1))
    wall = np.array([dial.value for dial in out.wall.place.dials]) + out.corners if out else np.zeros((0, 3))
    margins = Margins(0.04, 0.04, 0.15, 0.08) if cast.picture.is_wide else NARROW_MARGINS
    return cast.picture.shot(np.concatenate([reader, wall]), 0, 3, margins)


def _mixed(cast):
    mixing, y = cast.worked.mixing, _depth(cast)
    x = mixing.place[0]
    high = max(mixing.top, top(cast) + cast.beams.height(cast.script.focus_layer, even=True))
    near = x - mixing.grid.side * mixing.grid.block[0] / 2
    left, right = sorted((near, near + mixing.grid.side * mixing.grid.width))
    return np.concatenate([row_box(cast, 3.0, y), box((left, y, 3.0), (right, y, high))])


def dial(cast):
    """Where the dial stands that says how far the reader turns: where the matrix was, in a narrow picture over it."""
    x, y = cast.worked.reader_x, _depth(cast) - 0.2
    high = top(cast, layout.SCALE_EMBEDDING)
    return (x - 3.6, y, high - 2.35) if cast.picture.is_wide else (x + 0.35, y, high + 1.6)


def turned(cast) -> Shot:
    """The reader with its update, and how far its vector turns."""
    x, y = cast.worked.reader_x, _depth(cast)
    left, right, high = (5.8, 1.5, 0.1) if cast.picture.is_wide else (1.9, 2.6, 3.8)
    corners = box((x - left, y - 0.5, 0.3), (x + right, y + 0.1, top(cast, layout.SCALE_EMBEDDING) + high))
    margins = Margins(0.04, 0.04, 0.14, 0.06) if cast.picture.is_wide else NARROW_MARGINS
    return cast.picture.shot(corners, 0, 3, margins)


def tile(cast, bars=False) -> Shot:
    """The tile with its words; or without those over it, and with the bars of the row that comes down."""
    reach = cast.tile.corners
    if bars:
        reach = np.concatenate([np.minimum(reach, [np.inf, np.inf, cast.tile.top]), cast.tile.bars])
    return cast.picture.shot(reach, 5, 2, TILE_MARGINS if cast.picture.is_wide else NARROW_TILE)


def head(cast, azimuth=11, elevation=6) -> Shot:
    """The row and the arcs of the token whose reading is followed."""
    return row(cast, _over_arcs(cast), azimuth, elevation)


def _over_arcs(cast):
    """z over the arcs of the token whose reading is followed."""
    high = top(cast) + cast.beams.height(cast.script.focus_layer, cast.script.focus_query) + 0.12
    return max(high, cast.sources.top)


def heads(cast) -> Shot:
    """The places of all heads, over the row."""
    grid, y = cast.beams.heads, _depth(cast)
    left, low = grid.middle - grid.width / 2, grid.foot - 0.24 * grid.place[1]
    corners = box((left, y - 0.1, low), (left + grid.width, y + 0.1, grid.foot + grid.height - 0.3 * grid.place[1]))
    return cast.picture.shot(corners, 0, 0, Margins(0.03, 0.03, 0.15, 0.12 + cast.picture.top / 8))
