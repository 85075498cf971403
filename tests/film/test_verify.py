"""A film is compared with its evidence number by number: one that is not the model's is found and named."""

import dataclasses
import io
import re

import numpy as np
import pytest

from film.screening import Screening
from transformer_cinema.addon import compat
from transformer_cinema.addon.film import layout, palette, points
from transformer_cinema.addon.film.build import build_film
from transformer_cinema.addon.film.errors import FilmError
from transformer_cinema.addon.film.evidence import FORMAT, HERE, Evidence, films, find, mark, mark_of
from transformer_cinema.addon.verify import verify
from transformer_cinema.addon.verifying import CHECKS
from transformer_cinema.addon.verifying.moments import moments
from transformer_cinema.inference.sampling import Sampling

# What tubes and discs of millimetres give back, tens of metres from the origin, and what stands where.
BY_SIZE = re.compile("radius|size|place|ends|layer|tip|together")


@pytest.fixture(scope="module")
def evidence(screening):
    return find(screening.scene)


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
        "embedding.position": {"cells, value", "together"},
        "embedding.meaning": {"dots", "labelled dots"},
        "embedding.neighbours": {"dots", "texts"},
        "attention.tile": {"tile, score", "tile, colour of a score"},
        "attention.softmax": {"tile, depth", "tile, colour of a weight"},
        "attention.head": {"beams", "beams, weight", "beams, radius (emphasised head)", "texts"},
        "attention.all_heads": {"beams, radius (other heads)", "beams, ends"},
        "attention.add": {"cells, value", "together"},
        "mlp.neurons": {"neurons", "neurons, value", "neurons, size", "neurons, colour"},
        "mlp.pulses": {"threads", "threads, tip", "threads, radius"},
        "mlp.writes": {"texts"},
        "stack.flight": {"cells, value", "neurons, value", "neurons, size", "beams", "beams, radius (other heads)"},
        "stack.whole": {"beams", "beams, radius (emphasised head)", "cells, colour"},
        "unembedding.bars": {"bars", "bars, height", "bars, probability", "bars, place"},
        "unembedding.temperature": {"bars, height", "temperature"},
        "unembedding.draw": {"bars, gold", "strip", "strip, gold", "pointer", "texts", "temperature"},
        "loop.again": {"bars, height", "bars, gold", "cells, value", "texts"},
    }
    assert {beat: wanted - kinds.get(beat, set()) for beat, wanted in expected.items() if wanted - kinds[beat]} == {}
    drawn = {mark_of(owner)["shows"] for owner in screening.scene.objects if mark_of(owner)}
    assert drawn == set(CHECKS) - {"word columns", "cosines"}, "this film has no second prompt"


def test_the_flight_is_looked_at_at_every_half_layer(screening, evidence):
    frames = [moment.frame for moment in moments(screening.scene, ["stack.flight"])]
    slots = np.array([screening.dial("Residual stream columns", "Slot", frame) for frame in frames])
    for slot in range(1, 2 * evidence.model.n_layer + 2):
        assert np.abs(slots - slot).min() < 0.01, slot


def test_the_temperature_is_looked_at_on_its_way_too(screening, recording):
    frames = [moment.frame for moment in moments(screening.scene, ["unembedding.temperature"])]
    degrees = {round(screening.dial("Probabilities 1", "Temperature", frame), 2) for frame in frames}
    assert degrees >= {0.7, 1.4, round(recording.sampling.temperature, 2)}
    assert len(degrees - {0.7, 1.0, 1.4, 0.8}) >= 2


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
    holder = next(one for one in screening.scene.collection.children_recursive if HERE in one.keys())
    with np.load(io.BytesIO(holder[HERE]), allow_pickle=False) as archive:
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


# --- one number of the evidence is another -------------------------------------------------------


def shifted(evidence, tensor, index, by):
    """The evidence with one number moved."""
    array = getattr(evidence, tensor).copy()
    array[index] += by
    return dataclasses.replace(evidence, **{tensor: array})


def usual(vector):
    """A component that is neither among the largest nor nearly 0: moving it doesn't move the scale."""
    magnitude = np.abs(vector)
    return int(np.flatnonzero((magnitude > 0.1 * magnitude.max()) & (magnitude < 0.4 * magnitude.max()))[3])


def component(tensor, slot, name):
    def change(evidence):
        at = slot(evidence) if callable(slot) else slot
        array = getattr(evidence, tensor)
        vector = array[3] if at is None else array[at, 3]
        dim = usual(vector)
        index = (3, dim) if at is None else (at, 3, dim)
        return shifted(evidence, tensor, index, 0.02 * np.abs(vector).max()), f"{name}, token 4, component {dim}"

    return change


def weight(layer, of_focus, low, high, by, says):
    """A causal weight of the emphasised or another head, between two limits, moved; by None: to nothing."""

    def change(evidence):
        at = layer(evidence)
        for head in range(evidence.model.n_head):
            if (head == evidence.focus_heads[at]) == of_focus:
                for query, key in np.argwhere((evidence.pattern[at, head] > low) & (evidence.pattern[at, head] < high)):
                    if key <= query:
                        move = -evidence.pattern[at, head, query, key] if by is None else by
                        names = {"layer": at + 1, "head": head + 1, "query": query + 1, "key": key + 1}
                        moved = shifted(evidence, "pattern", (at, head, query, key), move)
                        return moved, says.format(**names)
        raise AssertionError("there is no such weight")

    return change


def focus(evidence):
    return evidence.focus_layer


def elsewhere(evidence):
    return (evidence.focus_layer + 2) % evidence.model.n_layer


def share(evidence):
    row = evidence.pattern[evidence.focus_layer, evidence.focus_head, evidence.focus_query]
    index = (evidence.focus_layer, evidence.focus_head, evidence.focus_query, int(row.argmax()))
    return shifted(evidence, "pattern", index, -0.02), f"share (place {row.argmax() + 1})"


def activation(layer):
    def change(evidence):
        at = layer(evidence)
        neuron = usual(np.maximum(evidence.activations[at, 3], 0))
        by = 0.05 * evidence.activations[at, 3].max()
        moved = shifted(evidence, "activations", (at, 3, neuron), by)
        return moved, f"neuron {neuron} of layer {at + 1}, token 4"

    return change


def thread(evidence):
    layer = evidence.focus_layer
    neuron = int(np.argsort(-evidence.activations[layer, 3])[4])
    by = 0.01 * evidence.activations[layer, 3, neuron]
    return shifted(evidence, "activations", (layer, 3, neuron), by), f"thread of token 4 to neuron {neuron}"


def no_thread(evidence):
    """Another neuron is stronger than all."""
    layer = evidence.focus_layer
    neuron = int(np.argsort(-evidence.activations[layer, 3])[30])
    moved = shifted(evidence, "activations", (layer, 3, neuron), 100.0)
    return moved, f"thread of token 4 to neuron {neuron} of layer {layer + 1}: missing from the picture"


def logit(step, place):
    def change(evidence):
        token = int(evidence.candidates(step)[place])
        return shifted(evidence, "logits", (step, token), 0.01), f"bar {place + 1} of step {step + 1}"

    return change


def all_others(evidence):
    """A token far from having a bar is likelier."""
    token = np.argsort(-evidence.logits[0])[40]
    return shifted(evidence, "logits", (0, token), 0.05), "bar 11 of step 1"


def piece(evidence):
    token = int(evidence.candidates(0)[0])
    return shifted(evidence, "logits", (0, token), 0.01), "piece 1 of the strip"


def drawn_token(evidence):
    tokens = evidence.draw_tokens.copy()
    tokens[1] = evidence.candidates(1)[2]
    return dataclasses.replace(evidence, draw_tokens=tokens), "bar 3 of step 2"


def token(evidence):
    tokens = evidence.tokens.copy()
    tokens[2] = tokens[1]
    return dataclasses.replace(evidence, tokens=tokens), "id (place 3)"


def label(evidence):
    labels = evidence.labels | {int(evidence.tokens[2]): "·else"}
    return dataclasses.replace(evidence, labels=labels), "token (place 3)"


def bar_word(evidence):
    labels = evidence.labels | {int(evidence.candidates(0)[4]): "·else"}
    return dataclasses.replace(evidence, labels=labels), "word 5 under the bars of step 1"


def written(evidence):
    words = evidence.written.copy()
    words[1] = words[1][::-1]
    return dataclasses.replace(evidence, written=words), "written (place 2)"


def lens_word(evidence):
    words = evidence.lens_tokens.copy()
    words[5] = words[5][::-1]
    return dataclasses.replace(evidence, lens_tokens=words), "lens (checkpoint 5)"


def temperature(evidence):
    sampling = dataclasses.replace(evidence.sampling, temperature=evidence.sampling.temperature + 0.01)
    return dataclasses.replace(evidence, sampling=sampling), "temperature of the draw at step 1"


def plain(evidence):
    return dataclasses.replace(evidence, pieces=[*evidence.pieces[:3], "2e", *evidence.pieces[4:]]), "plain (first 1"


TILE = "tile, query {query}, key {key}"
BEAM = "beam layer {layer} head {head}, query {query} ← key {key}: "
ALTERED = {
    "the embedding": ("embedding.vectors", component("stream", 0, "residual stream")),
    "the position": ("embedding.position", component("updates", 0, "update")),
    "a dot": ("embedding.meaning", lambda e: (shifted(e, "cloud", (1234, 1), 0.01), "dot of token 1234")),
    "a labelled dot": (
        "embedding.meaning",
        lambda e: (shifted(e, "cloud", (e.tokens[2], 0), 0.01), f"labelled dot of {e.labels[int(e.tokens[2])]}"),
    ),
    "a cosine": (
        "embedding.neighbours",
        lambda e: (shifted(e, "near_cosines", 2, -0.02), f"neighbour (token {e.near_tokens[2]})"),
    ),
    "a score": ("attention.tile", lambda e: (shifted(e, "scores", (3, 1), 0.02), "tile, query 4, key 2")),
    "a weight on the tile": ("attention.softmax", weight(focus, True, 0.05, 0.9, 0.01, TILE)),
    "a beam": ("attention.all_queries", weight(focus, True, 0.05, 0.9, 0.01, BEAM + "drawn")),
    "a beam that there is not": ("attention.all_queries", weight(focus, True, 0, 0.018, 0.1, BEAM + "missing")),
    "a beam too many": ("attention.all_queries", weight(focus, True, 0.05, 0.9, None, BEAM + "must not")),
    "a share": ("attention.head", share),
    "another head's beam": ("attention.all_heads", weight(focus, False, 0.15, 0.9, 0.01, BEAM + "drawn")),
    "the heads' results": ("attention.values", component("heads", None, "heads' results")),
    "attention's result": ("attention.add", component("updates", lambda e: 2 * e.focus_layer + 1, "update")),
    "the sum": ("attention.add", component("stream", lambda e: 2 * e.focus_layer + 2, "residual stream")),
    "a neuron": ("mlp.neurons", activation(focus)),
    "a thread": ("mlp.pulses", thread),
    "another thread": ("mlp.pulses", no_thread),
    "what a neuron writes": ("mlp.writes", written),
    "the stream in the flight": ("stack.flight", component("stream", 4, "residual stream")),
    "a beam in the flight": ("stack.flight", weight(elsewhere, False, 0.15, 0.9, 0.01, BEAM + "drawn")),
    "a neuron in the flight": ("stack.flight", activation(elsewhere)),
    "the lens": ("stack.flight", lambda e: (shifted(e, "lens_probabilities", (5, 1), 0.002), "lens (checkpoint 5)")),
    "a word of the lens": ("stack.flight", lens_word),
    "a beam among all layers": ("stack.whole", weight(elsewhere, False, 0.35, 0.95, 0.01, BEAM + "drawn")),
    "a bar": ("unembedding.bars", logit(0, 2)),
    "all others": ("unembedding.bars", all_others),
    "a bar as it turns": ("unembedding.temperature", logit(0, 0)),
    "a word under a bar": ("unembedding.bars", bar_word),
    "the strip": ("unembedding.draw", piece),
    "the pointer": ("unembedding.draw", lambda e: (shifted(e, "draw_numbers", 0, 1e-4), "pointer of step 1")),
    "the number": ("unembedding.draw", lambda e: (shifted(e, "draw_numbers", 0, 1e-4), "drawn number (step 1)")),
    "the draw's temperature": ("unembedding.draw", temperature),
    "a later bar": ("loop.again", logit(3, 1)),
    "a later draw": ("loop.append", drawn_token),
    "an id": ("embedding.ids", token),
    "a word": ("embedding.ids", label),
    "the text": ("prologue.text", plain),
}


@pytest.mark.parametrize("what", ALTERED)
def test_one_number_that_the_film_does_not_show_is_named(screening, evidence, what):
    beat, change = ALTERED[what]
    altered, name = change(evidence)
    report = verify(screening.scene, altered, beats=[beat])
    assert not report.ok and report.wrong
    assert [line for line in report.mismatches if line.startswith(f"{beat}: ") and name in line], report.mismatches[:5]


# --- one number of the film is another -----------------------------------------------------------


@pytest.fixture(scope="module")
def contrasted(small, tmp_path_factory):
    """The .blend of a small film with everything in it."""
    import bpy

    from transformer_cinema.addon.render import apply_quality, save_blend

    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    empty = bpy.context.scene
    recording = small.generate("the king and the sea", Sampling(seed=1), 2, contrast="a sea of the king")
    scene, _ = build_film(recording)
    apply_quality(scene, "draft")
    bpy.context.window.scene = scene
    bpy.data.scenes.remove(empty)
    path = tmp_path_factory.mktemp("small") / "small.blend"
    save_blend(path)
    return path


@pytest.fixture
def opened(contrasted):
    """The small film, opened anew: it may be changed."""
    import bpy

    bpy.ops.wm.open_mainfile(filepath=str(contrasted), load_ui=False)
    return Screening(bpy.context.scene)


def test_a_film_with_a_second_prompt_is_the_models_too(opened):
    report = verify(opened.scene)
    assert report.mismatches == [] and report.ok
    assert {kind for beat, kind in report.rows if beat == "attention.context"} >= {"cosines", "cells, colour"}
    evidence = find(opened.scene)
    slot = evidence.model.n_layer
    for altered, name in (
        (shifted(evidence, "word_vectors", (1, slot, 5), 0.02), "word in two prompts, prompt 2, component 5"),
        (shifted(evidence, "word_cosines", slot, 0.01), f"cosine at place {slot} of the stream"),
    ):
        report = verify(opened.scene, altered, beats=["attention.context"])
        assert [line for line in report.mismatches if name in line], report.mismatches[:5]


def nudge(name, attribute, row, by):
    """Move one stored number of an object: an attribute of a point."""

    def change(film):
        mesh = film.object(name).data
        values = points.read_attribute(mesh, attribute)
        values[row(film) if callable(row) else row] += by
        points.write_attribute(mesh, attribute, values)
        mesh.update()

    return change


def rekey(name, path, value):
    """Move all keys of one curve to another value."""

    def change(film):
        owner = film.object(name)
        curve = film.curve(owner, compat.input_path(owner.modifiers[0], path) if path[0].isupper() else path)
        for key in curve.keyframe_points:
            key.co.y = value(key.co.y)
        curve.update()

    return change


def reword(prefix, text):
    def change(film):
        owner = next(one for one in film.scene.objects if one.name.startswith(prefix))
        compat.set_input(owner.modifiers[0], "Text", text)

    return change


def reshape(film):
    """Every cell a little brighter."""
    tree = film.modifier("Residual stream columns").node_group
    ramp = next(node.color_ramp for node in tree.nodes if node.bl_idname == "ShaderNodeValToRGB")
    ramp.elements[2].color[0] += 0.001


def thicker(film):
    """The emphasised head's beams a tenth thicker than they should be."""
    tree = film.modifier("Attention beams").node_group
    for node in tree.nodes:
        for socket in node.inputs:
            is_number = socket.bl_idname == "NodeSocketFloat"
            if is_number and abs(socket.default_value - layout.BEAM_RADIUS_PER_WEIGHT) < 1e-6:
                socket.default_value *= 1.1


def move_vertex(name, axis, by):
    def change(film):
        film.object(name).data.vertices[5].co[axis] += by

    return change


def hide(film):
    owner = film.object("Attention beams")
    film.curve(owner, "hide_viewport").mute = True
    owner.hide_viewport = True


CELL = 1 * 32 + 7  # the row of token 2, component 7 of the first slot in the small film's tables of vectors

SPOILED = {
    "a component": ("embedding.vectors", nudge("Residual stream", "value", CELL, 0.01), "token 2, component 7"),
    "a place on the map": ("embedding.vectors", nudge("Residual stream", "shown", CELL, 0.01), "component 7"),
    "a colour": ("embedding.vectors", reshape, "residual stream, token"),
    "a cell's place": ("embedding.vectors", move_vertex("Residual stream columns", 0, 0.02), "component 5, slot 0"),
    "the slot": ("attention.head", rekey("Residual stream columns", "Slot", lambda y: 0.0), "slot of the row"),
    "half a slot": ("embedding.vectors", rekey("Residual stream columns", "Slot", lambda y: y + 0.5), "slot at rest"),
    "a score": ("attention.tile", nudge("Attention tile", "score", 0, 0.1), "tile, query 1, key 1"),
    "a tile's weight": ("attention.softmax", nudge("Attention tile", "weight", 0, -0.1), "tile, query 1, key 1"),
    "a beam's weight": ("attention.all_heads", nudge("Attention beams", "weight", 0, 0.1), "beam layer"),
    "a beam's head": ("attention.all_heads", nudge("Attention beams", "head", slice(None), 1), "missing from the"),
    "a beam's end": ("attention.all_heads", nudge("Attention beams", "span", slice(None), 1.6), "beam layer"),
    "a beam's radius": ("attention.all_queries", thicker, "beam layer"),
    "the beams' layer": ("attention.head", rekey("Attention beams", "Layer", lambda y: 1 - y), "beam"),
    "a hidden object": ("attention.head", hide, "Attention beams is rendered but hidden"),
    "a word's vector": ("attention.context", nudge("Word in two contexts", "value", 7, 0.01), "prompt 1, component 7"),
    "a cosine": ("attention.context", nudge("Cosines", "cosine", 1, 0.01), "cosine at place 1"),
    "an activation": ("mlp.neurons", nudge("Activations", "value", 7, 0.01), "neuron 7 of layer 1, token 1"),
    "a brightness": ("mlp.neurons", nudge("Activations", "shown", 7, 0.01), "neuron 7 of layer 1, token 1"),
    "a thread": ("mlp.pulses", nudge("Neuron threads", "shown", slice(None), -0.1), "thread of token 1"),
    "a dot": ("embedding.meaning", move_vertex("Meaning space", 2, 0.01), "dot of token 5"),
    "a logit": ("unembedding.bars", nudge("Probabilities 1 logits", "logit", slice(0, 200), 0.01), "bar"),
    "a temperature": ("unembedding.draw", rekey("Probabilities 1", "Temperature", lambda y: y + 0.01), "temperature"),
    "the dial": ("unembedding.temperature", rekey("Temperature dial", "Temperature", lambda y: y + 0.01), "hand"),
    "the chosen bar": ("unembedding.draw", rekey("Probabilities 1", "Chosen", lambda y: (y + 1) % 3), "bar"),
    "the strip": ("unembedding.draw", move_vertex("Draw strip", 0, 0.01), "piece 2 of the strip"),
    "the pointer": ("unembedding.draw", rekey("Pointer", "location", lambda y: y + 0.01), "pointer of step 1"),
    "an id": ("embedding.ids", reword("Id ", "12345"), "id (place 1): drawn '12345'"),
    "a share": ("attention.head", reword("Share ", "99 %"), "share (place 1): drawn '99 %'"),
    "the lens": ("stack.flight", reword("Lens 3", "·never  99.0 %"), "lens (checkpoint 3)"),
    "the number": ("unembedding.draw", reword("Random number", "0.1234"), "drawn number (step 1): drawn '0.1234'"),
}


@pytest.mark.parametrize("what", SPOILED)
def test_one_number_that_is_not_the_models_is_named(opened, what):
    beat, change, name = SPOILED[what]
    change(opened)
    report = verify(opened.scene, beats=[beat])
    assert [line for line in report.mismatches if line.startswith(f"{beat}: ") and name in line], report.mismatches[:5]
    assert not report.ok


def test_what_is_missing_is_named(opened):
    import bpy

    bpy.data.objects.remove(opened.object("Neurons"))
    report = verify(opened.scene)
    assert not report.ok and "neurons" in str(report.mismatches) and "missing" in str(report.mismatches)


# --- what a user may change ----------------------------------------------------------------------

BEATS = ["embedding.vectors", "attention.all_heads", "attention.context", "mlp.neurons", "unembedding.draw"]


def test_a_film_with_other_lights_cameras_materials_and_names_is_still_the_models(opened):
    import bpy

    before = verify(opened.scene, beats=BEATS)
    scene = opened.scene
    for owner in scene.objects:
        if owner.type in ("CAMERA", "LIGHT"):
            owner.animation_data_clear()
            owner.location.x += 3.0
    for material in bpy.data.materials:
        material.node_tree.nodes.clear()
    cube = bpy.data.objects.new("Mine", layout_box())
    scene.collection.objects.link(cube)
    cube.modifiers.new("Mine", "NODES").node_group = bpy.data.node_groups.new("Mine", "GeometryNodeTree")
    for kind in (bpy.data.objects, bpy.data.node_groups, bpy.data.materials, bpy.data.meshes, bpy.data.collections):
        for number, block in enumerate(list(kind)):
            block.name = f"Renamed {number}"
    bpy.context.window.scene = bpy.data.scenes.new("Another")
    after = verify(scene, beats=BEATS)
    assert after.ok and before.ok and after.checked == before.checked > 10_000
    assert any(name == cube.name for name in after.unchecked)


def layout_box():
    """A mesh of the user's with attributes that are called as the film's."""
    mesh = points.shape_mesh("Mine", [(1, 1, 1), (2, 1, 1), (2, 2, 1)], [(0, 1, 2)])
    points.write_attribute(mesh, "value", np.ones(3, np.float32))
    return mesh


def test_a_film_at_another_speed_is_still_the_models(opened):
    import bpy

    before = verify(opened.scene, beats=BEATS)
    for action in bpy.data.actions:
        for curve in [c for layer in action.layers for s in layer.strips for bag in s.channelbags for c in bag.fcurves]:
            for key in curve.keyframe_points:
                key.co.x *= 1.5
            curve.update()
    for marker in opened.scene.timeline_markers:
        marker.frame = round(marker.frame * 1.5)
    opened.scene.frame_end = round(opened.scene.frame_end * 1.5)
    after = verify(opened.scene, beats=BEATS)
    assert after.ok and before.ok and after.checked > 0.9 * before.checked


def test_two_films_in_one_file_are_told_apart(opened, short):
    import bpy

    second, _ = build_film(short)
    assert {one.name for one in films(bpy.data.scenes)} == {opened.scene.name, second.name}
    assert find(second).prompt == short.prompt != find(opened.scene).prompt
    assert verify(second, beats=["embedding.vectors"]).ok and verify(opened.scene, beats=["embedding.vectors"]).ok


def test_a_kind_that_nobody_checks_is_a_mismatch(opened):
    mark(opened.object("Gates"), "something new")
    report = verify(opened.scene, beats=["stack.rewind"])
    assert not report.ok and "something new" in str(report.mismatches)


def test_a_scene_without_a_film_is_one_sentence(fresh_blender):
    assert films(fresh_blender.data.scenes) == []
    with pytest.raises(FilmError, match="keeps no record"):
        verify(fresh_blender.context.scene)


# --- the mappings --------------------------------------------------------------------------------


def test_sizes_give_back_what_they_stand_for():
    grid, shown = layout.NeuronGrid.of(768), np.linspace(0, 1, 7)
    assert grid.lit(grid.diameter(shown)) == pytest.approx(shown, abs=1e-12)
    assert layout.shown_of_thread(layout.thread_radius(shown)) == pytest.approx(shown, abs=1e-12)
    assert (np.diff(grid.diameter(shown)) > 0).all() and (np.diff(layout.thread_radius(shown)) > 0).all()


def test_colours_of_numbers_are_those_of_the_palette():
    ends = palette.cell_colour([-1.0, 0.0, 1.0])
    for colour, (_, stop), light in zip(ends, palette.DIVERGING[::2], (1.65, 0.75, 1.65), strict=True):
        assert colour == pytest.approx(np.array(palette.linear(stop)[:3]) * light, abs=1e-9)
    half = palette.cell_colour([0.28])[0] / (0.75 + 0.9 * 0.28)
    both = np.array([palette.linear(stop)[:3] for _, stop in palette.DIVERGING[2:4]])
    assert half == pytest.approx(both.mean(0), abs=1e-9)
    assert palette.cell_colour([2.0])[0] / (0.75 + 1.8) == pytest.approx(ends[2] / 1.65), "beyond the map is its end"
