"""A film is compared with its evidence number by number: one that is not the model's is found and named."""

import dataclasses
import io
import re

import numpy as np
import pytest

from transformer_cinema.addon.film import layout, palette
from transformer_cinema.addon.film.build import build_film
from transformer_cinema.addon.film.errors import FilmError
from transformer_cinema.addon.film.evidence import EVIDENCE, FORMAT, Evidence, mark_of
from transformer_cinema.addon.film.palette import DARK
from transformer_cinema.addon.output.qualities import apply_quality
from transformer_cinema.addon.verify import verify
from transformer_cinema.addon.verifying import CHECKS
from transformer_cinema.addon.verifying.moments import moments
from transformer_cinema.inference.sampling import Sampling

# What tubes and discs of millimetres give back, tens of metres from the origin, and what stands where.
BY_SIZE = re.compile("radius|size|place|ends|layer|tip|together|depth")


@pytest.mark.slow
def test_a_film_on_paper_shows_the_same_numbers(fresh_blender, short):
    scene, _ = build_film(short, theme="paper")
    report = verify(scene)
    assert report.mismatches == [] and report.checked > 10_000
    apply_quality(scene, "preview")
    assert scene.view_settings.view_transform == "Standard", "paper stays as light as it is"


# --- a film as it was built ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def report(screening):
    screening.scene.frame_set(77)
    found = verify(screening.scene)
    assert screening.scene.frame_current == 77, "the film stands where it stood"
    return found


def test_every_number_of_the_film_is_the_models(report):
    assert report.mismatches == [] and report.ok
    assert report.checked >= 1_000_000 and report.moments > 100
    for (beat, kind), row in report.rows.items():
        assert row.largest < (1e-3 if BY_SIZE.search(kind) else 1e-5), (beat, kind)
    table = "\n".join(report.table())
    assert f"{report.checked:,}" in table and "cells, colour" in table


def test_everything_that_shows_numbers_is_looked_at_in_its_beats(report, screening, evidence):
    kinds = {}
    for beat, kind in report.rows:
        kinds.setdefault(beat, set()).add(kind)
    expected = {
        "prologue.text": {"texts"},
        "embedding.ids": {"texts", "texts, place"},
        "embedding.vectors": {"cells", "cells, value", "cells, colour", "cells, place"},
        "embedding.position": {"cells, value", "together", "texts"},
        "embedding.meaning": {"dots", "labelled dots"},
        "embedding.neighbours": {"dots", "texts"},
        "attention.tile": {"tile, score", "tile, numbers"},
        "attention.softmax": {"tile, bar", "tile, colour of a weight", "tile, numbers"},
        "attention.head": {
            "beams",
            "beams, weight",
            "beams, radius (as the emphasised head)",
            "shares, light",
            "texts",
        },
        "attention.query": {"weights, value", "products, sum", "texts"},
        "attention.key": {"weights, value", "products, value", "products, sum"},
        "attention.score": {"score, sum", "score, divided"},
        "attention.all_heads": {"beams, radius (as the emphasised head)", "beams, ends"},
        "attention.value": {"weights, value", "products, value", "products, sum"},
        "attention.values": {"values, number"},
        "attention.project": {"values, number", "products, sum"},
        "attention.add": {"cells, value", "together", "angles"},
        "attention.context": {"cells, value", "texts"},
        "attention.context_parts": {"cells, value", "angles"},
        "mlp.matrix": {"weights, value", "weights, colour", "question, value", "question, place", "question, sum"},
        "mlp.neurons": {"panel", "panel, value", "panel, size", "panel, colour", "panel, place", "lit neurons"},
        "mlp.votes": {"panel, push", "sum of votes", "texts"},
        "mlp.add": {
            "weights, value",
            "panel threads, radius",
            "neurons, value",
            "neurons, size",
            "threads, tip",
            "cells, value",
        },
        "stack.flight": {
            "cells, value",
            "neurons, value",
            "arcs in flight",
            "arcs in flight, depth",
            "answers",
            "answers, layer",
        },
        "stack.same_end": {"cells, value", "three answers", "texts"},
        "stack.whole": {"beams", "cells, colour"},
        "unembedding.bars": {"bars", "bars, length", "bars, probability", "bars, place"},
        "unembedding.temperature": {"bars, length", "temperature"},
        "unembedding.draw": {"strip", "strip, drawn", "light on the strip", "texts"},
        "loop.again": {"bars, length", "bars, gold", "cells, value", "texts"},
    }
    assert {beat: wanted - kinds.get(beat, set()) for beat, wanted in expected.items() if wanted - kinds[beat]} == {}
    drawn = {mark_of(owner)["shows"] for owner in screening.scene.objects if mark_of(owner)}
    assert drawn == set(CHECKS)


def test_the_flight_is_looked_at_at_every_half_layer(screening, evidence):
    beats = [beat for beat in ("stack.flight", "stack.flip") if beat in screening.beats]
    frames = [moment.frame for moment in moments(screening.scene, beats)]
    slots = np.array([screening.dial("Residual stream columns", "Slot", frame) for frame in frames])
    for slot in range(1, 2 * evidence.model.n_layer + 2):
        assert np.abs(slots - slot).min() < 0.01, slot


def test_the_temperature_is_looked_at_on_its_way_too(screening, recording):
    frames = [moment.frame for moment in moments(screening.scene, ["unembedding.temperature"])]
    degrees = {round(screening.dial("Probabilities", "Temperature", frame), 2) for frame in frames}
    assert degrees >= {0.3, 1.6, round(recording.sampling.temperature, 2)}
    assert len(degrees - {0.3, 1.0, 1.6, 0.8}) >= 2


# --- the evidence --------------------------------------------------------------------------------


def test_the_evidence_in_the_file_is_the_recordings_own(evidence, recording):
    steps, trace = recording.steps, recording.steps[0].trace
    assert (evidence.prompt, evidence.model, evidence.sampling) == (recording.prompt, trace.model, recording.sampling)
    assert evidence.tokens.tolist() == [*steps[-1].trace.tokens, steps[-1].draw.token]
    count, layers = len(trace.tokens), range(trace.model.n_layer)
    for checkpoint in range(2 * trace.model.n_layer + 1):
        assert (evidence.stream[checkpoint + 1, :count] == trace.resid(checkpoint)).all()
    assert (evidence.stream[0, :count] == trace.embed).all() and (evidence.updates[0, :count] == trace.pos_embed).all()
    for layer in layers:
        block = trace.blocks[layer]
        assert (evidence.pattern[layer] == block.pattern).all()
        assert (evidence.activations[layer, :count] == block.post).all()
        assert (evidence.updates[2 * layer + 1, :count] == block.attn_out).all()
        assert (evidence.updates[2 * layer + 2, :count] == block.mlp_out).all()
    for i, step in enumerate(steps):
        assert (evidence.logits[i] == step.trace.logits).all()
        assert (evidence.draw_numbers[i], evidence.draw_tokens[i]) == (step.draw.random, step.draw.token)
        later = evidence.stream[-1, len(step.trace.tokens) - 1]
        assert (later == step.trace.blocks[-1].resid_post[-1]).all()
    assert (evidence.lens_probabilities == recording.lens.probabilities).all()


def test_the_evidence_is_kept_without_pickles(screening, evidence):
    holder = next(one for one in screening.scene.collection.children_recursive if EVIDENCE in one.keys())
    with np.load(io.BytesIO(holder[EVIDENCE]), allow_pickle=False) as archive:
        assert {archive[name].dtype.kind for name in archive.files} <= set("fiU")
    again = Evidence.from_bytes(evidence.to_bytes())
    for field in dataclasses.fields(Evidence):
        assert np.array_equal(getattr(again, field.name), getattr(evidence, field.name)), field.name


def foreign(version):
    file = io.BytesIO()
    np.savez(file, format=np.array(version))
    return file.getvalue()


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (foreign(FORMAT + 1), "newer version"),
        (foreign(FORMAT - 1), "older version"),
        (foreign(FORMAT), "damaged"),
        (b"PK\x03\x04 not an archive", "damaged"),
        (b"", "damaged"),
    ],
    ids=["newer", "older", "empty", "damaged", "nothing"],
)
def test_evidence_that_cannot_be_read_is_one_sentence(data, says):
    with pytest.raises(FilmError, match=says):
        Evidence.from_bytes(data)


def test_a_recording_of_ones_own_is_evidence_as_good(screening, evidence, recording):
    other = evidence.of_recording(recording)
    assert verify(screening.scene, other, beats=["attention.head", "embedding.neighbours", "unembedding.bars"]).ok


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"prompt": "Twice"}, "its prompt is 'Twice'"),
        ({"sampling": Sampling(seed=99)}, "other words"),
        ({"steps": 2}, "other words"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_recording_of_something_else_is_refused(evidence, recording, change, says):
    if "steps" in change:
        change = {"steps": recording.steps[: change["steps"]]}
    with pytest.raises(FilmError, match=says):
        evidence.of_recording(dataclasses.replace(recording, **change))


def test_a_recording_of_another_model_is_refused(evidence, short):
    with pytest.raises(FilmError, match=f"of the model {short.model.name}, the film of {evidence.model.name}"):
        evidence.of_recording(short)


# --- the mappings --------------------------------------------------------------------------------


def test_sizes_give_back_what_they_stand_for():
    grid, shown = layout.NeuronGrid.of(768), np.linspace(0, 1, 7)
    assert grid.lit(grid.diameter(shown)) == pytest.approx(shown, abs=1e-12)
    assert layout.shown_of_thread(layout.thread_radius(shown)) == pytest.approx(shown, abs=1e-12)
    assert (np.diff(grid.diameter(shown)) > 0).all() and (np.diff(layout.thread_radius(shown)) > 0).all()


def test_colours_of_numbers_are_those_of_the_palette():
    ends = DARK.cell_colour([-1.0, 0.0, 1.0])
    for colour, (_, stop), light in zip(ends, DARK.diverging[::2], (2.2, 1.1, 2.2), strict=True):
        assert colour == pytest.approx(np.array(palette.linear(stop)[:3]) * light, abs=1e-9)
    half = DARK.cell_colour([0.28])[0] / (1.1 + 1.1 * 0.28)
    both = np.array([palette.linear(stop)[:3] for _, stop in DARK.diverging[2:4]])
    assert half == pytest.approx(both.mean(0), abs=1e-9)
    assert DARK.cell_colour([2.0])[0] / (1.1 + 2.0 * 1.1) == pytest.approx(ends[2] / 2.2), "beyond the map is its end"
