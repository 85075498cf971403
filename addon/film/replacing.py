"""A new film in the place of an old one, in the same scene. What the user has put there stays."""

import json

import bpy

from .. import compat
from . import soundtrack
from .acts import ACTS
from .film import BEATS, RUNS_OUT, SUBJECTS
from .ownership import UNFINISHED, is_made, originals, purge, tidy_names
from .parts import PART, part_of
from .stage import CAPTION_SCENE, IS_CAPTIONS

PREFIX = "cinema_"  # how the custom properties of a film's scene begin


def replace_film(scene, new, keep_materials=False):
    """Move the film of the scene `new` into `scene`, whose own film is removed; `new` is removed, too.

    Lights, cameras, objects, worlds and markers of the user's stay. keep_materials: the old film's are used again.
    """
    if keep_materials:
        _keep_materials(scene, new)
    overlays = _overlays(scene)
    take_out(scene)
    for child in new.collection.children:
        scene.collection.children.link(child)
    scene.camera = scene.camera or new.camera
    scene.world = scene.world or new.world
    scene.render.fps, scene.render.fps_base = new.render.fps, new.render.fps_base
    scene.frame_start, scene.frame_end = new.frame_start, new.frame_end
    for marker in new.timeline_markers:
        scene.timeline_markers.new(marker.name, frame=marker.frame)
    for name in [name for name in new.keys() if name.startswith(PREFIX)]:
        scene[name] = new[name]
    scene[CAPTION_SCENE].name = f"{scene.name} captions"
    for node in overlays:
        node.scene = scene[CAPTION_SCENE]
    bpy.data.scenes.remove(new)
    purge()
    tidy_names(scene.collection.children_recursive, bpy.data.collections)
    owners = {owner.name: owner for owner in scene.collection.all_objects}
    tidy_names(scene.collection.all_objects, bpy.data.objects)
    _rename_subjects(scene, owners)
    tidy_names(_materials(scene), bpy.data.materials)


def _rename_subjects(scene, owners):
    """Call what the pictures are about by their new names. owners: {name as the film was made: object}"""
    subjects = json.loads(scene.get(SUBJECTS, "[]"))
    plain = {name + end: owner.name + end for name, owner in owners.items() for end in ("", RUNS_OUT)}
    scene[SUBJECTS] = json.dumps([[at, [plain[name] for name in names if name in plain]] for at, names in subjects])


def _overlays(scene):
    """The nodes of the scene's compositor that lay its captions over the picture: the user may have changed it."""
    tree, captions = compat.compositor_of(scene), scene.get(CAPTION_SCENE)
    nodes = tree.nodes if tree and captions else ()
    return [node for node in nodes if node.bl_idname == "CompositorNodeRLayers" and node.scene == captions]


def take_out(scene):
    """Remove the film from a scene, and free what nothing else uses."""
    soundtrack.take_out(scene)
    collections = _collections(scene)
    mine = set(originals(owner for one in collections for owner in one.objects))
    _set_free(scene, collections, mine)
    captions = scene.get(CAPTION_SCENE)
    if captions and not any(other.get(CAPTION_SCENE) == captions for other in bpy.data.scenes if other != scene):
        bpy.data.scenes.remove(captions)
    for parent in (scene.collection, *scene.collection.children_recursive):
        if parent not in collections:
            for child in set(parent.children) & set(collections):
                parent.children.unlink(child)
    for collection in collections:  # each before its children
        if not collection.users:
            bpy.data.collections.remove(collection)
    if is_made(scene.camera):
        scene.camera = None
    if is_made(scene.world):
        scene.world = None
    known = scene.get(BEATS, "").split()
    for marker in [one for one in scene.timeline_markers if _is_beat(one.name, known)]:
        scene.timeline_markers.remove(marker)
    for name in [name for name in scene.keys() if name.startswith(PREFIX)]:
        del scene[name]
    bpy.data.batch_remove([owner for owner in mine if not owner.users_collection])
    purge()


def _is_beat(name, known):
    """Whether a marker of this name is the film's; films of older versions don't know the names of theirs."""
    return name in known if known else name.split(".")[0] in ACTS and "." in name


def remove_unfinished():
    """Remove films that were being built when their file was saved."""
    for scene in [scene for scene in bpy.data.scenes if UNFINISHED in scene.keys()]:
        take_out(scene)
        if not scene.collection.all_objects and len(bpy.data.scenes) > 1:
            bpy.data.scenes.remove(scene)


def remove_orphans():
    """Remove the captions of films whose scenes were deleted, and all that only they used."""
    used = {scene.get(CAPTION_SCENE) for scene in bpy.data.scenes}
    for scene in [scene for scene in bpy.data.scenes if IS_CAPTIONS in scene.keys() and scene not in used]:
        bpy.data.scenes.remove(scene)
    purge()


def _collections(scene):
    """The film's own collections, each before its children."""
    return originals(scene.collection.children_recursive)


def _set_free(scene, collections, mine):
    """Take what is the user's out of the film's collections, and off its objects, without moving it."""
    for collection in collections:
        for owner in set(collection.objects) - mine - set(scene.collection.objects):
            scene.collection.objects.link(owner)
        for child in set(collection.children) - set(collections) - set(scene.collection.children):
            scene.collection.children.link(child)
    for owner in set(scene.collection.all_objects) - mine:
        if owner.parent in mine:
            place = owner.matrix_world.copy()
            owner.parent = None
            owner.matrix_world = place


def _keep_materials(scene, new):
    """Let the new film use the old one's materials, each in the place of that of its kind."""
    old = {_kind(material): material for material in originals(_materials(scene))}
    for material in _materials(new):
        if _kind(material) in old:
            old[_kind(material)][PART] = part_of(material)
            material.user_remap(old[_kind(material)])


def _materials(scene):
    """The materials that the add-on has made for a scene's film."""
    slots = (slot.material for owner in scene.collection.all_objects for slot in owner.material_slots)
    groups = (m.node_group for owner in scene.collection.all_objects for m in owner.modifiers if m.type == "NODES")
    nodes = (node for group in set(groups) if group for node in group.nodes)
    named = (socket.default_value for node in nodes for socket in node.inputs if socket.type == "MATERIAL")
    return {material for material in (*slots, *named) if is_made(material)}


def _kind(material):
    """What it is for: its first name, without the number that made it unique."""
    return material["cinema_made"].partition(".")[0]
