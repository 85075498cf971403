"""Where the camera stands in each act: framed from what it must hold, so that any prompt fits."""

import numpy as np

from .. import layout
from ..cast import LOOP_SCALE
from ..framing import Margins, box

LOOP_TOKENS, FLIGHT_TOKENS = 10, 8  # how much of the row the loop shows, and the flight
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


def last_vector(cast):
    """The column that goes on alone, with room at its side."""
    last = cast.tokens.prompt[-1].x
    top = layout.column_top(cast.script.model.d_model, layout.SCALE_UNEMBEDDING)
    corners = box((last - 3.0, cast.stack.end - 0.5, 0.05), (last + 3.0, cast.stack.end + 0.3, top))
    return cast.picture.shot(corners, 8, 9)


def bars(cast, elevation=12):
    last = cast.tokens.prompt[-1].x
    width = cast.bars[0].width
    top = cast.bars[0].top + 0.15
    left = cast.bars[0].object.location.x
    front = cast.draw.strip.location.y
    corners = box((last - 0.75, front, 0.0), (left + width, cast.stack.end + 0.3, top))
    return cast.picture.shot(corners, 5, elevation)


def row_and_bars(cast, step):
    """The grown row, its last tokens at least, and the bars of the step over its end."""
    count = cast.script.prompt_count + step
    x = layout.token_x(count + 1, cast.script.prompt_count)
    bars = cast.bars[min(step, len(cast.bars) - 1)]
    left = x[max(0, count - min(LOOP_TOKENS, cast.picture.most_tokens))] - 0.75
    right = max(x[-1] + 0.8, bars.object.location.x + bars.width * LOOP_SCALE)
    top = bars.object.location.z + bars.top * LOOP_SCALE
    return cast.picture.shot(box((left, cast.stack.end - 0.6, 0.0), (right, cast.stack.end + 0.3, top)), 4, 7)
