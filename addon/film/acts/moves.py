"""Moves that several acts share."""

from .. import layout


def row_to(cast, checkpoint, **timing):
    """Clips that take the row of cubes and vectors to a checkpoint: its numbers and its place in the stack."""
    depth = float(layout.depth_of_checkpoint(checkpoint))
    return [
        cast.columns.slot.to(checkpoint + 1.0, **timing),
        cast.columns.depth.to(depth, **timing),
        cast.tokens.row.to((0.0, depth, 0.0), **timing),
        cast.ground.to((0.0, depth, 0.0), **timing),
    ]


def bring_update(film, cast, number, scale):
    """The result of a half block appears over the columns, comes down, and is added to them.

    number: 2l + 1 for the attention of layer l, 2l + 2 for its MLP. The row goes on to checkpoint `number`.
    """
    updates = cast.updates
    height = layout.column_top(cast.script.model.d_model, scale) - layout.COLUMN_BASE
    depth = float(layout.depth_of_checkpoint(number - 1))
    film.set(
        updates.visible.on(0.0),
        updates.slot.to(number),
        updates.reveal.to(cast.script.prompt_count),
        updates.scale.to(scale),
        updates.depth.to(depth),
        updates.shift_x.to(0.0),
        updates.shift_y.to(-0.12),
        updates.shift_z.to(height + 0.25),
    )
    film.play(updates.size.to(1.0, origin=0.0), run_time=0.5, easing="out")
    film.wait(0.2)
    film.play(updates.shift_z.to(0.0), run_time=0.8, easing="cubic")
    film.play(updates.size.to(0.0), row_to(cast, number)[0], run_time=0.6)
    film.set(updates.visible.off(0.0))
