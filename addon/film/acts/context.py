"""The same word in two texts, where the recording has such a word: a part of the second act."""

from . import shots


def context(film, cast):
    """Cut to the two columns, play the stream through all layers, and cut back to the row."""
    found = cast.context
    if found is None:
        return
    recorded = cast.script.recording.insights.context
    word = cast.script.recording.vocabulary.text([recorded.first[recorded.positions[0]]]).strip()
    film.beat("context")
    film.caption("attention.context", token=word)
    film.set(found.visible.on(0.0), cast.camera.to(found.shot))
    film.wait(2.6)
    film.caption("attention.context_parts", token=word, cosine=f"{recorded.cosines[-1]:.2f}")
    film.play(found.to(found.slots - 1), run_time=max(4.0, 0.22 * found.slots), easing="linear")
    film.wait(2.0)
    film.set(found.visible.off(0.0), cast.camera.to(shots.attention(cast, azimuth=8, elevation=12)))
