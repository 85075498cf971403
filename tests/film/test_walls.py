"""Matrices, numbers, products and a score on the screen are the model's; one that isn't is named."""

import dataclasses

import numpy as np
import pytest

from film.screening import Screening, shifted
from film.sets import Set, film_of_matrices
from film.test_verify_film import nudge, rekey, reword
from transformer_cinema.addon import compat
from transformer_cinema.addon.film import layout, matrices, points
from transformer_cinema.addon.film.cast import digits
from transformer_cinema.addon.film.cast.digits import FIGURES, Digits, figure_places, written
from transformer_cinema.addon.film.cast.folding import Fold
from transformer_cinema.addon.film.cast.one_row import OneRow, as_read, loudest
from transformer_cinema.addon.film.cast.score import Score
from transformer_cinema.addon.film.cast.walls import Wall
from transformer_cinema.addon.film.direction import make_script
from transformer_cinema.addon.film.errors import FilmError
from transformer_cinema.addon.film.evidence import find
from transformer_cinema.addon.output.files import save_blend
from transformer_cinema.addon.verify import verify
from transformer_cinema.inference.sampling import Sampling

KINDS = {
    *("weights, value", "weights, place", "weights, colour", "digits", "digits, value", "digits, colour"),
    *("products, value", "products, sum", "products, colour", "score, value", "score, sum", "score, divided", "texts"),
}


@pytest.fixture(scope="module")
def read(small):
    return small.generate("the king and the sea", Sampling(seed=1), 2)


@pytest.fixture(scope="module")
def reel(read, tmp_path_factory):
    """The .blend of a film of matrices."""
    import bpy

    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    film_of_matrices(read)
    path = tmp_path_factory.mktemp("matrices") / "matrices.blend"
    save_blend(path)
    return path


@pytest.fixture
def opened(reel):
    """That film, opened anew: it may be changed."""
    import bpy

    bpy.ops.wm.open_mainfile(filepath=str(reel), load_ui=False)
    scene = next(scene for scene in bpy.data.scenes if scene.name == "Set")
    return Screening(scene)


# --- what is drawn -------------------------------------------------------------------------------


def test_everything_is_the_models(opened):
    report = verify(opened.scene)
    assert report.mismatches == [] and report.ok
    kinds = {kind for _, kind in report.rows}
    assert KINDS <= kinds, KINDS - kinds
    assert report.by(lambda beat, kind: kind)["weights, value"].checked > 10_000


# (field, index, by, what is said of it)
OTHER_EVIDENCE = [
    ("W_Q", (3, 2), 30.0, "weight W_Q, row 3, column 2: drawn"),
    ("W_Q", (3, 2), 0.0, "product q, result, component 2, sum"),
    ("W_in", (5, 6), 0.3, "weight W_in, row 5, column 6"),
    ("W_out", (7, 3), 0.3, "weight W_out, row 7, column 3"),
    ("W_E", (7, 3), 0.3, "lit weight W_E, row 7, column 3"),
    ("b_in", 9, 5.0, "product in, result, component 9, sum"),
    ("q", (-1, 2), 0.3, "product q, result, component 2"),
    ("attn_input", (-1, 4), 0.3, "product q, vector, component 4"),
    ("k", (1, 2), 0.3, "key 2, k, component 2"),
    ("k", (1, 2), 0.0, "key 2, q × k, component 2"),
    ("k", (0, 2), 0.3, "key 1, sum of"),
    ("scores", (-1, 1), 0.1, "divided"),
    ("stream", (1, 0, 2), 0.3, "number of component 2, slot 1: drawn"),
    ("stream", (0, 2, 5), 0.3, "row that folds, token 3, component 5"),
    ("stream", (2, 0, 2), 0.3, "number of token 1, component 2"),
]
OTHER_NUMBERS = [
    (nudge("W_E", "value", 32 * 3 + 4, 0.2), "weight W_E, row 3, column 4: drawn"),
    (nudge("Product in", "value", 0, 0.2), "product in, vector, component 0"),
    (nudge("Product q", "index", -1, -1), "product q, result, component 7: missing"),
    (nudge("Digits", "glyph", -1, -1), "number of component"),
    (nudge("Digits values", "value", 10 + 3, 0.2), "number of token 1, component 3"),
    (nudge("Score", "query", 0, 0.2), "q, component 0"),
    (nudge("Score keys", "key", 0, 0.2), "k, component 0"),
    (nudge("Score products", "product", 0, 0.2), "q × k, component 0"),
    (nudge("Score sums", "sum", 9 + 8, 0.2), "sum of 8 products"),
    (nudge("Fold", "to_x", 6, 0.02), "row that folds, token 3, component 6, slot 0, place"),
    (nudge("Fold", "value", 5, 0.2), "row that folds, token 3, component 5, slot 0: drawn"),
    (nudge("One row", "value", 0, 0.2), "number 1 of q, vector, component"),
    (nudge("One row", "glyph", -1, -1), "number 1 of q, result, component 1: drawn"),
    (reword("Size W_E", "9 × 9"), "drawn '9 × 9'"),
]


def test_numbers_of_the_evidence_that_are_others_are_named(opened):
    evidence = find(opened.scene)
    for field, index, by, _ in OTHER_EVIDENCE:
        evidence = shifted(evidence, field, index, by)
    found = verify(opened.scene, evidence).mismatches
    assert not [said for *_, said in OTHER_EVIDENCE if not any(said in line for line in found)]


def test_numbers_of_the_film_that_are_others_are_named(opened):
    for change, _ in OTHER_NUMBERS:
        change(opened)
    found = verify(opened.scene).mismatches
    assert not [said for _, said in OTHER_NUMBERS if not any(said in line for line in found)]


@pytest.mark.parametrize(
    ("name", "said"),
    [("W_E", "weight W_E, row"), ("Product q", "product q, vector"), ("Digits", "number of token 1, component")],
)
def test_another_colour_is_named(opened, name, said):
    """The middle of the colour map is a little brighter."""
    tree = opened.modifier(name).node_group
    ramp = next(node.color_ramp for node in tree.nodes if node.bl_idname == "ShaderNodeValToRGB")
    ramp.elements[2].color[0] += 0.01
    report = verify(opened.scene)
    assert [line for line in report.mismatches if said in line]
    assert {kind.rpartition(", ")[2] for (_, kind), row in report.rows.items() if row.wrong} == {"colour", "as built"}


def test_missing_rows_of_a_wall_are_named(opened):
    compat.set_input(opened.modifier("W_E"), "Rows", 390)
    assert [line for line in verify(opened.scene).mismatches if "weight W_E" in line and "how many" in line]


def test_where_the_light_is_is_not_a_number_of_the_model(opened):
    rekey("W_Q sweep", "Row", lambda row: 99.0)(opened)
    assert verify(opened.scene).mismatches == []


def test_figures_in_the_wrong_order_are_read_as_such(opened):
    """Two figures of one number change places: it reads otherwise, whatever their order in the table."""
    mesh = opened.object("Digits").data
    slot, cell, glyph = (points.read_attribute(mesh, name) for name in ("slot", "cell", "glyph"))
    beside = (slot[1:] == 1) & (slot[:-1] == 1) & (cell[1:] == cell[:-1]) & (glyph[:-1] >= 0)
    first = int(np.flatnonzero(beside & (glyph[1:] != glyph[:-1]))[0])
    places = points.read_attribute(mesh, "position")
    places[[first, first + 1]] = places[[first + 1, first]]
    mesh.attributes["position"].data.foreach_set("vector", places.ravel())
    mesh.update()
    assert [line for line in verify(opened.scene).mismatches if "slot 1: drawn" in line]


def test_the_evidence_has_what_is_computed(opened, read):
    evidence = find(opened.scene)
    script = make_script(read)
    for name, expected in matrices.computed(script.trace, script.weights).items():
        assert np.array_equal(evidence.computed[name], expected), name


# --- walls ---------------------------------------------------------------------------------------


@pytest.fixture
def empty_set(fresh_blender, read):
    return Set.of(read)


def test_a_large_matrix_shows_one_row_in_some_and_those_asked_for(empty_set):
    matrix = np.arange(6_144 * 192, dtype=np.float32).reshape(6_144, 192)
    wall = Wall(empty_set.studio, "W_E", matrix, (12.0, 6.0), keep=(1001, 6001))
    assert wall.every == 6 and len(wall.rows) * 192 < 1.01 * matrices.MOST_CELLS
    assert (wall.matrix == matrix[wall.rows]).all()
    assert wall.rows[wall.row_of(1001)] == 1001 and wall.rows[wall.row_of(6)] == 6
    with pytest.raises(ValueError, match="row 7"):
        wall.row_of(7)


@pytest.mark.parametrize("upright", [False, True])
def test_a_rows_place_is_where_its_light_is(empty_set, upright):
    import bpy

    wall = Wall(empty_set.studio, "W_Q", np.eye(8, 32), (6.0, 3.0), flipped=True, upright=upright)
    wall.place.begin((1.0, 2.0, 3.0))
    wall.turn.begin((0.0, 0.0, 0.5))
    wall.size.begin((2.0, 2.0, 2.0))
    film = empty_set.studio.film
    film.set(wall.visible.on(), wall.lit.to(5.0))
    film.finish()
    scene = empty_set.studio.scene
    bpy.context.window.scene = scene
    scene.frame_set(2)
    light = next(one for one in scene.collection.all_objects if one.name == "W_Q lit row")
    evaluated = light.evaluated_get(bpy.context.evaluated_depsgraph_get())
    places = points.read_attribute(evaluated.data, "position")
    places = places[places.any(1)]
    matrix = np.array(evaluated.matrix_world)
    middle = (places.min(0) + places.max(0)) / 2 @ matrix[:3, :3].T + matrix[:3, 3]
    assert wall.row_place(5) == pytest.approx(middle, abs=0.06), "the light is a little before the wall"
    assert np.linalg.norm(wall.row_place(5, 0) - wall.row_place(5, 1)) == pytest.approx(
        2 * wall.grid.across * 31 / 32, rel=1e-5
    )


@pytest.mark.parametrize("upright", [False, True])
def test_a_cells_place_gives_back_its_row_and_column(upright):
    grid = layout.WallGrid(7, 11, 3.0, 2.0, upright)
    row, column = np.divmod(np.arange(77), 11)
    x, z = grid.place(row, column)
    assert np.stack(grid.cell(x, z)) == pytest.approx(np.stack([row, column]))
    assert (x[0] < x[-1]) and (z[0] > z[-1]), "the first cell is at the upper left"


# --- numbers -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0.00"),
        (-0.0, "0.00"),
        (-0.004, "0.00"),
        (-0.006, "−0.01"),
        (0.084, "0.08"),
        (9.994, "9.99"),
        (-9.996, "−10.0"),
        (99.96, "100"),
        (-3045.4, "−3045"),
    ],
)
def test_a_number_has_as_many_decimals_as_fit(value, text):
    assert written(value) == text
    assert "".join(FIGURES[glyph] for glyph, _ in figure_places(text)) == text
    places = [x for _, x in figure_places(text)]
    assert places == sorted(places)


@pytest.mark.parametrize("text", ["0.08", "−0.08", "−3045"])
def test_a_number_is_in_the_middle_of_its_cell(text):
    places = [x for _, x in figure_places(text)]
    assert places[0] == pytest.approx(-places[-1])


def test_too_many_numbers_are_refused(empty_set, monkeypatch):
    monkeypatch.setattr(digits, "MOST", 9)
    with pytest.raises(ValueError, match="can't be read"):
        Digits(empty_set.studio, "Digits", shape=(5, 2))


# --- products and scores -------------------------------------------------------------------------


@pytest.mark.parametrize("name", matrices.PRODUCTS)
def test_every_product_of_the_model_can_be_shown(empty_set, name):
    empty_set.product(name)


def test_a_false_product_is_refused(empty_set):
    numbers = matrices.product("q", 2, empty_set.learned, empty_set.computed)
    result = numbers.result.copy()
    result[3] += 1e-3 * np.abs(result).max()
    with pytest.raises(FilmError, match="not the model's"):
        dataclasses.replace(numbers, result=result).check()


def test_a_part_of_a_matrix_has_no_product(empty_set):
    learned = empty_set.learned | {"W_O": empty_set.learned["W_O"][:8]}
    with pytest.raises(FilmError, match="Only a part of W_O"):
        matrices.product("out of heads", 2, learned, empty_set.computed)


def test_one_number_is_told_by_the_components_that_count_most_in_their_order(empty_set):
    product = empty_set.product("q", keep=(1,))
    one, numbers = OneRow(empty_set.studio, product, 1, "word", 2), product.numbers
    products = numbers.questions[1].astype(float) * numbers.vector
    read = [as_read(a) * as_read(b) for a, b in zip(numbers.questions[1], numbers.vector, strict=True)]
    exact = np.array([written(one) == written(product) for one, product in zip(read, products, strict=True)])
    assert list(one.indices) == sorted(one.indices) and len(one.indices) == one.count
    assert exact.sum() > one.count, "or the next lines say nothing"
    assert exact[one.indices].all(), "who multiplies what is written gets what is written"
    others = exact & ~np.isin(np.arange(len(products)), one.indices)
    assert np.abs(products[one.indices]).min() >= np.abs(products[others]).max()
    assert list(loudest(numbers, 1, len(products) + 5)) == list(range(len(products))), "of a short vector, all"


def test_another_tokens_row_does_not_fold(empty_set):
    wall = Wall(empty_set.studio, "W_E", empty_set.learned["W_E"], (4.0, 4.0))
    token = int(empty_set.studio.script.tokens[2])
    with pytest.raises(FilmError, match="not the vector of token 3"):
        Fold(empty_set.studio, "Fold", wall, token + 1, 2)


def test_a_false_score_is_refused(empty_set):
    with pytest.raises(FilmError, match="not the product"):
        Score(empty_set.studio, 1, np.ones(4), np.ones((2, 4)), np.array([2.0, 2.1]), 8.0)
