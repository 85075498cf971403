"""Moves that several acts share."""

from .. import layout
from ..framing import Shot

SIX_LAYERS = 6 * layout.BLOCK_DEPTH  # metres


def row_to(cast, checkpoint, summed=1.0):
    """Clips that take the row of cubes and vectors to a checkpoint: its numbers and its place in the stack.

    summed: the part of the way after which the numbers are those of the checkpoint.
    """
    depth = cast.script.depth(checkpoint)
    return [
        cast.columns.slot.to(checkpoint + 1.0, end=summed),
        cast.columns.depth.to(depth),
        cast.tokens.row.to((0.0, depth, 0.0)),
        cast.ground.to((0.0, depth, 0.0)),
    ]


def further(shot: Shot, metres: float, higher: float = 0.0) -> Shot:
    """A Shot so many metres further along the stack, and higher."""
    return Shot(*((x, y + metres, z + higher) for x, y, z in (shot.location, shot.target)))


def over_columns(film, cast, columns, checkpoint, scale):
    """Put further columns over those of the row at a checkpoint, whole ones of cells without size."""
    height = layout.column_top(cast.script.model.d_model, scale) - layout.COLUMN_BASE
    film.set(
        columns.visible.on(0.0),
        columns.reveal.to(cast.script.prompt_count),
        columns.scale.to(scale),
        columns.depth.to(cast.script.depth(checkpoint)),
        columns.shift_x.to(0.0),
        columns.shift_y.to(-0.12),
        columns.shift_z.to(height + 0.25),
        columns.size.to(0.0),
    )


def beside(scale):
    """How far to the side of a column an update stands that is added to it."""
    return layout.update_offset(scale)


def add(film, cast, number, run_time=1.2):
    """The one picture of an addition: a line of light sweeps up both columns, and what is below it is the sum.

    number: 0 for the positions, 2l + 1 for the attention of layer l, 2l + 2 for its MLP. The updates stand beside the
    columns; what the line has passed of them is gone.
    """
    updates = cast.updates
    film.play(cast.columns.slot.to(number + 1.0), updates.passed.to(1.0), run_time=run_time, easing="linear")
    film.hear("tock", cast.columns.slot, number + 1.0, of=number)
    film.set(updates.visible.off(0.0), updates.passed.to(0.0), updates.size.to(0.0))


def machine(cast):
    """All that is seen of all layers at once, without their names and the cubes -> [Visibility]."""
    stack = cast.stack
    return [stack.rails_visible, stack.gates_visible, cast.beams.all_layers, *(trail.visible for trail in cast.trail)]


def longer(cast) -> float:
    """How many times longer a way along the machine takes than along one of six layers."""
    return max(1.0, cast.stack.end / SIX_LAYERS) ** 0.65


def standing(film, cast, part, gates=1.0, **timing):
    """Clips that let the gates stand, the vectors be written and the arcs be drawn to a part, 0 … 1.

    gates: of their height, when they stand.
    """
    stature = film.place(cast.stack.gates, "scale", (1.0, 1.0, 1.0))
    count = max(cast.script.prompt_count, cast.columns.settled.value)
    return [
        stature.dials[2].to(max(part * gates, 1e-3), **timing),
        cast.beams.all_reveal.to(part, **timing),
        [trail.reveal.to(part * count, easing="linear", **timing) for trail in cast.trail],
    ]


def sunk(film, cast, **timing):
    """Clips that sink the row and the machine into the floor."""
    return [
        standing(film, cast, 0.0, **timing),
        cast.stack.gates_visible.off(timing.get("end", 1.0)),  # what is left of them would be lines on the floor
        cast.stack.rail_length.to(0.0, **timing),
        cast.columns.size.to(0.0, **timing),
        [
            (token.sink(**timing, end=0.8), token.visible.off(0.8))  # nothing lies flat on the floor
            for token in [*cast.tokens.prompt, *cast.tokens.drawn]
        ],
    ]


def risen(film, cast, **timing):
    """Clips that undo sunk()."""
    return [
        standing(film, cast, 1.0, **timing),
        cast.stack.gates_visible.on(timing.get("start", 0.0)),
        cast.stack.rail_length.to(cast.stack.end, **timing),
        cast.columns.size.to(1.0, **timing),
        [(token.rise(**timing), token.visible.on()) for token in [*cast.tokens.prompt, *cast.tokens.drawn]],
    ]


def light(cast, strength):
    """Clips that dim the row and its columns, and the machine behind it."""
    shown = [*cast.tokens.prompt, *cast.tokens.drawn]
    columns = [cast.columns, *cast.trail]
    return [
        [(token.light.to(strength), token.word_light.to(strength)) for token in shown],
        [one.ambient.to(strength) for one in columns],
    ]
