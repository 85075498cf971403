"""The parts of try_in_blender.py, in the order in which they are tried."""

from . import building, directing, looking, output, playing, stopping

PARTS = {
    "stop": stopping.stop,
    "build": building.build,
    "undo": building.undo,
    "rebuild": building.rebuild,
    "direct": directing.direct,
    "verify": output.verify,
    "stills": output.stills,
    "film": output.film,
    "look": looking.look,
    "play": playing.play,
    "remove": building.remove,
    "meanwhile": building.meanwhile,
    "random": stopping.random_stops,
}
