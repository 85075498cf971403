"""What a film must reach: the only place where thresholds stand."""

from dataclasses import dataclass

WIDTH, HEIGHT = 80.0, 60.0  # % of the picture that a subject must span: one of the two
REST = 1.5  # the camera goes slowly below this speed, in % of the picture's longer side a frame at 12 a second
READ = 0.5  # seconds; a label that stands for less is not there to be read
GONE = 0.1  # % of the picture's shorter side; a label with lower letters has been shrunk away
LIGHT = 0.5  # of its own light; a darker label has faded
STILL = 0.05  # of 255; two pictures that differ by less on average show no motion
STANDS_OUT = 12  # of 255; a pixel that differs by more from the backdrop, in any channel, is lit
EMPTY = 0.5  # % of lit pixels below which a picture is empty
FILM_LIGHT = (55.0, 60.0)  # mean luminance of all beats, 0 … 255
# Other limits, by the check, for acts and beats.
OTHERS = {
    "light": {"stack": 30.0},
    # A dive through the machine: what is near sweeps by. And the row travels, which the camera goes along with.
    "camera": {"prologue.dive": 50.0, "attention.travel": 7.0, "stack.flight": 7.0},
}


@dataclass(frozen=True)
class Check:
    """A number that each beat has, and its threshold. complaint: says that it misses it, with {value} and {limit}."""

    name: str
    limit: float
    at_least: bool  # else at most
    complaint: str
    pictures: bool = False  # whether it needs rendered pictures

    def limit_in(self, beat: str = "") -> float:
        """The threshold in a beat, act.beat."""
        others = OTHERS.get(self.name, {})
        return others.get(beat, others.get(beat.partition(".")[0], self.limit))

    def passes(self, value: float, beat: str = "") -> bool:
        """Whether a value is good enough for a beat, act.beat."""
        limit = self.limit_in(beat)
        return value >= limit if self.at_least else value <= limit


_ALL = (
    # The subject's value: 100 is one of WIDTH and HEIGHT, whichever is nearer.
    Check("subject", 100, True, f"it spans {{shown}} % of the picture, not {WIDTH:g} % or {HEIGHT:g} % of it"),
    Check("edge", 3, False, "{value} % of the subject's size lie beyond the picture's edge, not at most {limit} %"),
    # Of the shorter side: a phone held upright is as wide as one turned for a wide film is high, and letters as large.
    Check("text", 3.2, True, "the smallest letters have {value} % of the picture's shorter side, not {limit} %"),
    # Of the longer side: a phone is turned for a wide film, and held upright for an upright one.
    Check("camera", 3, False, "it moves by {value} % of the longer side a frame at 12 a second, not at most {limit} %"),
    Check("caption", 5, False, "it hides {value} % of the subject, not at most {limit} %"),
    Check("reading", 60, False, "it takes {value} % of the time that is there, not at most {limit} %"),
    Check("freeze", 0.8, False, "nothing moves for {value} s, not at most {limit} s", pictures=True),
    Check("empty", 0, False, "{value} pictures show nothing", pictures=True),
    Check("light", 40, True, "the mean luminance is {value} of 255, not {limit}", pictures=True),
)
CHECKS = {check.name: check for check in _ALL}
