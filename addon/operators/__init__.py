"""Everything that the user can have done, as operators cinema.*"""

from . import building, download, farm, navigation, rendering, stills, verification

CLASSES = (
    *building.CLASSES,
    *download.CLASSES,
    *farm.CLASSES,
    *navigation.CLASSES,
    *rendering.CLASSES,
    *stills.CLASSES,
    *verification.CLASSES,
)
