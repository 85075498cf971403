"""One number of the film is another, and it is named; what a user may change is not taken for that."""

import numpy as np
import pytest

from film.screening import Screening, shifted, some_slow
from transformer_cinema.addon import compat
from transformer_cinema.addon.film import layout, points
from transformer_cinema.addon.film.build import build_film
from transformer_cinema.addon.film.errors import FilmError
from transformer_cinema.addon.film.evidence import films, find, mark_of
from transformer_cinema.addon.verify import verify
from transformer_cinema.addon.verifying import CHECKS
from transformer_cinema.addon.verifying.scenery import is_plain


@pytest.fixture
def opened(contrasted_blend):
    """The small film, opened anew: it may be changed."""
    import bpy

    bpy.ops.wm.open_mainfile(filepath=str(contrasted_blend), load_ui=False)
    return Screening(bpy.context.scene)


@pytest.mark.slow
def test_a_film_with_a_second_prompt_is_the_models_too(opened):
    report = verify(opened.scene)
    assert report.mismatches == [] and report.ok
    found = {kind for beat, kind in report.rows if beat == "attention.context_parts"}
    assert found >= {"angles", "cells, colour", "beams, weight"}
    evidence = find(opened.scene)
    for altered, name in (
        (shifted(evidence, "word_vectors", (1, -1, 5), 0.02), "word in two prompts, prompt 2, component 5"),
        (shifted(evidence, "word_vectors", (1, -1, 5), 3.0), "angle of Word angle"),
    ):
        report = verify(opened.scene, altered, beats=["attention.context_parts"])
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


def retell(name, label):
    """Change the last letter of a text input."""

    def change(film):
        modifier = film.modifier(name)
        compat.set_input(modifier, label, compat.get_input(modifier, label)[:-1] + "%")

    return change


def reset(name, label, by):
    """Change an input that nothing animates."""

    def change(film):
        modifier = film.modifier(name)
        compat.set_input(modifier, label, compat.get_input(modifier, label) + by)

    return change


def reword(prefix, text):
    def change(film):
        owner = next(one for one in film.scene.objects if one.name.startswith(prefix))
        compat.set_input(owner.modifiers[0], "Text", text)

    return change


def beside(prefix, by):
    """A label so many metres to the right of its place."""

    def change(film):
        next(one for one in film.scene.objects if one.name.startswith(prefix)).location.x += by

    return change


def with_comma(film):
    """A decimal comma in the first neighbour's cosine."""
    owner = next(one for one in film.scene.objects if (mark_of(one) or {}).get("says") == "neighbour")
    compat.set_input(owner.modifiers[0], "Text", film.text(owner).replace(".", ","))


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
    "a component": ("embedding.columns", nudge("Residual stream", "value", CELL, 0.01), "token 2, component 7"),
    "a place on the map": ("embedding.columns", nudge("Residual stream", "shown", CELL, 0.01), "component 7"),
    "a colour": ("embedding.columns", reshape, "residual stream, token"),
    "a cell's place": ("embedding.columns", move_vertex("Residual stream columns", 0, 0.02), "component 5, slot 0"),
    "the slot": ("attention.head", rekey("Residual stream columns", "Slot", lambda y: 0.0), "slot of the row"),
    "half a slot": ("embedding.columns", rekey("Residual stream columns", "Slot", lambda y: y + 0.5), "slot at rest"),
    "a score": ("attention.tile", nudge("Attention tile", "score", 0, 0.1), "tile, query 1, key 1"),
    "a tile's weight": ("attention.softmax", nudge("Attention tile", "weight", 0, -0.1), "tile, query 1, key 1"),
    "a beam's weight": ("attention.all_heads", nudge("Attention beams", "weight", 0, 0.1), "beam layer"),
    "a beam's head": ("attention.all_heads", nudge("Attention beams", "head", slice(None), 1), "missing from the"),
    "a beam's end": ("attention.all_heads", nudge("Attention beams", "span", slice(None), 1.6), "beam layer"),
    "a beam's radius": ("attention.all_queries", thicker, "beam layer"),
    "the beams' layer": ("attention.head", rekey("Attention beams", "Layer", lambda y: 1 - y), "beam"),
    "a hidden object": ("attention.head", hide, "Attention beams is hidden where it should be shown"),
    "a word's vector": ("attention.context", nudge("Word in two contexts", "value", 7, 0.01), "prompt 1, component 7"),
    "an angle": ("attention.context_parts", nudge("Word angle angles", "angle", slice(None), 1.0), "angle of Word"),
    "a context beam": ("attention.context_parts", nudge("Context beams", "weight", slice(None), -0.01), "context beam"),
    "a number on the tile": (
        "attention.tile",
        nudge("Attention tile numbers", "glyph", slice(None), 1),
        "number on tile",
    ),
    "a value": ("attention.values", nudge("Mixed values", "value", 0, 0.1), "value of token 1, component 0"),
    "a value's area": (
        "attention.values",
        nudge("Mixed values", "weight", slice(0, 8), 0.2),
        "area of the value of token 1",
    ),
    "a sum of values": ("attention.values", nudge("Values added up", "sum", slice(None), 0.1), "result of head"),
    "how far it turns": (
        "attention.add",
        nudge("Turned by attention angles", "angle", slice(None), 1.0),
        "angle of Turned",
    ),
    "an activation": ("mlp.neurons", nudge("Focus neurons", "value", 7, 0.01), "neuron 7 of layer"),
    "a brightness": ("mlp.neurons", nudge("Focus neurons", "shown", 7, 0.01), "neuron 7 of layer"),
    "a sum of products": ("mlp.matrix", nudge("Question sums", "sum", slice(None), 0.01), "question of neuron"),
    "a push": ("mlp.votes", nudge("Focus neurons", "push_shown", 7, 0.01), "neuron 7 of layer"),
    "a sum of votes": ("mlp.votes", nudge("Sums of votes", "sum", slice(None), 0.01), "votes"),
    "how many are lit": ("mlp.neurons", nudge("Lit neurons", "count", slice(None), 1.0), "lit of the first"),
    "an activation of all": ("mlp.add", nudge("Activations", "value", 7, 0.01), "neuron 7 of layer 1, token 1"),
    "a thread": ("mlp.add", nudge("Neuron threads", "shown", slice(None), -0.1), "thread of token 1"),
    "a thread of the panel": ("mlp.add", nudge("Focus threads", "shown", slice(None), -0.1), "thread of neuron"),
    "arcs beside the row": ("stack.flight", rekey("Flight beams", "location", lambda y: y + 0.1), "beam layer"),
    "an answer": ("stack.flight", nudge("Board", "share", slice(None), 0.05), "answer 1 at checkpoint"),
    "a neighbour's distance": ("embedding.neighbours", move_vertex("Word dots.001", 2, 0.2), "cosine of"),
    "a comma for a point": ("embedding.neighbours", with_comma, "neighbour (token"),
    "a place in the text": ("embedding.position", reword("Place ", "place 9"), "place ("),
    "a dot": ("embedding.meaning", move_vertex("Meaning space", 2, 0.01), "dot of token 5"),
    "a logit": ("unembedding.bars", nudge("Probabilities logits", "logit", slice(0, 200), 0.01), "bar"),
    "a logit on the wall": ("unembedding.bars", nudge("Vocabulary wall", "logit", 8, 0.1), "dash of token 2"),
    "a dash's brightness": ("unembedding.bars", nudge("Vocabulary wall", "shown", 8, -0.1), "dash of token 2"),
    "a temperature": ("loop.again", rekey("Probabilities", "Temperature", lambda y: y + 0.01), "temperature"),
    "a word of the bars": ("unembedding.bars", retell("Probabilities words", "Words"), "before the bars"),
    "what is the prompt's": (
        "loop.append",
        reset("Growing text", "Opening", 3),
        "how much of the drawn text is the prompt",
    ),
    "the text that grows": ("loop.append", retell("Growing text", "Text"), "the drawn text"),
    "the dial": ("unembedding.temperature", rekey("Temperature dial", "Temperature", lambda y: y + 0.01), "hand"),
    "the dial of a text": ("loop.dull", rekey("Temperature dial.001", "Temperature", lambda y: y + 0.01), "hand"),
    "the chosen bar": ("loop.again", rekey("Probabilities", "Chosen", lambda y: (y + 1) % 3), "bar"),
    "the strip": ("unembedding.draw", nudge("Draw strip", "edge", slice(0, 4), 0.01), "piece 1 of the strip"),
    "the light on the strip": ("unembedding.draw", reset("Draw strip", "Random", 0.01), "number that it stops at"),
    "the dive": ("unembedding.draw", reset("Draw strip", "Most", 1.0), "how far the strip grows"),
    "an id": ("embedding.ids", reword("Id ", "12345"), "id (place 1): drawn '12345'"),
    "a share": ("attention.head", nudge("Sources", "weight", slice(None), 0.01), "light of token 1"),
    "a share over a value": ("attention.values", nudge("Sources", "glyph", slice(None), 1), "share of token 1"),
    "a layer's name": ("attention.travel", reword("Gate name", "Layer 9"), "layer (layer "),
    "a guess": ("prologue.question", reword("Guess 2", "never"), "guess 2: drawn 'never'"),
    "a word over the strip": ("unembedding.draw", reword("Piece 1", "never"), "piece 1 of the strip: drawn 'never'"),
    "a guess's size": ("prologue.question", reset("Guess 3", "Size", 0.01), "guess 3, size"),
    "the chances": ("unembedding.draw", reword("Chances", "9 in 10"), "chances (step 1, language"),
    "a word on the strip": ("unembedding.draw", reword("Neighbour ", "never"), "word on piece"),
    "where it stands": ("unembedding.draw", beside("Neighbour ", 0.05), "word on piece"),
}


@pytest.mark.parametrize("what", some_slow(SPOILED))
def test_one_number_that_is_not_the_models_is_named(opened, what):
    beat, change, name = SPOILED[what]
    change(opened)
    report = verify(opened.scene, beats=[beat])
    assert [line for line in report.mismatches if line.startswith(f"{beat}: ") and name in line], report.mismatches[:5]
    assert not report.ok


@pytest.mark.slow
def test_what_is_missing_is_named(opened):
    import bpy

    bpy.data.objects.remove(opened.object("Neurons"))
    report = verify(opened.scene)
    assert not report.ok and "film: Neurons is missing from the film" in report.mismatches


# --- what a user may change ----------------------------------------------------------------------

BEATS = ["embedding.vectors", "attention.all_heads", "attention.context", "mlp.neurons", "unembedding.draw"]


@pytest.mark.slow
def test_a_film_with_other_lights_cameras_floors_and_names_is_still_the_models(opened):
    """All of it is verified: what is compared as built, too."""
    import bpy

    before = verify(opened.scene)
    scene = opened.scene
    for owner in scene.objects:
        if owner.type in ("CAMERA", "LIGHT"):
            owner.animation_data_clear()
            owner.location.x += 3.0
    for material in filter(lambda one: is_plain(one.name), bpy.data.materials):
        material.node_tree.nodes.clear()
    cube = bpy.data.objects.new("Mine", layout_box())
    scene.collection.objects.link(cube)
    cube.modifiers.new("Mine", "NODES").node_group = bpy.data.node_groups.new("Mine", "GeometryNodeTree")
    for kind in (bpy.data.objects, bpy.data.node_groups, bpy.data.materials, bpy.data.meshes, bpy.data.collections):
        for number, block in enumerate(list(kind)):
            block.name = f"Renamed {number}"
    bpy.context.window.scene = bpy.data.scenes.new("Another")
    after = verify(scene)
    assert after.ok and before.ok and before.checked > 10_000
    # The same numbers at the same moments; how often one that stands still is compared again hangs on bytes that
    # Blender leaves where nobody reads them.
    assert set(after.rows) == set(before.rows) and after.moments == before.moments
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


@pytest.mark.slow
def test_two_films_in_one_file_are_told_apart(opened, short):
    import bpy

    second, _ = build_film(short)
    assert {one.name for one in films(bpy.data.scenes)} == {opened.scene.name, second.name}
    assert find(second).prompt == short.prompt != find(opened.scene).prompt
    assert verify(second, beats=["embedding.vectors"]).ok and verify(opened.scene, beats=["embedding.vectors"]).ok


def test_a_kind_that_nobody_checks_is_a_mismatch(opened, monkeypatch):
    monkeypatch.delitem(CHECKS, "beams")
    report = verify(opened.scene, beats=["stack.whole"])
    assert not report.ok and "kind of number called beams" in str(report.mismatches)


def test_a_scene_without_a_film_is_one_sentence(fresh_blender):
    assert films(fresh_blender.data.scenes) == []
    with pytest.raises(FilmError, match="keeps no record"):
        verify(fresh_blender.context.scene)
