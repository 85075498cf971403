"""A beam's width is an attention weight; nobody reads from a later token."""

import itertools

import numpy as np
import pytest

from film.screening import BEAMS, GLOW
from transformer_cinema.addon.film import layout
from transformer_cinema.addon.film.cast.beams import ON_RAIL


def beams(shape):
    """Evaluated tubes -> {(layer, head, query, key): radius measured in its middle, foot, top and end}."""
    names = ("layer", "head", "query", "key")
    keys = np.stack([shape[name] for name in names], -1)
    along, world = shape["along"], shape.world
    found = {}
    for key in np.unique(keys, axis=0):
        mine = (keys == key).all(1)
        place, ring, sides = np.unique(along[mine], return_inverse=True, return_counts=True)
        assert len(set(sides)) == 1, "every place on a beam has a whole ring"
        rings = world[mine][np.argsort(ring, kind="stable")].reshape(len(place), -1, 3)
        centres = rings.mean(1)
        radius = np.linalg.norm(rings - centres[:, None], axis=-1)
        middle = radius[len(radius) // 2]
        assert middle == pytest.approx(middle.mean(), rel=1e-3), "the tube is round"
        found[tuple(map(int, key))] = (float(middle.mean()), centres)
    return found


def expected(recording, layer, head, threshold):
    """{(layer, head, query, key): weight} of the causal weights that are drawn."""
    pattern = recording.steps[0].trace.blocks[layer].pattern[head]
    query, key = np.nonzero(np.tril(np.ones_like(pattern)) * (pattern >= threshold))
    return {(layer, head, int(q), int(k)): float(pattern[q, k]) for q, k in zip(query, key, strict=True)}


def test_first_only_the_arcs_into_the_followed_token_are_there_then_all(screening, recording, script):
    weights = expected(recording, script.focus_layer, script.focus_head, layout.BEAM_THRESHOLD)
    own = {key: weight for key, weight in weights.items() if key[2] == script.focus_query}
    for frame, wanted in ((screening.end("attention.head"), own), (screening.end("attention.all_queries"), weights)):
        drawn = beams(screening.at(frame, BEAMS, GLOW))
        assert drawn.keys() == wanted.keys()
        for key, (radius, _) in drawn.items():
            assert layout.weight_of_beam(radius) == pytest.approx(wanted[key], rel=2e-3), key


def test_tokens_read_one_after_another_from_the_left(screening):
    reading = []
    for frame in screening.frames("attention.all_queries"):
        if 0 < screening.dial(BEAMS, "Only", frame) < 1:
            reading.append(set(screening.at(frame, BEAMS, GLOW)["query"].tolist()))
    assert all(one <= other for one, other in zip(reading, reading[1:], strict=False))
    firsts = [min(i for i, queries in enumerate(reading) if query in queries) for query in range(6)]
    assert firsts == sorted(firsts) and firsts[-1] > firsts[0]


def test_arcs_begin_as_the_bars_of_the_tile_in_their_order(screening, recording, script):
    """At the match cut each tube is as long as its weight, in the middle of its bar, with a gap to the next one."""
    frame = next(f for f in screening.frames("attention.head") if screening.visible(screening.object(BEAMS), f))
    frame = max(f for f in screening.frames("attention.head") if screening.dial(BEAMS, "Bend", f) == 0 and f >= frame)
    found = beams(screening.at(frame, BEAMS, GLOW))
    row = recording.steps[0].trace.blocks[script.focus_layer].pattern[script.focus_head, script.focus_query]
    ends = {key[3]: centres[[0, -1], 0] for key, (_, centres) in found.items()}
    rail = ends[0][0]
    lengths = {key: (one[1] - one[0]) for key, one in ends.items()}
    unit = lengths[int(row.argmax())] / row.max()
    gap = (1 - ON_RAIL) / 2
    assert gap > 0.03
    for key, (first, _) in ends.items():
        assert lengths[key] / unit == pytest.approx(row[key], abs=1e-3)
        before = row[:key].sum() + gap * (row[key] - row[0])
        assert (first - rail) / unit == pytest.approx(before / ON_RAIL, abs=2e-3)


def test_fanned_out_all_heads_show_their_weights_alike(screening, recording, script):
    drawn = beams(
        screening.at(screening.when("attention.all_heads", BEAMS, Others=1.0, Fan=1.0, Pulse=-0.2), BEAMS, GLOW)
    )
    weights = {}
    for head in range(script.model.n_head):
        weights |= expected(recording, script.focus_layer, head, layout.OTHER_THRESHOLD)
    assert drawn.keys() == weights.keys()
    for key, (radius, _) in drawn.items():
        assert layout.weight_of_beam(radius) == pytest.approx(weights[key], rel=5e-3), key
    # No head's arcs reach into those of another one.
    reach = {}
    for key, (_, centres) in drawn.items():
        low, high = reach.get(key[1], (np.inf, -np.inf))
        reach[key[1]] = np.minimum(low, centres[:, [0, 2]].min(0)), np.maximum(high, centres[:, [0, 2]].max(0))
    assert len(reach) == script.model.n_head
    for one, other in itertools.combinations(reach.values(), 2):
        assert (one[1] < other[0]).any() or (other[1] < one[0]).any()


def test_a_beam_leads_from_the_token_that_is_read_to_the_one_that_reads(screening, script):
    frame = screening.end("attention.all_queries")
    x = layout.token_x(script.prompt_count, script.prompt_count)
    for (_, _, query, key), (_, centres) in beams(screening.at(frame, BEAMS, GLOW)).items():
        assert key <= query, "a token reads from one that comes later"
        assert abs(centres[0, 0] - x[key]) < layout.TOKEN_PITCH / 4
        assert abs(centres[-1, 0] - x[query]) < layout.TOKEN_PITCH / 4
        assert centres[:, 2].max() > centres[0, 2], "an arc rises"


def test_no_beam_of_any_layer_reads_ahead(screening):
    mesh = screening.object(BEAMS).data
    from transformer_cinema.addon.film.points import read_attribute

    assert (read_attribute(mesh, "key") <= read_attribute(mesh, "query")).all()


def figures(shape, *names):
    """Figures put on points -> {attributes: text}."""
    from transformer_cinema.addon.film.cast.digits import FIGURES

    texts = {}
    keys = np.stack([shape[name] for name in (*names, "order", "glyph")], -1)
    for *key, _, glyph in np.unique(keys[shape["ink"][:, 3] > 0.5], axis=0).astype(int).tolist():
        texts[tuple(key)] = texts.get(tuple(key), "") + FIGURES[glyph]
    return texts


def test_arcs_stand_on_the_marks_of_their_heads(screening, script):
    """In space, so that they do whichever way the camera looks."""
    first, last = screening.beats["attention.all_heads"]
    frame = next(f for f in range(first, last) if screening.dial("Feet of heads", "Fan", f) == 1.0)
    marks, beams = (screening.at(frame, name, GLOW) for name in ("Feet of heads", BEAMS))
    for head in range(script.model.n_head):
        mine = beams["head"].round() == head
        if mine.any():
            own = marks["head"].round() == head
            assert beams.world[mine, 1].mean() == pytest.approx(marks.world[own, 1].mean(), abs=0.02), head


def test_under_each_cube_stands_what_the_followed_token_gives_it(screening, recording, script):
    row = recording.steps[0].trace.blocks[script.focus_layer].pattern[script.focus_head, script.focus_query]
    shape = screening.at(screening.end("attention.head"), "Sources")
    texts = figures(shape, "place", "large")
    wanted = {(place, 0): f"{100 * weight:.0f}%" for place, weight in enumerate(row)}
    wanted[int(row.argmax()), 1] = f"{100 * row.max():.0f}%"
    assert texts == wanted
    x = layout.token_x(script.prompt_count, script.prompt_count)
    for place in range(script.prompt_count):
        mine = (shape["place"] == place) & (shape["large"] == 0) & (shape["ink"][:, 3] > 0.5)
        written = shape.world[mine, 0]
        assert abs((written.min() + written.max()) / 2 - x[place]) < 0.1
    assert not screening.visible(screening.object("Sources"), screening.end("attention.all_queries"))


def test_a_source_is_lit_as_strongly_as_it_is_read(screening, recording, script):
    row = recording.steps[0].trace.blocks[script.focus_layer].pattern[script.focus_head, script.focus_query]
    shape = screening.at(screening.end("attention.head"), "Sources", GLOW)
    light = {int(place): shape["Color"][shape["place"] == place][0, :3].sum() for place in np.unique(shape["place"])}
    assert sorted(light, key=light.get) == sorted(light, key=lambda place: row[place])
    strongest = int(row.argmax())
    for place, one in light.items():
        assert one / light[strongest] == pytest.approx(row[place] / row[strongest], rel=0.02)


# --- films of their own: after these, the one that is watched above is closed -----------------------------------


@pytest.fixture(scope="module")
def deep(tmp_path_factory):
    from checkpoints import write_checkpoint
    from transformer_cinema.inference.model import Model

    model = Model.load(write_checkpoint(tmp_path_factory.mktemp("models") / "deep", n_layer=12))
    return model.generate("the king", new_tokens=1)


@pytest.mark.parametrize("layer", [1, 2, 6, 12])
def test_the_row_stops_in_any_layer(fresh_blender, deep, layer):
    """Gates that follow each other quickly light the columns one after the other, too."""
    from transformer_cinema.addon.film.build import build_film
    from transformer_cinema.addon.film.direction import Focus

    scene, _ = build_film(deep, acts=["attention.travel"], focus=Focus(layer=layer))
    assert scene.frame_end > 24
