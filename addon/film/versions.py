"""Which version of the extension made a film. Films of older ones are brought up to date, newer ones are refused."""

import bpy

from . import facts, ownership
from .errors import FilmError
from .evidence import find
from .stage import CAPTION_SCENE, FLOOR

STAMP = "cinema_version"  # custom property of the film's scene
CURRENT = 2  # raised whenever a rebuild has to know something else about a film; UPGRADES then gets a line


def stamp(scene):
    """Say that this version made the scene's film."""
    scene[STAMP] = CURRENT


def version_of(scene):
    """The version of the scene's film, or None where there is no film."""
    if ownership.UNFINISHED in scene.keys():
        return None
    return scene.get(STAMP, 1 if FLOOR in scene.keys() else None)


def is_film(scene):
    """Whether a scene holds a whole film, of whatever version."""
    return version_of(scene) is not None


def check(scene):
    """-> the version of the scene's film. Raises FilmError for one of a newer version, and where there is none."""
    version = version_of(scene)
    if version is None:
        raise FilmError(f"There is no film in the scene {scene.name}; build one first.")
    if not isinstance(version, int) or version > CURRENT:
        raise FilmError(
            f"The film in the scene {scene.name} was made by a newer version of Transformer Cinema; "
            "update the extension, or untick Replace This Film to build in another scene."
        )
    return version


def upgrade(scene):
    """Bring an older film up to date. Raises FilmError as check()."""
    version = check(scene)
    for number in range(version, CURRENT):
        UPGRADES[number](scene)
        scene[STAMP] = number + 1


def _from_1(scene):
    """Films did not say what belongs to them: it is what their collections hold, and all that this uses."""
    collections, floor = scene.collection.children_recursive, scene[FLOOR]
    roots = [one for one in collections if any(floor in child.objects[:] for child in one.children)]
    if not roots:
        raise FilmError(f"The old film in the scene {scene.name} is no longer whole; build in another scene.")
    uses = {}
    for block, users in bpy.data.user_map().items():
        for user in users:
            uses.setdefault(user, []).append(block)
    queue, seen = [*roots, scene.world], {None, scene}
    while queue:
        block = queue.pop()
        if block not in seen:
            seen.add(block)
            block[ownership.MADE] = block.name
            queue += uses.get(block, ())
    captions = scene.get(CAPTION_SCENE)
    if captions:
        captions[ownership.MADE] = captions.name
    try:
        evidence = find(scene)
        facts.keep(scene, evidence, evidence.label)
    except FilmError:  # its numbers are kept in a way that is no longer read
        pass


UPGRADES = {1: _from_1}  # version -> what brings its films to the next one
