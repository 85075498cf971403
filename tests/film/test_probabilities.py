"""A bar's length is a probability of the full vocabulary; the light stops at the recorded random number."""

import bpy
import numpy as np
import pytest
from bpy_extras.object_utils import world_to_camera_view
from mathutils import Vector

from film.bars import check, from_above, measured, softmax, words
from film.screening import BARS, DIAL, GLOW, SOLID, STRIP, WALL, Screening
from transformer_cinema.addon import compat
from transformer_cinema.addon.film import layout, palette
from transformer_cinema.addon.film.build import build_film
from transformer_cinema.addon.film.cast.sampling import chances
from transformer_cinema.addon.film.palette import DARK
from transformer_cinema.addon.verify import verify
from transformer_cinema.inference.sampling import Sampling

# --- the wall of the vocabulary -------------------------------------------------------------------


def test_every_token_has_a_dash_as_bright_as_its_logit(screening, recording):
    frame = screening.when("unembedding.bars", WALL, Sweep=1.0, Grown=1.0, Light=1.0)
    shape = screening.at(frame, WALL, GLOW)
    logits = recording.steps[0].trace.logits
    assert set(shape["token"]) == set(range(len(logits)))
    assert shape["logit"] == pytest.approx(logits[shape["token"]], abs=1e-6)
    brightness = shape["Color"][:, :3].sum(1)
    order = np.argsort(logits[shape["token"]], kind="stable")
    assert (np.diff(brightness[order]) >= -1e-5).all(), "a higher score is never darker"


def test_the_wall_rises_with_the_light(screening):
    """No black plate waits for it: what has not been scanned is not there."""
    frames = screening.frames("unembedding.last")
    slab = screening.object("Vocabulary slab")
    screening.scene.frame_set(frames[2])
    assert slab.scale.z < 0.01
    counts, half = [], next(frame for frame in frames if screening.dial(WALL, "Sweep", frame) > 0.4)
    for frame in (half, frames[-1]):
        screening.scene.frame_set(frame)
        counts.append(len(screening.at(frame, WALL, GLOW)["token"]))
        assert slab.scale.z == pytest.approx(screening.dial(WALL, "Sweep", frame), abs=2e-3)
    assert 0 < counts[0] < counts[1]


def test_the_brightest_dashes_become_the_bars(screening, recording):
    """At the beginning of their way the bars lie on their tokens' dashes."""
    frame = screening.when("unembedding.bars", BARS, Fly=0.0)
    bars, dashes = screening.at(frame, BARS, SOLID), screening.at(frame, WALL, GLOW)
    for token in set(bars["token"]) - {-1}:
        mine, dash = bars.world[bars["token"] == token], dashes.world[dashes["token"] == token]
        assert (mine.min(0) + mine.max(0))[[0, 2]] / 2 == pytest.approx(
            (dash.min(0) + dash.max(0))[[0, 2]] / 2, abs=0.05
        )


# --- the bars ------------------------------------------------------------------------------------


def test_bars_are_the_softmax_of_all_logits(screening, recording):
    frame = screening.when("unembedding.bars", BARS, Rise=1.0)
    assert check(screening, recording, 0, frame) == 1.0


def test_a_bar_and_its_lid_are_one_piece(screening):
    """The solid part ends where the lid begins, so that nothing is drawn twice or left out."""
    frame = screening.when("unembedding.bars", BARS, Rise=1.0)
    solid, lid = (screening.at(frame, BARS, material) for material in (SOLID, GLOW))
    for token in set(solid["token"]):
        first, edge = (part["token"] == token for part in (solid, lid))
        end = solid["position"][first][:, 0].max()
        assert lid["position"][edge][:, 0].min() == pytest.approx(end, rel=1e-5)


def test_all_others_have_the_same_scale_as_the_bars(screening, recording):
    frames = screening.frames("unembedding.temperature")
    frame = min(frames, key=lambda one: screening.dial(BARS, "Temperature", one))  # there it has room
    lengths, _ = measured(screening, frame)
    share = softmax(recording.steps[0].trace.logits, screening.dial(BARS, "Temperature", frame))
    rest = 1 - share[[token for token in lengths if token >= 0]].sum()
    assert lengths[-1] / max(lengths[token] for token in lengths if token >= 0) == pytest.approx(
        rest / share.max(), rel=1e-3
    )


AXIS = f"{BARS} axis"


def test_one_scale_from_the_first_bar_to_the_draw(screening):
    """What is longer is likelier, and nobody need ask whether the temperature or the scale has changed."""
    begin = screening.when("unembedding.bars", BARS, Rise=1.0)
    last = max(f for f in screening.frames("unembedding.draw") if screening.visible(screening.object(BARS), f))
    (length,) = {screening.dial(BARS, "Length", frame) for frame in range(begin, last + 1)}
    for frame in (begin, screening.end("unembedding.temperature")):
        lines = screening.at(frame, AXIS, GLOW)
        assert len(set(lines["tick"])) > 0
        x = lines["position"][:, 0] - layout.BAR_FOOT
        assert x == pytest.approx(lines["tick"] / 100 * length, abs=0.05)
    for frame in range(begin, screening.end("unembedding.temperature"), 24):
        bars = screening.at(frame, BARS, SOLID)
        named = bars["position"][bars["token"] >= 0][:, 0]
        assert np.ptp(named) <= layout.BAR_LONGEST + 1e-3, "no token's bar is longer than the picture has room for"


def test_all_bars_end_in_the_picture(screening):
    """That of all others, too: else 63 % would look as if they were little more than the 12 % over them."""
    first = screening.when("unembedding.bars", BARS, Rise=1.0)
    for frame in range(first, screening.end("unembedding.temperature"), 6):
        bars = screening.at(frame, BARS, SOLID)
        others = bars.world[bars["token"] < 0]
        camera = screening.scene.camera.evaluated_get(bpy.context.evaluated_depsgraph_get())
        end = world_to_camera_view(screening.scene, camera, Vector(others[others[:, 0].argmax()]))
        assert 0.0 < end.x < 1.0, frame


def test_bars_follow_the_temperature(screening, recording):
    """At the sweep's ends, on the way, and where it stops: at the temperature that the token is drawn with."""
    frames = screening.frames("unembedding.temperature")
    degrees = [screening.dial(BARS, "Temperature", frame) for frame in frames]
    coldest, hottest = frames[int(np.argmin(degrees))], frames[int(np.argmax(degrees))]
    assert check(screening, recording, 0, coldest) < 1 < check(screening, recording, 0, hottest)
    check(screening, recording, 0, (coldest + hottest) // 2)
    assert check(screening, recording, 0, frames[-1]) == pytest.approx(recording.sampling.temperature)


def test_the_dial_shows_the_temperature_of_the_bars(screening):
    for frame in screening.frames("unembedding.temperature"):
        shown = screening.dial(DIAL, "Temperature", frame)
        assert shown == pytest.approx(screening.dial(BARS, "Temperature", frame), abs=1e-6)


def test_the_exact_probability_can_be_read_in_the_spreadsheet(screening, recording):
    shape = screening.at(screening.when("unembedding.bars", BARS, Rise=1.0), BARS, SOLID)
    share = softmax(recording.steps[0].trace.logits, 1.0)
    named = shape["token"] >= 0
    assert shape["probability"][named] == pytest.approx(share[shape["token"][named]], abs=1e-6)


def test_the_bars_are_the_likeliest_tokens_in_order_beside_their_words(screening, recording):
    logits = recording.steps[0].trace.logits
    _, middles = measured(screening, screening.when("unembedding.bars", BARS, Rise=1.0))
    order = from_above(middles)
    assert order[-1] == -1, "all others stand last"
    likeliest = np.argsort(-logits, kind="stable")[: layout.CANDIDATES].tolist()
    assert order[:-1] == likeliest, "the drawn one isn't told before it is drawn"
    steps = -np.diff([middles[token] for token in order[:-1]]) / layout.BAR_PITCH
    assert steps == pytest.approx(np.ones(len(steps)), abs=1e-3)
    assert words(screening, 0, len(order) - 1) == [recording.vocabulary.label(token) for token in order[:-1]]


# --- the draw ------------------------------------------------------------------------------------


def strip_at(screening, frame):
    """The strip's pieces at a frame -> (Shape, which of its vertices belong to pieces)."""
    shape = screening.at(frame, STRIP)
    return shape, np.abs(shape["up"]) > 0.25


def test_the_bars_lie_down_as_pieces_of_the_strip(screening, recording):
    """What the one shows at the end of its move, the other shows in the same place."""
    frame = max(f for f in screening.frames("unembedding.draw") if screening.visible(screening.object(BARS), f))
    assert screening.dial(BARS, "Lay", frame) > 0.98
    lying = screening.at(frame, BARS, SOLID)
    strip, pieces = strip_at(screening, screening.when("unembedding.draw", STRIP, Dive=0.0))
    share = softmax(recording.steps[0].trace.logits, recording.sampling.temperature)
    order = np.argsort(-share, kind="stable")
    for rank in range(3):
        bar = lying.world[lying["token"] == order[rank], 0]
        piece = strip.world[pieces & (strip["piece"] == rank), 0]
        assert bar.min() == pytest.approx(piece.min(), abs=0.02)
        assert bar.max() == pytest.approx(piece.max(), abs=0.05)


def test_the_light_stops_at_the_recorded_random_number(screening, recording):
    """In the drawn token's piece, which is as wide as a door then, at the number's place in it."""
    frame = screening.end("unembedding.draw")
    shape, pieces = strip_at(screening, frame)
    light = shape.world[shape["light"] > 0.5, 0]
    drawn = shape.world[pieces & (shape["drawn"] > 0), 0]
    step = recording.steps[0]
    share = softmax(step.trace.logits, recording.sampling.temperature)
    order = np.argsort(-share, kind="stable")
    before = share[order[: int(np.flatnonzero(order == step.draw.token)[0])]].sum()
    wanted = (step.draw.random - before) / share[step.draw.token]
    assert 0 <= wanted < 1
    assert ((light.min() + light.max()) / 2 - drawn.min()) / np.ptp(drawn) == pytest.approx(wanted, abs=1e-3)
    assert np.ptp(drawn) >= layout.DOOR * 0.99 * compat.get_input(screening.modifier(STRIP), "Width")


def test_the_light_goes_over_all_chances_and_back_and_then_slows_down_before_its_number(screening, recording):
    frames, random = screening.frames("unembedding.draw"), recording.steps[0].draw.random
    places = np.array([screening.dial(STRIP, "Pointer", frame) for frame in frames])
    far = int(places.argmax())
    near = far + int(places[far:].argmin())
    assert places[0] == pytest.approx(-random) and places[far] + random == pytest.approx(0.97, abs=0.02)
    assert places[near] < -0.2 * random and places[-1] == 0, "nobody can guess where it stops"
    there, back, at_last = np.diff(places[: far + 1]), np.diff(places[far : near + 1]), np.diff(places[near:])
    assert (there >= -1e-9).all() and (back <= 1e-9).all() and (at_last >= -1e-9).all()
    assert at_last[np.flatnonzero(at_last > 1e-9)[-1]] < 0.2 * at_last.max()


def test_numbers_of_the_draw_are_over_the_floor(screening):
    """EEVEE and Cycles have a real one, which hides what is below it."""
    begin, end = screening.frames("unembedding.draw")[0], screening.end("unembedding.draw")
    assert screening.at(end, "Chances").world[:, 2].min() > 0.0
    for frame in range(begin, end + 1, 12):
        if screening.visible(screening.object(STRIP), frame):
            assert screening.at(frame, STRIP).world[:, 2].min() > 0.0, frame


def test_the_gold_piece_is_the_drawn_tokens(screening, recording):
    shape, pieces = strip_at(screening, screening.when("unembedding.draw", STRIP, Gold=1.0))
    gold = pieces & np.isclose(shape["Color"], palette.linear(DARK.gold), atol=0.12).all(1)
    assert gold.any() and set(shape["drawn"][gold]) == {1}


def drawn_label(screening, script):
    """The words of the first drawn token's cube, and that cube."""
    parts = screening.object(f"Token {script.prompt_count + 1}").children
    return [next(one for one in parts if one.name.startswith(name)) for name in ("Label", "Cube")]


def test_the_drawn_word_comes_out_of_its_own_piece_of_the_strip(screening, script, recording):
    """Its cube covers the piece, no more and no less, and stands before the strip in the end."""
    label, cube = drawn_label(screening, script)
    assert screening.text(label) == recording.vocabulary.label(recording.steps[0].draw.token)
    frames = screening.frames("unembedding.draw")
    first = next(frame for frame in frames if screening.visible(cube, frame))
    shape, _ = strip_at(screening, first)
    piece = shape.world[(shape["drawn"] == 1) & (np.abs(shape["up"]) > 0.25)]
    for frame in (first, frames[-1]):
        assert screening.visible(label, frame)
        screening.scene.frame_set(frame)
        world = np.array(cube.matrix_world)
        box = np.array(cube.bound_box) @ world[:3, :3].T + world[:3, 3]
        for axis in (0, 2):
            ends = piece[:, axis].min(), piece[:, axis].max()
            assert (box[:, axis].min(), box[:, axis].max()) == pytest.approx(ends, abs=0.02)
        assert box[:, 1].max() <= piece[:, 1].max() + 0.02
    assert np.ptp(box[:, 1]) > 0.3 * np.ptp(box[:, 2]), "it is as thick as a cube"


def test_the_dice_are_told_when_the_light_stands_and_the_word_after_that(screening, script, recording):
    from film.screening import captions

    number = f"{recording.steps[0].draw.random:.4f}"
    word = recording.vocabulary.label(recording.steps[0].draw.token).lstrip("·")
    told = False
    for frame in screening.frames("unembedding.draw"):
        lines = captions(screening, frame)
        told |= any(number in text for text in lines)
        assert screening.visible(drawn_label(screening, script)[0], frame) or not any(word in text for text in lines)
        assert not told or screening.dial(STRIP, "Pointer", frame) == pytest.approx(0.0, abs=1e-3), frame
    assert told


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.00294, "3 chances in 1,000"),
        (0.13, "13 chances in 100"),
        (0.0149, "15 chances in 1,000"),
        (0.999, "100 chances in 100"),
    ],
)
def test_a_probability_is_said_as_chances(share, text):
    assert chances(share, "en") == text


def test_the_strips_pieces_cover_all_that_may_be_drawn():
    shares = np.array([0.1, 0.0, 0.6, 0.3])
    begins, ends, starts, order = layout.strip_pieces(shares, 3)
    assert order.tolist() == [2, 3, 0] and starts.tolist() == [0, 1, 2]
    assert begins == pytest.approx([0, 0.6, 0.9]) and ends == pytest.approx([0.6, 0.9, 1.0])


def test_of_a_large_vocabulary_the_drawn_token_still_has_its_own_piece():
    shares = np.full(50_000, 1 / 50_000)
    begins, ends, starts, order = layout.strip_pieces(shares, 30_000)
    assert len(begins) < 10_000
    place = int(np.flatnonzero(order[starts] == 30_000)[0])
    assert ends[place] - begins[place] == pytest.approx(1 / 50_000)
    assert begins[0] == 0 and ends[-1] == 1 and (begins[1:] == ends[:-1]).all()


# --- films of their own: after these, the one that is watched above is closed -----------------------------------


@pytest.mark.parametrize("sampling", [Sampling(temperature=0), pytest.param(Sampling(top_k=1), marks=pytest.mark.slow)])
def test_without_a_choice_there_are_no_dice(fresh_blender, small, sampling):
    watched = Screening(build_film(small.generate("the king", sampling, 2), acts=["unembedding", "loop"])[0])
    frame = watched.end("unembedding.draw")
    assert not watched.visible(watched.object(STRIP), frame)
    shape = watched.at(frame, BARS, SOLID)
    assert len(set(shape["token"][shape["gold"] > 0.5])) == 1


@pytest.mark.parametrize("beat", ["unembedding.temperature", "unembedding.draw"])
def test_a_film_of_one_beat_at_a_very_high_temperature_is_true(fresh_blender, small, beat):
    """All tokens are nearly alike then, and all others nearly everything; the backdrop still has to change its hue."""
    recording = small.generate("the king", Sampling(temperature=1000), 2)
    scene, _ = build_film(recording, acts=[beat], pace=2)
    assert verify(scene).mismatches == []
