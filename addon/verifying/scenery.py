"""What may be changed in a film without making it another one: what stands around the model's numbers.

Everything else in it must stay as it was built: it carries a number or a name, or says which belongs to which.
"""

import re
from fnmatch import fnmatchcase

# Names, as they were given when the film was built -> why it doesn't matter what becomes of these objects.
OBJECTS = {
    "Camera": "from where one looks changes nothing of what there is to see",
    "Camera target": "where the camera looks",
    "Caption camera": "lays the captions over the picture",
    "Caption frame": "the sheet before the lens that captions are laid out on; they are compared with the sheet",
    "Ground": "carries the floor and the lamps",
    "Floor": "reflects",
    "Rim": "a lamp; what shows numbers shines by itself",
    "Second rim": "a lamp",
    "Key light": "a lamp",
    "Backdrop": "the colours behind everything",
    "Reflection of *": "mirrors what is measured itself, dimmer",
    "Patches and segments": "the aside, which the caption says is not this model's",
    "Residual rails": "lines on the floor along the way of the vectors",
    "Lanes": "lines that part one token's neurons from another's",
    "Lane sparks": "where those cut the last arcs",
    "Feet of heads": "marks under the ends of arcs; those are compared",
    "Gates": "posts between the layers; their names are compared",
    "Gates ahead": "as Gates",
    "Passing light": "shines on a gate while the light goes through it",
    "Flight frames": "gates that the flight passes through, and lines on its floor",
    "W_* frame": "the edge of a matrix; its cells are compared",
    "Score frame *": "the edge of a row; its cells are compared",
    "Vocabulary slab": "what the wall of the vocabulary is fixed to",
    "Vocabulary scan": "the light that runs over the wall",
    "Blade": "the light that cuts the text into tokens; where it is cut the cubes say",
    "Progress *": "how far the part of the film is",
}
# (name of an object, name of an input) -> the same for one of the inputs of an object that is compared.
INPUTS = {
    ("W_* sweep", "Row"): "where the light on a matrix is; its cells are compared",
}
# Materials that show no colour of a number.
MATERIALS = {
    "Film Board": "what stands behind cells",
    "Film Floor": "the floor",
}


def is_scenery(name: str) -> bool:
    """Whether an object that was built under a name is scenery."""
    return _listed(name, OBJECTS)


def is_free(name: str, socket: str) -> bool:
    """Whether an input of such an object may be changed."""
    return any(fnmatchcase(name, owner) and fnmatchcase(socket, one) for owner, one in INPUTS)


def is_plain(material: str) -> bool:
    """Whether a material that was made under a name shows no colour of a number."""
    return _listed(material, MATERIALS)


def _listed(name: str, table: dict[str, str]) -> bool:
    """Blender appends a number to a name that is taken."""
    return any(fnmatchcase(re.sub(r"\.\d{3,}$", "", name), pattern) for pattern in table)
