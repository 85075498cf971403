"""The compositor of a film: bloom, and captions laid over where the engine has a focus."""

import bpy

from .. import compat
from ..film.errors import FilmError
from ..film.groups import own_settings
from ..film.stage import CAPTION_SCENE, DARK
from ..film.studio import OVERLAY
from ..handlers import SIZE

AS_MADE = "cinema_as_made"  # custom property of a compositor: what it was before any user changed it
MADE_FOR = "cinema_made_for"  # and the engine and the theme that it was made for


def apply(scene: bpy.types.Scene, workbench: bool) -> None:
    """Bloom over everything, but on paper; its strength and threshold fit each engine's colours.

    Workbench has no focus to blur the captions, so they stay in the scene; the others get them laid over, and the
    scene shows its own in the viewport only. A compositor that the user has made or changed stays as it is. Raises
    FilmError when the captions were deleted.
    """
    captions = scene.get(CAPTION_SCENE)
    if captions is None or not captions.collection.children:
        raise FilmError(f"The captions of {scene.name} were deleted; build the film again.")
    collection = captions.collection.children[0]
    tree = compat.compositor_of(scene)
    # A full copy of a film's scene has captions of its own, which no other scene shows: they stay in it.
    shown = [scene] if workbench or not _layers_of(scene, collection) else [scene, captions]
    wanted = f"{workbench} {scene.get(DARK, True)}"
    if tree is None or tree.get(AS_MADE) == _signature(tree):
        if tree is None or tree.get(MADE_FOR) != wanted or _scenes_of(tree) != shown:
            tree = _make(scene, shown, workbench)
            tree[AS_MADE], tree[MADE_FOR] = _signature(tree), wanted
    laid_over = captions in _scenes_of(tree)
    around = [one for one in scene.collection.children_recursive if OVERLAY in one.keys()]
    for overlay in around:
        overlay.hide_render = laid_over
    for layer in _layers_of(scene, collection):
        layer.exclude = laid_over and not around  # films of older versions have no collection around them
    fit_captions(scene)


def fit_captions(scene: bpy.types.Scene) -> None:
    """Let the captions that are laid over be as large as the scene's picture."""
    captions = scene.get(CAPTION_SCENE)
    for name in SIZE if captions else ():
        wanted = getattr(scene.render, name)
        if getattr(captions.render, name) != wanted:  # whoever listens to it would be told again, and come here again
            setattr(captions.render, name, wanted)


def _signature(tree: bpy.types.NodeTree) -> str:
    """All that a user could change of a compositor, as text."""
    nodes = [
        (
            node.bl_idname,
            node.mute,
            *(f"{name}={getattr(node, name)!r}" for name in own_settings(node)),
            *(_value(socket) for socket in node.inputs),
        )
        for node in tree.nodes
    ]
    links = [
        (link.from_node.name, link.from_socket.name, link.to_node.name, link.to_socket.name) for link in tree.links
    ]
    return repr((nodes, links))


def _value(socket: bpy.types.NodeSocket) -> str:
    value = getattr(socket, "default_value", "")
    return repr(tuple(value)) if hasattr(value, "__len__") and not isinstance(value, str) else str(value)


def _scenes_of(tree: bpy.types.NodeTree) -> list[bpy.types.Scene]:
    """The scenes whose pictures it puts together."""
    return [node.scene for node in tree.nodes if node.bl_idname == "CompositorNodeRLayers"]


def _make(scene: bpy.types.Scene, shown: list[bpy.types.Scene], workbench: bool) -> bpy.types.NodeTree:
    """A compositor of the scene. shown: itself, and the captions where they are laid over."""
    tree, result = compat.compositor_tree(scene, "Film compositor")
    layers = tree.nodes.new("CompositorNodeRLayers")
    layers.scene = scene
    glare = tree.nodes.new("CompositorNodeGlare")
    compat.set_menu(glare, "Type", "glare_type", "Bloom")
    compat.set_menu(glare, "Quality", "quality", "Low" if workbench else "High")
    values = (0.55, 0.5, 0.6) if workbench else (0.9, 0.35, 0.55)
    for name, value in zip(("Threshold", "Strength", "Size"), values, strict=True):
        glare.inputs[name].default_value = value
    glare.mute = not scene.get(DARK, True)
    tree.links.new(layers.outputs["Image"], glare.inputs["Image"])
    if len(shown) == 1:
        tree.links.new(glare.outputs["Image"], result)
        return tree
    overlay = tree.nodes.new("CompositorNodeRLayers")
    overlay.scene = shown[1]
    over, below, above = compat.alpha_over(tree)
    tree.links.new(glare.outputs["Image"], below)
    tree.links.new(overlay.outputs["Image"], above)
    tree.links.new(over.outputs["Image"], result)
    return tree


def _layers_of(scene: bpy.types.Scene, collection: bpy.types.Collection) -> list[bpy.types.LayerCollection]:
    """Where a collection stands in the scene's view layer: once, or not at all."""
    queue, found = [scene.view_layers[0].layer_collection], []
    while queue:
        layer = queue.pop()
        found += [layer] if layer.collection == collection else []
        queue.extend(layer.children)
    return found
