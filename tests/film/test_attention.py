"""A beam's width is an attention weight; nobody reads from a later token."""

import numpy as np
import pytest

from film.screening import BEAMS, GLOW
from transformer_cinema.addon.film import layout


def quiet(screening, beat):
    """A frame of the beat at which the beams are whole and no pulse runs over their middles."""
    for frame in screening.frames(beat):
        if screening.dial(BEAMS, "Reveal", frame) == 1 and screening.dial(BEAMS, "Pulse", frame) < 0.25:
            return frame
    raise AssertionError(f"{beat} shows no beam without a pulse")


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


@pytest.mark.parametrize("beat", ["attention.head", "attention.all_queries"])
def test_the_focus_heads_beams_are_its_weights(screening, recording, script, beat):
    drawn = beams(screening.at(quiet(screening, beat), BEAMS, GLOW))
    weights = expected(recording, script.focus_layer, script.focus_head, layout.BEAM_THRESHOLD)
    assert drawn.keys() == weights.keys()
    for key, (radius, _) in drawn.items():
        assert layout.weight_of_beam(radius) == pytest.approx(weights[key], rel=1e-3), key


def test_all_heads_of_the_layer_are_drawn_with_their_own_threshold(screening, recording, script):
    frame = screening.when("attention.all_heads", BEAMS, Others=1.0, Reveal=1.0)
    assert abs(screening.dial(BEAMS, "Pulse", frame) - 0.5) > 0.9, "no pulse in the middle"
    drawn = beams(screening.at(frame, BEAMS, GLOW))
    weights = {}
    for head in range(script.model.n_head):
        focus = head == script.focus_head
        threshold = layout.BEAM_THRESHOLD if focus else layout.OTHER_THRESHOLD
        weights |= expected(recording, script.focus_layer, head, threshold)
    assert drawn.keys() == weights.keys()
    for key, (radius, _) in drawn.items():
        weight = layout.weight_of_beam if key[1] == script.focus_head else layout.weight_of_other
        assert weight(radius) == pytest.approx(weights[key], rel=5e-3), key


def test_a_beam_leads_from_the_token_that_is_read_to_the_one_that_reads(screening, script):
    frame = quiet(screening, "attention.all_queries")
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


def test_beams_start_from_nothing_and_grow(screening, script):
    first = next(f for f in screening.frames("attention.head") if 0.1 < screening.dial(BEAMS, "Reveal", f) < 0.5)
    early = beams(screening.at(first, BEAMS, GLOW))
    late = beams(screening.at(quiet(screening, "attention.head"), BEAMS, GLOW))
    assert early.keys() == late.keys()
    last = script.prompt_count - 1
    longest = min(key for key in late if key[2] == last)
    assert np.ptp(early[longest][1][:, 0]) < 0.6 * np.ptp(late[longest][1][:, 0])


def test_under_each_cube_stands_what_the_last_token_gives_it(screening, recording, script):
    """Percentages of the focus head, as text."""
    row = recording.steps[0].trace.blocks[script.focus_layer].pattern[script.focus_head, -1]
    assert row.sum() == pytest.approx(1)
    frame = screening.end("attention.head")
    screening.scene.frame_set(frame)
    shares = [label for label in screening.scene.objects if label.name.startswith("Share ")]
    by_token = {label.parent.name: label for label in shares}
    assert len(by_token) == script.prompt_count
    for token, weight in enumerate(row):
        label = by_token[f"Token {token + 1}"]
        assert screening.visible(label, frame)
        assert screening.text(label) == f"{100 * weight:.0f} %"
        assert not screening.visible(label, screening.end("attention.all_queries"))
