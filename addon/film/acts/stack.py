"""All layers: the same two steps again and again, and the answer forming beside the last token."""

from .. import layout
from ..cast.beams import HEAVY
from . import shots
from .moves import row_to

FLIGHT_SECONDS, SHORTEST_LAYER = 7.2, 0.4
READABLE = 16  # layers up to which the words change at every half layer; of more, at every layer


def stack(film, cast):
    script, beams, neurons, lens = cast.script, cast.beams, cast.neurons, cast.lens
    n_layer = script.model.n_layer
    with film.act("stack"):
        film.beat("rewind")
        film.caption("stack.rewind", layers=n_layer)
        film.set(
            cast.stack.gates_visible.on(0.0),
            [name.on(0.0) for name in cast.stack.names_visible.values()],
            cast.stack.rails_visible.on(0.0),
            beams.only.to(0.0),
            beams.others.to(1.0),
            beams.reveal.to(0.0),
            beams.pulse.to(-0.2),
            beams.layer.to(0),
            neurons.fire.to(1.0),
        )
        film.play(
            row_to(cast, 0),
            cast.columns.scale.to(layout.SCALE_ATTENTION),
            cast.camera.to(shots.overview(cast)),
            cast.stack.rail_length.to(cast.stack.end, start=0.4),
            run_time=2.0,
        )
        film.wait(0.4)

        film.beat("flight")
        film.caption("stack.flight")
        film.play(cast.camera.to(shots.flight(cast, 0)), lens.show(0), run_time=1.2)
        layer_time = max(FLIGHT_SECONDS / n_layer, SHORTEST_LAYER)
        film.together(cast.camera.to(shots.flight(cast, n_layer)), run_time=layer_time * n_layer, easing="linear")
        film.set(beams.visible.on(0.0), neurons.visible.on(0.0))
        if cast.tokens.earlier:
            film.set(cast.tokens.earlier.stems_visible.on(0.0))
        for layer in range(n_layer):
            film.set(beams.layer.to(layer), neurons.layer.to(layer))
            if layer - 1 in cast.stack.names_visible:  # soon it would fill the picture
                film.set(cast.stack.names_visible[layer - 1].off(0.0))
            half = layer_time / 2
            film.together(neurons.reveal.to(1.0, origin=0.0), run_time=half)
            film.play(
                row_to(cast, 2 * layer + 1),
                beams.reveal.to(1.0, origin=0.0, end=0.6),
                lens.show(2 * layer + 1, 1.0) if n_layer <= READABLE else None,
                run_time=half,
                easing="linear",
            )
            film.together(neurons.reveal.to(0.0), run_time=half)
            film.play(row_to(cast, 2 * layer + 2), lens.show(2 * layer + 2, 1.0), run_time=half, easing="linear")
        film.set(neurons.visible.off(0.0), neurons.fire.to(0.0))

        film.beat("whole")
        every, threshold = layout.every(n_layer), f"{100 * HEAVY:.0f}%"
        if every == 1:
            film.caption("stack.whole")
        else:
            film.caption("stack.whole_some", every=every)
        film.tag("stack.whole", threshold=threshold)
        film.set([name.on(0.0) for name in cast.stack.names_visible.values()])
        film.set(beams.visible.off(0.0), beams.all_layers.on(0.0), [trail.visible.on(0.0) for trail in cast.trail])
        film.play(cast.camera.to(shots.overview(cast)), run_time=1.6)
        film.wait(1.2)
