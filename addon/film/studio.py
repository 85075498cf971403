"""What every part of the cast is made with: the scene's collections, materials, and shared node groups."""

import math
from collections.abc import Generator, Iterator

import bpy
import numpy as np

from .. import compat
from . import points
from .framing import Picture
from .materials import Backdrop, Materials
from .nodes import Field, Graph
from .palette import THEMES
from .points import shape_mesh
from .texts import in_one_face

OVERLAY = "cinema_overlay"  # custom property of the collection around the captions
SCENERY = "cinema_scenery"  # custom property of texts that nobody must read
FRONT = (math.pi / 2, 0.0, 0.0)  # rotation of a text that stands upright and faces -Y
# Inter has no Chinese and Blender does not fall back from a loaded font: it gets these characters only.
_LATIN = set(map(chr, range(0x20, 0x250))) | set("\n–—‘’“”…×−≠")


class Studio:
    """Makes objects for one film in one scene."""

    def __init__(self, film, script, scene, language, picture=None, theme="dark"):
        self.film, self.script, self.scene, self.language = film, script, scene, language
        self.picture, self.palette = picture or Picture(), THEMES[theme]
        self.collections = {}
        root = bpy.data.collections.new("Transformer Cinema")
        scene.collection.children.link(root)
        for name in ("Stage", "Film", "Captions", "Tensors"):
            self.collections[name] = bpy.data.collections.new(name)
            root.children.link(self.collections[name])
        # Captions that are laid over the picture are not rendered in it, but stay visible in the viewport.
        overlay = bpy.data.collections.new("Overlay")
        overlay[OVERLAY] = True
        root.children.unlink(self.collections["Captions"])
        root.children.link(overlay)
        overlay.children.link(self.collections["Captions"])
        self.backdrop = Backdrop(self.palette)
        self.materials = Materials.make(self.palette, self.backdrop)
        self.speck = self.object("Speck", shape_mesh("Speck", np.zeros((3, 3)), [(0, 1, 2)]), "Tensors")
        self.speck.hide_render = self.speck.hide_viewport = True
        self.latin = self._latin_font()
        self._type_groups, self._shared, self._reflection = {}, {}, None
        self.floor_tint = self._make_floor_tint()
        self.empty = bpy.data.meshes.new("Text")

    def object(self, name, data, collection="Film", parent=None):
        """A new object in one of the film's collections."""
        made = bpy.data.objects.new(name, data)
        self.collections[collection].objects.link(made)
        made.parent = parent
        return made

    def colour(self, name, strength=1.0):
        """A colour of the palette as linear (r, g, b, 1)."""
        return self.palette.linear(getattr(self.palette, name), strength)

    def once(self, name, make):
        """What make() gives, made at the first call for this name only: node groups that actors share."""
        if name not in self._shared:
            self._shared[name] = make()
        return self._shared[name]

    def once_in_steps(self, name: str, steps: Generator[str, None, object]) -> Iterator[str]:
        """The same for what is made in steps."""
        if name not in self._shared:
            self._shared[name] = yield from steps

    def lookup(self, name, **attributes):
        """A table of numbers for Sample Index: one hidden point per row -> object."""
        made = self.object(name, points.point_mesh(name, attributes), "Tensors")
        made.hide_render = made.hide_viewport = True
        return made

    def field(self, name, mesh, graph, collection="Film", parent=None):
        """An object whose points a Geometry Nodes group turns into shapes -> (object, modifier)."""
        made = self.object(name, mesh, collection, parent)
        modifier = made.modifiers.new("Cinema", "NODES")
        modifier.node_group = graph.tree if isinstance(graph, Graph) else graph
        return made, modifier

    def shape(self, name: str, shape: tuple) -> bpy.types.Object:
        """A small mesh of shapes.py as a hidden object that node groups put on their points; one object for equal ones,
        which has the first one's name."""
        vertices, faces, shade = shape
        key = (
            np.asarray(vertices, np.float32).tobytes(),
            tuple(map(tuple, faces)),
            None if shade is None else tuple(shade),
        )
        return self.once(key, lambda: self._shape(name, shape))

    def _shape(self, name: str, shape: tuple) -> bpy.types.Object:
        made = self.object(name, shape_mesh(name, *shape), "Tensors")
        made.hide_render = made.hide_viewport = True
        return made

    def solid(self, name, shape, colour, material, collection="Film", parent=None):
        """A static mesh in one colour."""
        mesh = shape_mesh(name, *shape)
        shade = points.read_attribute(mesh, "shade")[:, None]
        tint = np.array(self.palette.linear(colour) if isinstance(colour, str) else colour)
        points.write_attribute(mesh, "Color", np.column_stack([shade * tint[:3], np.ones(len(shade))]))
        points.write_attribute(mesh, "tint", np.tile(tint, (len(shade), 1)))
        mesh.materials.append(material)
        return self.object(name, mesh, collection, parent)

    def reflections(self, owner, strength=0.55):
        """[an object that shows another one mirrored in the floor, dimmer the higher it is]; none on paper.

        Where there is a real floor it lies below it, unseen.
        """
        if not self.palette.is_dark:
            return []
        if self._reflection is None:
            self._reflection = _reflection_group(self)
        made, modifier = self.field(f"Reflection of {owner.name}", self.empty, self._reflection)
        compat.set_input(modifier, "Of", owner)
        compat.set_input(modifier, "Strength", float(strength))
        made.hide_select = True
        return [made]

    def again(self, name: str, shown: list[bpy.types.Object]) -> bpy.types.Object:
        """An object that shows some others, which stand in the origin, once more.

        With nodes: what an instanced collection shows is evaluated in all frames, also where it is hidden.
        """
        graph = Graph(name)
        parts = [
            graph.field("GeometryNodeObjectInfo", {"Object": one, "As Instance": True}, output="Geometry")
            for one in shown
        ]
        graph.output(graph.join(*parts))
        return self.field(name, self.empty, graph)[0]

    def _make_floor_tint(self):
        """A point with the colour of the floor, which changes with the backdrop's."""
        graph = Graph("Floor tint")
        glow = graph.input("Glow", "Color", self.colour("glow"))
        graph.output(graph.store(graph.geometry, "Color", graph.scale_colour(glow, FLOOR_LIGHT), "FLOAT_COLOR"))
        made, _ = self.field("Floor tint", points.point_mesh("Floor tint", {"place": np.zeros(1)}), graph, "Tensors")
        made.hide_render = made.hide_viewport = True
        return made

    def in_floor(self, graph, light):
        """Nodes: the attribute `Color`, as dark as the wet floor shows it, over the colour of that."""
        floor = graph.sample(graph.object_geometry(self.floor_tint), "Color", 0, "FLOAT_COLOR")
        seen = graph.scale_colour(graph.attribute("Color", "FLOAT_COLOR"), light)
        return graph.field("ShaderNodeVectorMath", {0: seen, 1: floor}, operation="ADD")

    # --- type --------------------------------------------------------------------------------------

    def label(
        self,
        name,
        body,
        size,
        colour,
        location=(0, 0, 0),
        align="Center",
        collection="Film",
        parent=None,
        rotation=FRONT,
        scenery=False,
        latin=None,
    ):
        """A text, centred in height. Its modifier holds the words, the size and the colour.

        scenery: nobody must read it, so it may be small. latin: whether it is set in Inter; default: if that has all
        of its letters.

        It is a mesh with String to Curves and no text object: those with modifiers are evaluated at every frame.
        """
        latin = is_latin(body) if latin is None else latin
        if latin and not self.latin:
            size *= compat.BUILT_IN_FONT_SIZE
        made, modifier = self.field(name, self.empty, self._type_group(align, latin), collection, parent)
        made.location, made.rotation_euler = location, rotation
        made[SCENERY] = scenery
        compat.set_input(modifier, "Text", in_one_face(body))
        compat.set_input(modifier, "Size", float(size))
        compat.set_input(modifier, "Tint", self.palette.linear(colour))
        return made

    def font_of(self, body):
        """The Latin face for a text that it has all letters of, else None: the built-in one."""
        return self.latin if is_latin(body) else None

    def light(self, label):
        """A Dial of how bright a label is: 0 is gone, 1 its own colour."""
        return self.film.dial(label.modifiers[0], "Light", 1.0)

    @staticmethod
    def measure(labels):
        """Widths of visible labels, before any scale. In a scene of their own, so that nothing else is evaluated."""
        scene = bpy.data.scenes.new("Measure")
        for label in labels:
            scene.collection.objects.link(label)
        scene.view_layers[0].update()
        widths = [label.bound_box[6][0] - label.bound_box[0][0] for label in labels]
        bpy.data.scenes.remove(scene)
        return widths

    def text(self, graph, string, size, align="Center", font=None, fit=None, vertical="Middle"):
        """Nodes that draw a string in the plane z = 0 -> geometry. fit: a width that it shrinks to."""
        filled = self.filled(graph, self.strung(graph, string, size, align, font, fit, vertical))
        if not fit:
            return filled
        # A text box begins at its left edge.
        return graph.field("GeometryNodeTransform", {"Geometry": filled, "Translation": (-fit / 2, 0.0, 0.0)})

    def strung(self, graph, string, size, align="Center", font=None, fit=None, vertical="Middle"):
        """The characters of a string, each an instance of curves; blanks have none. Arguments are those of text()."""
        node = graph.node("GeometryNodeStringToCurves", {"String": string, "Size": size})
        compat.set_menu(node, "Align X", "align_x", align)
        compat.set_menu(node, "Align Y", "align_y", vertical)
        if font:
            compat.set_font(node, font)
        if fit:
            compat.set_menu(node, "Overflow", "overflow", "Scale To Fit")
            node.inputs["Text Box Width"].default_value = fit
            node.inputs["Text Box Height"].default_value = size
        return Field(graph, node.outputs[0])

    @staticmethod
    def digits_in_one_face(graph: Graph, string: Field) -> Field:
        """As texts.in_one_face(), for a string that nodes write."""
        for digit in "0123456789":
            inputs = {"String": string, "Find": digit, "Replace": in_one_face(f"国{digit}")[1]}
            string = graph.field("FunctionNodeReplaceString", inputs)
        return string

    def filled(self, graph, letters):
        """What strung() gives, as areas."""
        curves = graph.field("GeometryNodeRealizeInstances", {"Geometry": letters})
        # Letters are small in the picture: a quarter of the usual points draws them as well.
        curves = graph.field("GeometryNodeSetSplineResolution", {0: curves, "Resolution": 3})
        return graph.fill(curves)

    def _type_group(self, align, latin):
        if (align, latin) not in self._type_groups:
            graph = Graph(f"Film type {align.lower()}{' Latin' if latin else ''}")
            string, size = graph.input("Text", "String"), graph.input("Size", default=1.0)
            tint, light = graph.input("Tint", "Color", (1, 1, 1, 1)), graph.input("Light", default=1.0)
            filled = self.text(graph, string, size, align, self.latin if latin else None)
            # Letters go into the backdrop: black ones would stand out before it.
            lit = self.palette.fade(graph, tint, light)
            if self.palette.is_dark:
                lit = graph.mix_colour(self.colour("glow", GONE), tint, light)
            graph.output(graph.coloured(filled, lit, self.materials.type, self.speck))
            self._type_groups[align, latin] = graph.tree
        return self._type_groups[align, latin]

    def _latin_font(self):
        """Inter, packed into the file so that it travels along; None where the built-in font must do."""
        file = compat.latin_font()
        if file is None:
            return None
        try:
            font = bpy.data.fonts.load(
                f"{bpy.utils.system_resource('DATAFILES', path='fonts')}/{file}", check_existing=True
            )
        except RuntimeError:
            return None
        if font.packed_file is None:
            font.pack()
        return font


def is_latin(body):
    """Whether Inter has all letters of a text."""
    return set(body) <= _LATIN


GONE = 0.5  # of the backdrop's glow that letters have which are as good as gone
FLOOR_LIGHT = 0.2  # of the backdrop's glow that its floor has, where things are mirrored
REFLECTED = 2.3  # metres up to which a thing is mirrored in the floor


def _reflection_group(studio):
    graph = Graph("Reflection")
    of, strength = graph.input("Of", "Object"), graph.input("Strength", default=0.2)
    shown = graph.input("Shown", default=1.0)
    source = graph.field("GeometryNodeObjectInfo", {"Object": of}, output="Geometry", transform_space="RELATIVE")
    mirrored = graph.field("GeometryNodeTransform", {"Geometry": source, "Scale": (1.0, 1.0, -1.0)})
    _, _, z = graph.split(graph.position())
    # Without light it would be a dark shape, so it draws back to the floor.
    light = strength * (1.0 + z / REFLECTED).clamp() ** 1.5
    seen = graph.select(mirrored, z > shown * -REFLECTED)
    seen = graph.store(seen, "Color", studio.in_floor(graph, light), "FLOAT_COLOR")
    graph.output(graph.material(seen, studio.materials.glow))
    return graph
