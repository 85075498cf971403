"""Films of models and settings at the edges: nothing to draw, tiny chances, far too much."""

import dataclasses

import numpy as np
import pytest
import safetensors.numpy

from checkpoints import write_checkpoint
from transformer_cinema.addon.film import points
from transformer_cinema.addon.film.acts.unembedding import percent
from transformer_cinema.addon.film.build import build_film
from transformer_cinema.addon.film.cast.sampling import chances
from transformer_cinema.addon.film.direction import MAX_LAYERS, Focus, check_layers, make_script
from transformer_cinema.addon.film.errors import FilmError
from transformer_cinema.addon.film.texts import ALL
from transformer_cinema.addon.verify import verify
from transformer_cinema.inference.model import Model
from transformer_cinema.inference.sampling import Sampling
from transformer_cinema.inference.tokens import Vocabulary


def zeroed(folder, *names):
    """A small model, some of whose tensors are all zero."""
    path = write_checkpoint(folder, n_ctx=128) / "model.safetensors"
    weights = {name: array.copy() for name, array in safetensors.numpy.load_file(path).items()}
    for name in weights:
        if any(part in name for part in names):
            weights[name][:] = 0
    path.unlink()
    safetensors.numpy.save_file(weights, path)
    return Model.load(folder)


@pytest.mark.slow
def test_attention_so_even_that_no_beam_is_thick_enough(fresh_blender, tmp_path):
    """An untrained model and a long prompt: then there are no arcs, and everything else is as it is."""
    recording = zeroed(tmp_path, "attn.c_attn").generate("a " * 90, Sampling(seed=1), 1)
    assert recording.steps[0].trace.blocks[0].pattern[:, -1].max() < 0.02
    scene, _ = build_film(recording, acts=["attention"])
    assert verify(scene).mismatches == []


@pytest.mark.slow
@pytest.mark.parametrize("names", [["mlp.c_fc"], ["attn.c_proj"], ["wte"], ["wpe"], ["ln_f"], ["mlp.c_proj"], ["."]])
def test_models_without_a_part(fresh_blender, tmp_path, names):
    recording = zeroed(tmp_path, *names).generate("the king", Sampling(seed=1), 2)
    scene, _ = build_film(recording)
    assert verify(scene).mismatches == []


@pytest.mark.slow
@pytest.mark.parametrize("settings", [{"scale_attn_weights": False}, {"scale_attn_by_inverse_layer_idx": True}])
def test_a_score_is_divided_as_the_model_divides_it(fresh_blender, tmp_path, settings):
    """Not by the root of the width, in models that divide by something else."""
    recording = Model.load(write_checkpoint(tmp_path, **settings)).generate("the king", Sampling(seed=1), 1)
    scene, _ = build_film(recording, acts=["attention.score"], focus=Focus(layer=2))
    report = verify(scene)
    assert report.mismatches == [] and "score, divided" in str(report.table())


def test_a_caption_about_a_token_of_64_dashes_fits_in_the_picture(fresh_blender, short):
    pieces = [short.vocabulary.bytes(token) for token in range(len(short.vocabulary))]
    pieces[short.steps[0].trace.tokens[-1]] = b"-" * 64
    scene, film = build_film(dataclasses.replace(short, vocabulary=Vocabulary(pieces)), acts=["attention"])
    labels = [one for one in scene.objects if one.name.startswith("Caption ") and one.modifiers]
    for label in labels:
        label.animation_data_clear()
        label.hide_viewport = False
    widths = film.captions.studio.measure(labels)
    assert any("-" * 64 in line.texts["en"] for line in film.lines)
    assert max(width * label.scale.x for width, label in zip(widths, labels, strict=True)) < film.captions.width * 0.96


def test_no_more_numbers_than_can_be_told_apart(fresh_blender):
    """Node groups compute places in tables as floats, which leave out whole numbers from 2^24 on."""
    one, most = np.float32(1), np.float32(points.MOST)
    assert np.float32(points.MOST - 1) + one == most and most + one == most
    with pytest.raises(FilmError, match="16,777,217 numbers.*at most 16,777,216; shorten the prompt"):
        points.point_mesh("Neurons", {}, count=points.MOST + 1)


def test_an_empty_cloud_has_its_attributes(fresh_blender):
    mesh = points.point_mesh("None", {"weight": np.zeros(0, np.float32)}, np.zeros((0, 3)))
    assert points.read_attribute(mesh, "weight").shape == (0,)
    assert points.read_attribute(mesh, "position").shape == (0, 3)


def test_a_model_of_5000_layers_is_refused(recording):
    with pytest.raises(FilmError, match="5,000 layers, and a film shows at most 200; choose another model"):
        check_layers(5000)
    first = recording.steps[0]
    deep = dataclasses.replace(first.trace.model, n_layer=MAX_LAYERS + 1)
    blocks = first.trace.blocks[:1] * deep.n_layer
    step = dataclasses.replace(first, trace=dataclasses.replace(first.trace, model=deep, blocks=blocks))
    with pytest.raises(FilmError, match="layers"):
        make_script(dataclasses.replace(recording, steps=(step,)))


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (1.0, "100.0%"),
        (0.25, "25.0%"),
        (0.00099, "0.099%"),
        (0.000012, "0.0012%"),
        (1e-6, "0.00010%"),
        (4e-7, "<0.0001%"),
        (1e-30, "<0.0001%"),
    ],
)
def test_small_chances_are_numbers_that_people_read(share, text):
    assert percent(share) == text
    german = ALL["de"].line("unembedding.draw_cut", random="0.5000", token="x", share=percent(share))
    assert text.replace(".", ",") in german


def test_a_chance_in_a_billion_is_no_chance_of_zero():
    assert chances(3e-12, "en") == "3 chances in 1,000,000,000,000"
