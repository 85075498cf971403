"""All layers: the last vector goes through them, and the answer forms beside it."""

import numpy as np

from ...sound.mapping import lit
from .. import layout
from ..cast.answers import HIGH, changes_its_mind
from ..cast.beams import PASSED
from . import stack_shots as shots
from .moves import further, longer, row_to

NEARER = 1.1  # seconds in which the camera comes to the last token
FLIGHT_SECONDS, SHORTEST_LAYER, LAST_LAYER = 6.6, 0.2, 2.8
LAMPS_BEHIND, LAMPS_BASE = 0.45, 1.78  # metres: of the neurons from the column, and of their lower edge
STILL, CHANGED = 0.6, 1.36  # half layers before which no word of the board changes, and after which all have
SUMMED, SOON = 0.6, 0.3  # of each half layer: when its sums are done; of the one whose answer changes slowly
ENDS = 3.0  # seconds in which three last vectors go through all layers
PASS_SECONDS, GROWN = 4.1, 0.5  # of the camera along the whole machine; in which its arcs are drawn at first
WORDS_LIGHT = 0.4  # of the other words, in a narrow picture
SETS_OFF, ARRIVES = 0.08, 0.74  # parts of it at which the light enters the first layer, and leaves the last
FAINT = 0.3  # of their light, that they come with
NAMED = 0.8  # the same for the layers' numbers, which cross a wide picture's edge before that


def stack(film, cast):
    with film.act("stack"):
        _flight(film, cast)
        if cast.same_end:
            _same_end(film, cast)
        _whole(film, cast)


def _flight(film, cast):
    script, answers = cast.script, cast.answers
    n_layer = script.model.n_layer
    flips = changes_its_mind(script.recording.lens)
    film.beat("flight")
    film.subject(cast.tokens.prompt[-1].cube, cast.columns.object, answers.object)
    film.caption("stack.flight")
    _set_out(film, cast)
    film.hear("lens", answers.shown, 1.0, of=0, lasts=0.8)
    film.wait(0.4)
    ordinary = n_layer - 1 if flips else n_layer
    seconds = max(FLIGHT_SECONDS / n_layer, SHORTEST_LAYER)
    for layer in range(ordinary):
        _layer(film, cast, layer, seconds)
    if flips:
        film.beat("flip")
        film.subject(cast.tokens.prompt[-1].cube, cast.columns.object, answers.object)
        film.quiet()
        film.wait(0.2)
        _layer(film, cast, n_layer - 1, LAST_LAYER, easing="smooth", caption="stack.flip")
        film.play(
            cast.camera.to(shots.flipped(cast)),
            cast.columns.scale.to(_as_high_as_the_board(cast), easing="smooth"),
            run_time=1.2,
        )
    else:
        film.wait(0.6)
    _arrive(film, cast)


def _as_high_as_the_board(cast) -> float:
    """The scale of the last column at which it ends where the board does."""
    high = layout.column_top(cast.script.model.d_model, 1.0) - layout.COLUMN_BASE
    board = cast.answers.foot + HIGH - layout.COLUMN_BASE
    return board / high if cast.picture.is_wide else layout.flight_scale(False)


def _set_out(film, cast):
    """The last token stands alone before the first gate, as it was there: row and camera go back together, unseen."""
    script, flight, neurons, columns = cast.script, cast.flight, cast.neurons, cast.columns
    others, last = cast.tokens.prompt[:-1], script.prompt_count - 1
    moved = film.shows("mlp", "add")
    film.cut(further(cast.camera.shot, -columns.depth.value) if moved else shots.flight(cast, 0.0, pull=1.2))
    slot = columns.slot.value
    film.set(
        row_to(cast, 0),
        columns.spot.to(last),
        cast.stack.rail_length.to(cast.stack.end),
        flight.frames_visible.on(0.0),
        flight.visible.on(0.0),
        neurons.visible.on(0.0),
        neurons.base.to(LAMPS_BASE),
        neurons.first.to(last),
    )
    gates = film.place(flight.frames, "scale", (1.0, 1.0, 1.0)).dials[2]
    leave = [
        columns.scale.to(layout.flight_scale(cast.picture.is_wide)),
        columns.solo.to(1.0, end=0.6, easing="linear"),
        [(token.sink(end=0.6), token.visible.off(0.6)) for token in others],
    ]
    if not cast.picture.is_wide:  # their words are small there
        film.set([token.word_light.to(WORDS_LIGHT) for token in others])
    if moved:
        leave.append(columns.slot.to(1.0, origin=slot, end=0.7, easing="linear"))
    else:
        film.set(leave)
    begin = 0.7 if moved else 0.0
    film.move(
        shots.flight(cast, 0.0),
        [leave, gates.to(1.0, origin=1e-3, end=0.5, easing="out")] if moved else None,
        cast.answers.visible.on(begin),
        cast.answers.shown.to(1.0, start=begin, easing="out"),
        run_time=NEARER,
    )


def _arrive(film, cast):
    flight, neurons = cast.flight, cast.neurons
    film.set(
        flight.visible.off(0.0),
        flight.frames_visible.off(0.0),
        neurons.visible.off(0.0),
        neurons.first.to(0.0),
        neurons.base.to(neurons.base_z),
        neurons.fire.to(0.0),
    )


def _layer(film, cast, layer, seconds, *clips, easing="linear", caption=None):
    """Talk: gold arcs bring what the last token reads. Think: lamps light behind its column; clips: beside that.

    The row goes on evenly from layer to layer, unless an easing says otherwise. caption: of the one layer in which the
    words of the board take their time to change; not before they do.
    """
    script, flight, answers, neurons = cast.script, cast.flight, cast.answers, cast.neurons
    film.set(flight.of(layer), flight.pulse.to(-0.2))
    film.play(
        _on(cast, 2 * layer + 1, easing),
        flight.reveal.to(1.0, origin=0.0, end=0.45, easing="smooth"),
        flight.pulse.to(1.3, start=0.4),
        answers.to(2 * layer + STILL),  # the words still stand
        run_time=seconds / 2,
        easing=easing,
    )
    _hear(film, cast, 2 * layer + 1, seconds / 2)
    film.set(neurons.layer.to(layer))
    summed = SUMMED
    if caption:
        film.caption(caption)
        summed = SOON
    board = (
        [answers.to(2 * layer + CHANGED, start=summed, end=0.9, easing="linear"), answers.to(2 * layer + 2, start=0.9)]
        if caption
        else answers.to(2 * layer + 2, start=summed, easing="linear")
    )
    film.play(
        _on(cast, 2 * layer + 2, easing, summed),
        flight.reveal.to(0.0, end=0.4, easing="smooth"),
        [neurons.reveal.to(1.0, end=0.35), neurons.reveal.to(0.0, start=0.8)],
        neurons.fire.to(1.0, origin=0.0, start=0.1, end=0.4),
        board,  # what the layer answers is not known before its sums are
        clips,
        run_time=seconds / 2,
        easing=easing,
    )
    _hear(film, cast, 2 * layer + 2, seconds / 2)
    fired = lit(script.activations[layer, script.prompt_count - 1])
    film.hear("neuron", neurons.fire, np.linspace(0.02, 0.98, len(fired)), of=fired, layer=layer)


def _hear(film, cast, checkpoint, seconds):
    """An addition, and how sure the lens is after it."""
    film.hear("tock", cast.columns.slot, checkpoint + 1.0, of=checkpoint)
    film.hear("lens", cast.columns.slot, checkpoint + 1.0, of=checkpoint, lasts=seconds)


def _on(cast, checkpoint, easing, summed=SUMMED):
    """Clips that take row, lamps and camera on together."""
    depth = cast.script.depth(checkpoint)
    way = checkpoint / (2 * cast.script.model.n_layer)
    return [
        row_to(cast, checkpoint, summed),
        cast.flight.at.to(depth),
        cast.neurons.depth.to(depth + LAMPS_BEHIND),
        cast.camera.to(shots.flight(cast, depth, way), easing=easing),
    ]


def _same_end(film, cast):
    """Three texts with one end: the same cube, the same row, and what has become of it."""
    same = cast.same_end
    film.beat("same_end")
    film.subject(same.object, same.texts.object, same.answers.object)
    film.quiet()
    own, columns = cast.tokens.prompt[-1], cast.columns
    film.set(same.visible.on(0.0), same.size.to(0.0), cast.camera.sharp(True))
    if not film.shows("stack", "flight"):
        film.cut(shots.same_end(cast))
    # The last vector makes room for three others, when the camera is far enough away to see them.
    seconds = max(1.0, 1.5 * film.camera.seconds(shots.same_end(cast)))
    film.together(
        (cast.answers.shown.to(0.0, end=0.25), cast.answers.visible.off(0.25)),
        (columns.size.to(0.0, start=0.62, end=0.76), columns.visible.off(0.76)),
        (own.sink(start=0.62, end=0.76), own.visible.off(0.76)),
        same.size.to(1.0, start=0.66, end=0.92, easing="out"),
        same.texts.shown.to(same.lines_of_text, start=0.8, easing="linear"),
        run_time=seconds,
    )
    begun = film.time
    film.move_together(shots.same_end(cast), run_time=seconds)
    film.wait(0.55 * seconds)
    film.caption("stack.same_end", token=same.ending)
    film.settle(begun, seconds)
    film.set(cast.ground.to((*map(float, same.places[1, :2]), 0.0)))
    film.together(cast.camera.to(shots.same_end(cast, 1.0), easing="linear"), run_time=ENDS + 2.4)
    film.play(same.slot.to(same.slots - 1.0), run_time=ENDS, easing="linear")
    film.hear("ends", same.slot, range(same.slots), lasts=ENDS)
    if len(set(same.found.next_tokens[:, 0].tolist())) == 3:
        film.caption("stack.three_answers")
    film.play(same.rise.to(1.0), same.answers.shown.to(same.words), run_time=1.2, easing="linear")
    film.wait(1.2)


def _whole(film, cast):
    """Every vector in every layer, and the pass that has just been: a light along all rails, to the last vector."""
    whole, every = cast.stack.whole(cast), layout.every(cast.script.model.n_layer)
    film.beat("whole")
    if cast.picture.is_wide:
        film.subject(cast.stack.gates, cast.stack.front_words)
    else:  # it has no room for the far ones
        film.subject(cast.stack.front_words, running_out=[cast.stack.gates])
    if every == 1:
        film.caption("stack.whole")
    else:
        film.caption("stack.whole_some", every=every)
    frame, (x, y, z) = cast.vocabulary, cast.vocabulary.home
    film.set([one.on(0.0) for one in whole], frame.frame_visible.on(0.0), cast.camera.sharp(True))
    film.set(frame.frame_place.to((x, cast.stack.end + y, z)), cast.columns.scale.to(cast.board.scale))
    film.set(
        cast.answers.shown.to(0.0),
        cast.answers.visible.off(0.0),
        cast.same_end.visible.off(0.0) if cast.same_end else None,
        (cast.columns.ambient.to(1.0), cast.columns.solo.to(0.0)),
        (cast.columns.size.to(1.0), cast.columns.visible.on(0.0)),
        [(token.light.to(1.0), token.visible.on(0.0), token.rise()) for token in cast.tokens.prompt],
        [token.word_light.to(0.0) for token in cast.tokens.prompt],  # at the far end; they are read at the front
    )
    stack, arcs = cast.stack, cast.beams.all_front
    named = NAMED if cast.picture.is_wide else 0.0
    film.set(stack.names_visible.off(0.0))
    film.cut(shots.front(cast))
    film.set(cast.ground.to((0.0, 0.0, 0.0)))
    film.set(arcs.to(0.0), cast.beams.all_reveal.to(0.0))
    film.together(cast.beams.all_reveal.to(1.0, easing="out"), run_time=GROWN)
    passing = {"start": SETS_OFF, "end": ARRIVES, "easing": "linear"}
    film.play(
        stack.rail_light.to(1.0, **passing),
        stack.flash.to(1.0, **passing),
        arcs.to(stack.end, **passing),
        frame.frame_rise.to(1.0, start=ARRIVES - 0.02, end=ARRIVES + 0.1, easing="out"),
        stack.names_visible.on(named),  # letters without light would be black
        [light.to(1.0, origin=FAINT, start=named, end=named + 0.2, easing="linear") for light in stack.names_light],
        cast.camera.to(shots.whole(cast)),
        run_time=PASS_SECONDS * longer(cast),
    )
    film.hear("gate", stack.rail_light, np.array(stack.places) / stack.end, of=stack.layers)
    film.set(stack.rail_light.to(0.0), stack.flash.to(0.0), arcs.to(PASSED))
    film.set(cast.camera.sharp(False), cast.columns.spot.to(-1.0))
