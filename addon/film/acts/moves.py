"""Moves that several acts share."""

from .. import layout


def row_to(cast, checkpoint, **timing):
    """Clips that take the row of cubes and vectors to a checkpoint: its numbers and its place in the stack."""
    depth = cast.script.depth(checkpoint)
    return [
        cast.columns.slot.to(checkpoint + 1.0, **timing),
        cast.columns.depth.to(depth, **timing),
        cast.tokens.row.to((0.0, depth, 0.0), **timing),
        cast.ground.to((0.0, depth, 0.0), **timing),
    ]


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


def bring_update(film, cast, number, scale, grown=None):
    """The result of a half block appears over the columns, comes down, and is added to them.

    number: 2l + 1 for the attention of layer l, 2l + 2 for its MLP. The row goes on to checkpoint `number`.
    grown: columns that show the result there already; the update takes their place.
    """
    updates = cast.updates
    over_columns(film, cast, updates, number - 1, scale)
    film.set(updates.slot.to(number))
    if grown:
        film.set(grown.visible.off(0.0), updates.size.to(1.0))
    else:
        film.play(updates.size.to(1.0), run_time=0.5, easing="out")
        film.wait(0.2)
    film.play(updates.shift_z.to(0.0), run_time=0.8, easing="cubic")
    film.play(updates.size.to(0.0), row_to(cast, number)[0], run_time=0.6)
    film.set(updates.visible.off(0.0))
