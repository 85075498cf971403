"""Vectors exchange meaning: one query and one key, all scores of a head, its arcs, all heads, and what they bring."""

import numpy as np

from .. import layout
from ..cast.head_grid import arrivals
from . import attention_shots as shots
from .attention_query import DIM, query, score
from .attention_tile import put_away, tile, to_arcs
from .attention_values import added, values
from .context import context
from .moves import row_to

TITLED = 0.5  # seconds before the last gate stands, in which the one before it has passed the title's place
SINK = 0.5  # of a layer's attention on the first token is worth a word
GATE, MOST_TRAVEL = 0.55, 3.2  # seconds from one gate to the next; all of the way
FIRST_LIGHT = 0.3  # that gates come with: without any they are black
THUMP = 1.6  # light of the columns as a gate goes by
READS, MOST_READING = 0.27, 3.2  # seconds from one token's reading to the next one's; of all
BEFORE_READING = 0.5  # the light of what hasn't been read yet
LEAVES, CLOSE = 1.3, 1.5  # seconds in which all heads leave the row, and come back


def attention(film, cast):
    with film.act("attention"):
        _travel(film, cast)
        query(film, cast)
        score(film, cast)
        if cast.tile:
            tile(film, cast)
        _head(film, cast)
        _all_queries(film, cast)
        _all_heads(film, cast)
        values(film, cast)
        added(film, cast)
        context(film, cast)


def _travel(film, cast):
    """Through the gates of the layers before the one that the film stops in; that one's turns gold."""
    script, gates = cast.script, cast.gates
    layer, checkpoint = script.focus_layer, 2 * script.focus_layer
    film.beat("travel")
    film.subject(cast.columns.object, *(token.cube for token in cast.tokens.prompt), running_out=[gates.object])
    film.caption("attention.travel", layers=script.model.n_layer, layer=layer + 1)
    if not film.shows("embedding", "position"):
        film.cut(shots.travel(cast, 0, pull=1.35))
    film.move(
        shots.travel(cast, 0), gates.visible.on(0.4), gates.light.to(1.0, origin=FIRST_LIGHT, start=0.4), run_time=0.6
    )
    if cast.picture.top:  # the gates are below the title's place
        film.title()
    if layer:
        # The camera goes along, so the row stands still in the picture and the gates come and pass.
        seconds = min(GATE * layer + 0.4, MOST_TRAVEL)
        film.together(
            row_to(cast, checkpoint),
            cast.camera.to(shots.travel(cast, layer)),
            gates.passing(),
            _thumps(cast),
            run_time=seconds,
        )
        film.hear("gate", gates.at, range(layer + 1))
        film.wait(seconds - TITLED)
    if not cast.picture.top:
        film.title()
    if layer:
        film.wait(TITLED)
    film.play(
        gates.gold.to(1.0),
        None if layer else gates.name_visible.on(0.0),
        cast.columns.ambient.to(1.0, origin=THUMP),
        run_time=0.5,
    )
    film.wait(0.2)


def _thumps(cast):
    """Clips in which the columns light up at every gate that goes by but the last, which they stop at."""
    passes = cast.gates.passes()
    clips = []
    for at, following in zip(passes, passes[1:], strict=False):
        dark = min(at + 0.16, following, 1.0)
        bright = at + 0.3 * (dark - at)
        clips += [
            cast.columns.ambient.to(THUMP, start=at, end=bright, easing="out"),
            cast.columns.ambient.to(1.0, start=bright, end=dark),
        ]
    return clips


def _head(film, cast):
    """Where one token looks: its arcs, and light on what it reads."""
    script, beams, tokens, sources = cast.script, cast.beams, cast.tokens, cast.sources
    reader = tokens.prompt[script.focus_query - script.earlier]
    film.beat("head")
    _say_where(film, cast)
    film.subject(beams.object, cast.columns.object, *(token.cube for token in tokens.prompt))
    film.set([token.id.visible.off(0.0) for token in tokens.prompt])
    film.change_hue("attention", 1.6)
    if tokens.earlier:
        film.set(tokens.earlier.stems_visible.on(0.0))
    if cast.tile and film.shows("attention", "softmax"):
        to_arcs(film, cast)
        _say_which(film, script)  # not before the bars have left the corner
    else:
        _say_which(film, script)
        if cast.tile:
            put_away(film, cast)
        film.set(beams.visible.on(0.0))
        film.set(cast.columns.scale.to(layout.SCALE_ATTENTION))
        film.move(shots.head(cast), cast.columns.size.to(1.0), beams.reveal.to(1.0, start=0.4), run_time=1.8)
    film.set(sources.visible.on(0.0))
    strongest = max(sources.weights.max(), 1e-6)
    film.play(
        sources.glow.to(1.0, start=0.1),
        sources.numbers.to(1.0, start=0.2, end=0.5, easing="out"),
        sources.over.to(0.0, start=0.2, end=0.6),
        reader.focus.to(1.0, end=0.4),
        cast.columns.spot.to(float(script.focus_query - script.earlier), easing="step"),
        cast.columns.ambient.to(1.0, end=0.4),
        [
            token.light.to(DIM + (1 - DIM) * float(w) / strongest, end=0.4)
            for token, w in zip(tokens.prompt, sources.weights, strict=True)
            if token is not reader
        ],
        beams.pulse.to(1.6, easing="linear"),
        run_time=1.8,
    )
    film.hear("weight", beams.pulse, np.linspace(0.1, 1.3, script.focus_query + 1))


def _say_which(film, script):
    """The layer and the head of the arcs, and from where on they are drawn."""
    threshold = f"{100 * layout.BEAM_THRESHOLD:.0f}%"
    film.tag("attention.head", layer=script.focus_layer + 1, head=script.focus_head + 1, threshold=threshold)


def _say_where(film, cast):
    """What the token whose reading is followed gives most to, unless that is itself."""
    script = cast.script
    weights = script.trace.blocks[script.focus_layer].pattern[script.focus_head, script.focus_query]
    most = int(weights.argmax())
    reader = script.name(script.focus_query)
    if most == script.focus_query:
        film.caption("attention.head_alone", token=reader)
        return
    share = f"{100 * weights[most]:.0f}%"
    film.caption("attention.head", token=reader, most=script.name(most), share=share)


def _all_queries(film, cast):
    """A wave of reading: one token after another, from the left; its arcs flare, its vector is in the light."""
    script, beams, tokens, sources, columns = cast.script, cast.beams, cast.tokens, cast.sources, cast.columns
    count = script.prompt_count
    film.beat("all_queries")
    film.subject(beams.object, columns.object, *(token.cube for token in tokens.prompt))
    film.caption("attention.all_queries")
    film.play(
        sources.glow.to(0.0),
        sources.numbers.to(0.0, easing="in"),
        beams.unread.to(1.0),
        columns.ambient.to(BEFORE_READING),
        columns.spot.to(0.0, easing="step"),
        [token.light.to(BEFORE_READING) for token in tokens.prompt],
        [token.focus.to(0.0) for token in tokens.prompt if token.focus.value],
        run_time=0.4,
    )
    film.set(sources.visible.off(0.0))
    seconds = min(READS * count + 0.5, MOST_READING)
    film.move_together(shots.head(cast, azimuth=17, elevation=8), run_time=seconds)
    turns = 1.0 - beams.turns(count)
    film.play(
        [
            [token.light.to(1.0, start=max(0.0, turn - 0.1), end=turn), _glance(token, turn)]
            for token, turn in zip(tokens.prompt, turns, strict=True)
        ],
        [columns.spot.to(float(i), start=turn - 0.05, easing="step") for i, turn in enumerate(turns) if i],
        beams.only.to(0.0, easing="linear"),
        run_time=seconds,
    )
    film.hear("reading", beams.only, beams.turns(count), of=script.shown)
    # All that has been read together.
    film.play(
        columns.ambient.to(1.0), columns.spot.to(-1.0, start=1.0, easing="step"), beams.unread.to(0.0), run_time=0.5
    )


def _glance(token, turn):
    """A cube is gold while its token reads."""
    begin, end = max(0.0, turn - 0.1), min(1.0, turn + 0.2)
    return [token.focus.to(1.0, start=begin, end=turn), token.focus.to(0.0, start=turn, end=end)]


def _all_heads(film, cast):
    """The heads leave the row, each for a place of its own; a pulse; then they close up again, as one."""
    script, beams, feet = cast.script, cast.beams, cast.beams.feet
    count = script.model.n_head
    film.beat("all_heads")
    film.subject(beams.object)
    film.quiet()  # the row passes where it would stand
    film.tag("attention.heads", layer=script.focus_layer + 1, threshold=f"{100 * layout.OTHER_THRESHOLD:.0f}%")
    film.set(beams.even.to(1.0), beams.pulse.to(-0.2), feet.visible.on(0.0), [light.to(0.0) for light in feet.lights])
    begun, seconds = film.time, film.move_together(shots.heads(cast), run_time=1.0)
    # Where the row stood the heads will be.
    row = cast.tokens.prompt
    film.play(beams.others.to(1.0), cast.columns.size.to(0.0), [token.sink() for token in row], run_time=0.5)
    film.set([token.visible.off(0.0) for token in row])
    film.together(
        [one.fan.to(1.0, easing="linear") for one in (beams, feet)],
        [
            (seen.on(at - 0.15), light.to(1.0, start=at - 0.15, end=at))
            for seen, light, at in zip(feet.named, feet.lights, arrivals(count), strict=True)
        ],
        run_time=LEAVES,
    )
    passed = max(0.0, 0.8 * seconds - 0.75)  # until the row has left the picture
    film.wait(passed)
    film.caption("attention.all_heads", heads=count, token=script.name(script.focus_query))
    film.wait(LEAVES - passed + 0.1)
    film.settle(begun, seconds)
    film.play(beams.pulse.to(1.6, easing="linear"), run_time=0.8)
    if script.sink_share > SINK:
        film.beat("sink")
        film.caption("attention.sink", share=f"{100 * script.sink_share:.0f}%")
        film.wait(1.2)
    film.quiet()
    # The camera waits for those at the top.
    film.play(
        [one.fan.to(0.0, end=0.7, easing="linear") for one in (beams, feet)],
        [seen.off(0.1) for seen in feet.named],
        cast.camera.to(shots.value(cast), start=0.3),
        cast.columns.size.to(1.0, start=0.5),
        [(token.visible.on(0.45), token.rise(start=0.45, end=0.85, easing="out")) for token in row],
        run_time=max(CLOSE, cast.camera.seconds(shots.value(cast)) / 0.7),
    )
    film.set(feet.visible.off(0.0))
