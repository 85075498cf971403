"""What is only music, and stands for no number: a pad and a pulse under each act, the sounds of things that move.

It stands in the middle: only numbers have places.
"""

from collections.abc import Iterator

from .events import Event, Heard
from .mapping import Note
from .scale import BEAT, FIFTH, pitch

BAR = 4 * BEAT
# Root degrees of the pad, bar after bar; none: no pad.
PADS = {
    "prologue": (0, 3),
    "embedding": (0, 2, 3, 1),
    "attention": (3, 1, 0, 4),
    "mlp": (1, 4),
    "stack": (0,),
    "unembedding": (3, 0),
    "loop": (0, 2, 3, 4),
}
PULSE = ("attention", "stack", "loop")  # acts with a low pulse on every other beat
SILENT = ("unembedding.draw", "prologue.text")  # beats that hold their breath
PAD, FIFTH_LEVEL, PULSE_LEVEL = 0.1, 0.07, 0.18

FOLEY = {  # kind of event -> (player, pitch, level)
    "typed": ("tick", 91, 0.18),
    "blade": ("blade", 86, 0.5),
    "shutter": ("shutter", 98, 0.5),
}


def foley(event: Event) -> Note:
    """The sound of a thing."""
    player, pitch, level = FOLEY[event.kind]
    return Note(event.second, player, pitch, level, 0.0, event.seconds)


def music(heard: Heard) -> Iterator[Note]:
    """Pads on the bars, and the pulse."""
    beats = sorted(heard.beats)
    for bar in range(int(heard.seconds / BAR)):
        second = bar * BAR
        name = next((name for at, name in reversed(beats) if at <= second + 1e-6), beats[0][1] if beats else "")
        act = name.partition(".")[0]
        ends = next((at for at, later in beats if at > second and later in SILENT), heard.seconds)
        if name in SILENT or act not in PADS:
            continue
        root = pitch(PADS[act][bar % len(PADS[act])])
        seconds = min(BAR, ends - second, heard.seconds - second - 0.6)
        if seconds > 0.5:
            yield Note(second, "glass", root, PAD, 0.0, seconds)
            yield Note(second, "glass", root + 12 + FIFTH, FIFTH_LEVEL, 0.0, seconds)
        if act in PULSE:
            for beat in range(0, 4, 2):
                if second + beat * BEAT < ends - 0.1:
                    yield Note(second + beat * BEAT, "thump", pitch(-5), PULSE_LEVEL)
