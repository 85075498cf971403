"""docs/visual-mapping.md says what is there: its objects and attributes are in the film, its names in the code."""

import importlib
import re
from pathlib import Path

import pytest

from film.screening import Screening
from transformer_cinema.addon.film import layout
from transformer_cinema.addon.film.cast import (
    COLDEST,
    beams,
    context,
    neurons,
    panel,
    same_end,
    tile,
)

TEXT = (Path(__file__).parents[2] / "docs/visual-mapping.md").read_text(encoding="utf-8")
ROWS = [[cell.strip() for cell in line.strip("|").split("|")] for line in TEXT.splitlines() if line.startswith("| ")]
ROWS = [row for row in ROWS if row[0] not in ("shape", "sound")]
READ = re.compile(r"\*\*([^*]+)\*\*[^:;]*:((?: `[^`]+`†?)+)")


def named_code():
    return sorted({name for row in ROWS for name in re.findall(r"`([\w.]+)`", row[3])})


def readable():
    """{(object, attribute, whether only evaluated)} of the last column."""
    return {
        (owner, attribute, bool(dagger))
        for row in ROWS
        for owner, attributes in READ.findall(row[4])
        for attribute, dagger in re.findall(r"`([^`]+)`(†?)", attributes)
    }


def test_there_is_something_to_check():
    assert len(ROWS) > 30 and all(len(row) == 5 for row in ROWS)
    assert len(named_code()) > 30 and len({owner for owner, _, _ in readable()}) > 15


@pytest.mark.parametrize("name", named_code())
def test_the_code_it_names_is_there(name):
    parents = {"inference": [""], "sound": ["addon."]}
    parents = parents.get(name.partition(".")[0], ["addon.film.", "addon.film.cast.", "addon.film.acts."])
    for parent in parents:
        module, _, attribute = f"transformer_cinema.{parent}{name}".rpartition(".")
        if importlib.util.find_spec(module) and hasattr(importlib.import_module(module), attribute):
            return
    pytest.fail(f"there is no {name}")


@pytest.fixture(scope="module")
def shown(contrasted_blend):
    """A film with everything in it -> ({object: stored attributes}, {object: attributes of what is seen of it})."""
    import bpy

    bpy.ops.wm.open_mainfile(filepath=str(contrasted_blend))
    film = Screening(bpy.context.scene)
    names = {owner for owner, _, _ in readable()}
    stored = {name: {layer.name for layer in film.object(name).data.attributes} for name in names}
    seen = {name: set() for name in names}
    for frame in [frame for first, last in film.beats.values() for frame in ((first + last) // 2, last - 2)]:
        film.scene.frame_set(frame)
        for name in names:
            if film.visible(film.object(name), frame):
                mesh = film.object(name).evaluated_get(bpy.context.evaluated_depsgraph_get()).data
                seen[name] |= {layer.name for layer in mesh.attributes if len(layer.data)}
    return stored, seen


@pytest.mark.parametrize(("owner", "attribute", "evaluated"), sorted(readable()))
def test_the_numbers_can_be_read_where_it_says(shown, owner, attribute, evaluated):
    stored, seen = shown
    assert (attribute in stored[owner]) == (not evaluated)
    assert not evaluated or attribute in seen[owner]


def test_its_formulas_are_those_of_the_code():
    wanted = [
        f"radius {layout.BEAM_RADIUS} + {layout.BEAM_RADIUS_PER_WEIGHT} · weight",
        f"{layout.OTHER_RADIUS} + {layout.OTHER_RADIUS_PER_WEIGHT} · weight",
        f"Weights below {100 * layout.BEAM_THRESHOLD:g} %",
        f"below {100 * layout.OTHER_THRESHOLD:.0f} % (other heads)",
        f"heads is {100 * beams.HEAVY:.0f} %",
        f"length = {layout.BAR_PART} · weight · rail",
        f"diameter ({layout.NEURON_OFF} … {1.25 * layout.NEURON_FIRING:.3f})",
        f"bar of a token is {layout.BAR_LONGEST} m long",
        f"it is {layout.LOOP_LONGEST} m",
        f"has {layout.DOOR} of the width",
        f"the {layout.PIECES} likeliest one by one and {layout.AROUND} before",
        f"radius {context.BEAM} · weight",
        f"at {COLDEST}",
        f"at most the {panel.MOST_THREADS} strongest",
        f"{layout.PANEL_THREAD} times as thick",
        f"activation above {layout.LIT}",
        f"the likeliest of all is {same_end.BARS} m",
        " × ".join(map(str, layout.SPACE_HALF)),
    ]
    flat = " ".join(TEXT.split())
    assert not [text for text in wanted if text not in flat]
    assert (layout.CANDIDATES, neurons.STRONGEST, tile.WORDY) == (7, 9, 8), "words in it"
