"""Where the camera stands in each act: framed from what it must hold, so that any prompt fits."""

import numpy as np

from .. import layout
from ..framing import Margins, box

FLIGHT_TOKENS = 8  # how much of the row the flight shows
FLIGHT_TOP = 6.5  # metres; of higher gates and arcs, the flight shows the lower part


def row_box(cast, top, depth=0.0, earlier=False):
    """A box around the row's shown cubes up to height `top`; with the earlier tokens, if wished."""
    x = cast.script.text_x[slice(None) if earlier else slice(cast.script.earlier, None)]
    return box((x[0] - 0.75, depth - 0.5, 0.05), (x[-1] + 0.75, depth + 0.3, top))


def sentence(cast):
    half = max(cast.tokens.sentence_width / 2, 3.2)
    middle, tall = cast.tokens.sentence_z, cast.tokens.sentence_lines * 0.5
    lines = box((-half, 0, middle - tall), (half, 0, middle + tall))
    return cast.picture.shot(lines, 0, 3, Margins(0.08, 0.08, 0.2, 0.15), pull=1.05)


def embedding(cast):
    top = layout.column_top(cast.script.model.d_model, layout.SCALE_EMBEDDING)
    return cast.picture.shot(row_box(cast, top), 17, 9)


def cubes(cast, earlier=False):
    return cast.picture.shot(row_box(cast, 2.2, earlier=earlier), 12, 10)


def overview(cast):
    """The whole machine from the left, above: it recedes to the upper left."""
    x = cast.script.text_x
    corners = np.concatenate(
        [
            box((x[0] - 1, -0.5, 0), (x[-1] + 1, 0.5, cast.stack.gate_height)),
            box((x[0] - 1, cast.stack.end - 2, 0), (x[-1] + 1, cast.stack.end, cast.stack.gate_height)),
        ]
    )
    return cast.picture.shot(corners, -32, 24, Margins(0.04, 0.04, 0.15, 0.08))


def flight(cast, layer):
    """With the row's last tokens as it reaches a layer: the words beside the last one, the gates ahead."""
    x = cast.script.text_x[-min(FLIGHT_TOKENS, cast.script.prompt_count) :]
    top = min(cast.stack.gate_height, FLIGHT_TOP)
    depth = cast.script.depth(2 * layer)
    row = box((x[0] - 0.75, depth - cast.script.block_depth * 0.4, 0.1), (x[-1] + 4.8, depth + 0.6, top))
    return cast.picture.shot(row, 13, 14, Margins(0.05, 0.05, 0.16, 0.1))
