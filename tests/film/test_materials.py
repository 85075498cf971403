"""What EEVEE's materials read is there."""

import bpy
import numpy as np

from film.screening import SOLID
from transformer_cinema.addon.film.points import read_attribute


def test_what_stands_in_the_light_has_a_colour(screening):
    """In every beat, on every corner: without the attribute `tint` it would be black in EEVEE and Cycles."""
    scene, seen = screening.scene, set()
    for beat in screening.beats:
        scene.frame_set(screening.end(beat))
        for owner in bpy.context.evaluated_depsgraph_get().objects:
            if owner.type != "MESH" or owner.hide_render:
                continue
            for slot, material in enumerate(owner.data.materials):
                if not material or not material.name.startswith(SOLID):
                    continue
                used = np.zeros(len(owner.data.polygons), np.int32)
                owner.data.polygons.foreach_get("material_index", used)
                if not (used == slot).any():
                    continue
                assert "tint" in owner.data.attributes, (beat, owner.name)
                sizes = np.zeros(len(owner.data.polygons), np.int32)
                owner.data.polygons.foreach_get("loop_total", sizes)
                corners = np.zeros(len(owner.data.loops), np.int32)
                owner.data.loops.foreach_get("vertex_index", corners)
                tint = read_attribute(owner.data, "tint")[:, :3].max(1)
                on_points = owner.data.attributes["tint"].domain == "POINT"
                tint = (tint[corners] if on_points else tint)[np.repeat(used == slot, sizes)]
                assert (tint > 0).all(), (beat, owner.name)
                seen.add(owner.name)
    assert {"Same end columns", "Probabilities", "Front cubes"} <= seen
