"""Each vector alone, put to many questions."""

from .. import layout
from . import shots
from .moves import bring_update, row_to


def mlp(film, cast):
    script, neurons = cast.script, cast.neurons
    layer = script.focus_layer
    checkpoint = 2 * layer + 1
    with film.act("mlp"):
        film.beat("lanes")
        film.caption("mlp.lanes")
        film.set(cast.lanes.visible.on(0.0))
        film.play(
            row_to(cast, checkpoint)[1:],
            cast.columns.scale.to(layout.SCALE_MLP),
            cast.camera.to(shots.mlp(cast)),
            cast.lanes.rise.to(1.0, start=0.3, end=1.0),
            run_time=1.7,
        )

        film.beat("neurons")
        film.caption("mlp.neurons")
        film.set(neurons.visible.on(0.0), neurons.layer.to(layer), neurons.count.to(script.prompt_count))
        film.play(neurons.reveal.to(1.0), run_time=0.9, easing="out")
        film.play(neurons.fire.to(1.0, start=0.3), cast.camera.to(shots.neurons_close(cast)), run_time=1.6)
        film.wait(0.8)

        film.beat("pulses")
        film.caption("mlp.pulses")
        film.set(neurons.threads_visible.on(0.0))
        film.play(
            neurons.up.to(1.3),
            cast.camera.to(shots.mlp(cast, azimuth=9), easing="smooth"),
            run_time=1.8,
            easing="linear",
        )
        film.play(neurons.down.to(1.3), run_time=1.4, easing="linear")

        film.beat("writes")
        film.caption("mlp.writes", token=script.word(script.trace.tokens[-1]))
        film.set(neurons.threads_visible.off(0.0))
        film.play(cast.camera.to(cast.writes.shot), run_time=1.3)
        film.set(cast.writes.visible.on(0.0))
        film.wait(3.4)
        film.set(cast.writes.visible.off(0.0))

        film.beat("add")
        film.caption("mlp.add")
        film.play(neurons.fire.to(0.0), neurons.reveal.to(0.0), cast.camera.to(shots.mlp(cast)), run_time=1.2)
        film.set(neurons.visible.off(0.0))
        bring_update(film, cast, checkpoint + 1, layout.SCALE_MLP)
        film.play(cast.lanes.rise.to(0.0), run_time=0.4)
        film.set(cast.lanes.visible.off(0.0))
