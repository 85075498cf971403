"""Films of unusual texts and models: they build, and at every beat every shape is somewhere."""

import dataclasses

import bpy
import numpy as np
import pytest

from film.screening import GLOW, Screening, spoken
from prompts import PROMPTS
from transformer_cinema.addon.film import layout
from transformer_cinema.addon.film.acts.dull import LOW
from transformer_cinema.addon.film.build import build_film
from transformer_cinema.addon.film.direction import MAX_SHOWN, Focus, make_script
from transformer_cinema.addon.film.errors import FilmError
from transformer_cinema.addon.film.framing import SHEET
from transformer_cinema.addon.film.points import read_attribute
from transformer_cinema.addon.film.subtitles import Video, files
from transformer_cinema.addon.verify import verify
from transformer_cinema.inference.sampling import Sampling
from transformer_cinema.inference.tokens import Vocabulary


def watch(recording, beats=None):
    """Build the film and look at the end of every beat, or of some -> Screening."""
    scene, _ = build_film(recording)
    watched = Screening(scene)
    for beat in beats or watched.beats:
        scene.frame_set(watched.end(beat))
        for instance in bpy.context.evaluated_depsgraph_get().object_instances:
            owner = instance.object
            assert np.isfinite(np.array(instance.matrix_world)).all(), (beat, owner.name)
            if owner.type == "MESH":
                places = np.empty(3 * len(owner.data.vertices), np.float32)
                owner.data.vertices.foreach_get("co", places)
                assert np.isfinite(places).all(), (beat, owner.name)
    return watched


def words(watched, count):
    """The labels of the cubes, in order."""
    by_token = {}
    for owner in watched.scene.objects:
        if owner.name.startswith("Label "):
            by_token[owner.parent.name] = watched.text(owner)
    return [by_token[f"Token {i + 1}"] for i in range(count)]


@pytest.fixture(scope="module")
def sink(tmp_path_factory):
    """A model like the real GPT-2: one huge component, and heads that park on the first token."""
    from checkpoints import write_checkpoint
    from transformer_cinema.inference.model import Model

    return Model.load(write_checkpoint(tmp_path_factory.mktemp("models") / "sink", sink=True))


def test_the_sink_is_named_where_most_attention_rests(fresh_blender, sink):
    recording = sink.generate("the king had a ball", Sampling(seed=1), 1)
    trace = recording.steps[0].trace
    assert np.abs(trace.resid(0)).max() > 20 * np.percentile(np.abs(trace.resid(0)), 98), "no component is huge"
    share = trace.blocks[make_script(recording).focus_layer].pattern[:, 1:, 0].mean()
    assert share > 0.5
    watched = watch(recording)
    said = f"{100 * share:.0f}% of it rests on the first token"
    assert said in "".join(spoken(watched, "attention.sink"))


@pytest.mark.slow
def test_a_faded_sink_is_dim(fresh_blender, sink):
    """Beams from the first token to later ones lose their light, and nothing of their width."""
    recording = sink.generate("the king had a ball", Sampling(seed=1), 1)
    shapes = []
    for fade in (False, True):
        scene, _ = build_film(recording, acts=["attention"], focus=Focus(fade_sink=fade), name=f"Fade {fade}")
        watched = Screening(scene)
        name = next(one.name for one in scene.objects if one.name.startswith("Attention beams"))
        shapes.append(watched.at(watched.end("attention.all_queries"), name, GLOW))
    plain, faded = shapes
    to_first = (plain["key"] == 0) & (plain["query"] > 0)
    assert np.allclose(plain.world, faded.world, atol=1e-5)
    brightness = [shape["Color"][:, :3].sum(1) for shape in shapes]
    assert (brightness[1][to_first] < 0.5 * brightness[0][to_first]).mean() > 0.9
    assert np.allclose(brightness[0][~to_first], brightness[1][~to_first])


def test_one_token_one_layer_one_head_no_chance(fresh_blender, tmp_path):
    from checkpoints import write_checkpoint
    from transformer_cinema.inference.model import Model

    tiny = Model.load(write_checkpoint(tmp_path / "tiny", n_layer=1, n_head=1, d_model=4, n_vocab=258))
    recording = tiny.generate("a", Sampling(temperature=0), 1)
    assert len(recording.steps[0].trace.tokens) == 1
    watch(recording)


@pytest.mark.slow
def test_two_tokens_that_show_nothing_and_hot_sampling(fresh_blender, small):
    """A line break and a tab; both end the plain text as blanks."""
    recording = small.generate("\n\t", Sampling(temperature=3.0, top_k=2, seed=1), 1)
    assert words(watch(recording), 2) == ["⏎", "⇥"]


@pytest.mark.slow
def test_sixteen_equal_tokens(fresh_blender, small):
    recording = small.generate("z" * 16, Sampling(seed=1), 1)
    assert recording.steps[0].trace.tokens.tolist() == small.tokenizer.encode("z") * 16
    assert words(watch(recording), 16) == ["z"] * 16


def test_pieces_of_characters_are_shown_as_their_bytes_and_named_whole(fresh_blender, small):
    """Braces and percent signs on the way: they mean nothing to the captions."""
    recording = small.generate("🐧{%雪", Sampling(seed=1), 1, contrast="a 雪")
    bird, snow = ([f"{byte:02X}" for byte in letter.encode()] for letter in "🐧雪")
    watched = watch(recording)
    assert words(watched, 9) == [*bird, "{", "%", *snow]
    typed = [watched.text(owner) for owner in watched.labels("Typed text")]
    assert "".join(typed).startswith(recording.prompt), "as text the pieces are whole characters"
    for beat in ("attention.query", "attention.context"):
        assert all("“雪”" in text for text in spoken(watched, beat)) and spoken(watched, beat), beat
    brackets = [one for one in watched.scene.objects if one.name.startswith("Bracket")]
    assert [watched.text(owner) for owner in watched.labels("Character")] == ["🐧", "雪"]
    x = layout.token_x(9, 9)
    for bracket, first, last in zip(brackets, (0, 6), (3, 8), strict=True):
        corners = np.array([corner[:] for corner in bracket.bound_box])
        assert corners[:, 0].min() == pytest.approx(x[first] - layout.CUBE_SIZE[0] / 2, abs=0.02)
        assert corners[:, 0].max() == pytest.approx(x[last] + layout.CUBE_SIZE[0] / 2, abs=0.02)
        assert watched.visible(bracket, watched.end("embedding.ids"))
        assert not watched.visible(bracket, watched.end("embedding.vectors"))


@pytest.mark.slow
def test_a_word_in_two_texts_is_named_whole(fresh_blender, small):
    """Of its pieces, only the last one has the two vectors."""
    recording = small.generate("a zebra", Sampling(seed=1), 1, contrast="my zebra")
    assert recording.vocabulary.label(recording.steps[0].trace.tokens[-1]) != "zebra"
    _, film = build_film(recording, acts=["attention"])
    assert [line.texts["en"] for line in film.lines if line.texts["en"].startswith("“zebra” in two texts")]


@pytest.mark.slow
@pytest.mark.parametrize("start", range(0, 60, 10))
def test_films_of_sixty_texts_in_many_scripts(fresh_blender, roomy, start):
    """Labels, captions and subtitles say nothing that isn't in the text, and what was drawn is the model's."""
    for text in PROMPTS[start : start + 10]:
        bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
        tokens = roomy.tokenizer.encode(text)
        recording = roomy.generate(text, Sampling(seed=1), min(2, 96 - len(tokens)))
        scene, film = build_film(recording, "both")
        watched = Screening(scene)
        texts = [watched.text(one) for one in scene.objects if one.name.startswith(("Label ", "Typed", "Caption "))]
        written = files(film.lines, film.beats, Video(range(1, scene.frame_end + 1), 24), "both")
        assert not [one for one in [*texts, *written.values()] if "\ufffd" in one], text
        assert "".join(watched.text(one) for one in watched.labels("Typed text")).startswith(
            " ".join(text.split())[:20]
        )
        assert verify(scene).mismatches == [], text


def test_a_text_of_endless_tokens_is_refused(recording):
    pieces = [recording.vocabulary.bytes(token) for token in range(len(recording.vocabulary))]
    pieces[recording.steps[0].trace.tokens[0]] = b"x" * 3_000_000
    with pytest.raises(FilmError, match=r"3,000,\d+ letters.*shorten"):
        make_script(dataclasses.replace(recording, vocabulary=Vocabulary(pieces)))


@pytest.mark.slow
@pytest.mark.parametrize("prompt", ["a\u200bb", "extraordinarily", "a" * 20])
def test_more_prompts(fresh_blender, small, prompt):
    watched = watch(small.generate(prompt, Sampling(seed=1), 1))
    assert all(label.strip() for label in words(watched, 1))


def test_of_a_blank_every_number_is_true(fresh_blender, storybook):
    """A single token, with nothing to read: the columns of those drawn after it, the likeliest text, the strip."""
    recording = storybook.generate(" ", Sampling(), 2)
    assert len(recording.steps[0].trace.tokens) == 1
    beats = ["unembedding.draw", "loop.again", "loop.dull"]
    report = verify(watch(recording, beats).scene, beats=beats)
    assert report.mismatches == [] and report.checked > 1_000


def test_of_a_long_text_the_end_is_shown_and_all_of_it_is_read(fresh_blender, roomy):
    """Cubes and vectors of the last tokens; beams from every token, as the model's numbers say."""
    recording = roomy.generate("the king had a golden ball " * 6, Sampling(seed=1), 1)
    count = len(recording.steps[0].trace.tokens)
    assert count > 24
    beats = ["embedding.columns", "attention.softmax", "attention.head", "stack.whole", "loop.append"]
    watched = watch(recording, beats)
    ids = recording.steps[0].trace.tokens[-MAX_SHOWN:]
    assert words(watched, MAX_SHOWN) == [recording.vocabulary.label(token) for token in ids]
    beams = next(owner for owner in watched.scene.objects if owner.name == "Attention beams").data
    query, key = (read_attribute(beams, name) for name in ("query", "key"))
    assert key.min() == 0 and query.min() >= count - MAX_SHOWN and query.max() == count - 1
    report = verify(watched.scene, beats=beats)
    assert report.mismatches == [] and report.checked > 10_000


def test_two_long_texts_stand_one_under_the_other_over_the_caption(fresh_blender, storybook):
    prompt = "国王有一个金球和一个女儿住在一座很大的森林"  # broad letters take three rows
    scene, _ = build_film(storybook.generate(prompt, Sampling(seed=1), 14), acts=["loop.dull"])
    watched, heights = Screening(scene), {}
    names = ("Growing text", "Likeliest text")
    frame = max(f for f in watched.frames("loop.dull") if watched.visible(watched.object(names[1]), f))
    for name in names:
        y = watched.at(frame, name)["position"][:, 1] + watched.object(name).location.y
        heights[name] = y.min(), y.max()
    assert heights[names[1]][1] < heights[names[0]][0], "one over the other"
    assert heights[names[1]][0] > (LOW - 0.5) * SHEET * 9 / 16, "over the caption"
