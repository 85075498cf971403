"""What is only music, and stands for no number: a pad and a pulse under each act, the sounds of things that move.

It stands in the middle: only numbers have places.
"""

from collections.abc import Iterator
from itertools import pairwise

from .events import Event, Heard
from .mapping import Note
from .scale import BEAT, FIFTH, pitch

BAR = 4  # pulses
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
PULSE = ("attention", "stack", "loop")  # acts with a low drum on every other pulse
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
    """Pads on the bars, which begin anew with each act, and the low pulse."""
    beats = [*sorted(heard.beats), (heard.seconds, "")]
    counted = pulses(heard)
    for act in dict.fromkeys(_act(name) for _, name in counted):
        mine = [one for one in counted if _act(one[1]) == act]
        over = next(at for at, name in beats if at > mine[-1][0] and _act(name) != act)
        bars = mine[: max(len(mine) - 1, 1) : BAR]  # a single pulse at the end belongs to the bar before it
        for bar, ((second, name), after) in enumerate(zip(bars, [*bars[1:], (over, "")], strict=True)):
            held = [at for at, later in beats if at > second and later in SILENT]
            seconds = min(after[0], *held, heard.seconds - 0.6) - second
            if name not in SILENT and act in PADS and seconds > 0.5:
                root = pitch(PADS[act][bar % len(PADS[act])])
                yield Note(second, "glass", root, PAD, 0.0, seconds)
                yield Note(second, "glass", root + 12 + FIFTH, FIFTH_LEVEL, 0.0, seconds)
        if act in PULSE:
            low = (second for second, name in mine[::2] if name not in SILENT)
            yield from (Note(second, "thump", pitch(-5), PULSE_LEVEL) for second in low)


def pulses(heard: Heard) -> list[tuple[float, str]]:
    """When the music counts, [(second, "act.beat"), ...]: about 72 times a minute, and on every cut.

    No picture waits for the music: each beat of the film has as many pulses as fit best, as long as they need to be.
    """
    beats = [*sorted(heard.beats), (heard.seconds, "")]
    made = []
    for (begin, name), (end, _) in pairwise(beats):
        count = max(1, round((end - begin) / BEAT))
        made += [(begin + (end - begin) * pulse / count, name) for pulse in range(count)]
    return made


def _act(name: str) -> str:
    return name.partition(".")[0]
