"""What a film must reach: the only place where thresholds stand."""

from dataclasses import dataclass

WIDTH, HEIGHT = 80.0, 60.0  # % of the picture that a subject must span: one of the two
REST = 0.5  # the camera rests below this speed, in % of the picture's width a frame at 12 a second
LETTERS_A_SECOND, DENSE_A_SECOND = 12, 6  # calm reading; dense: Chinese and its like
READ = 0.5  # seconds; a label that stands for less is not there to be read
GONE = 0.1  # % of the picture's height; a label with lower letters has been shrunk away
LIGHT = 0.5  # of its own light; a darker label has faded
STILL = 0.05  # of 255; two pictures that differ by less on average show no motion
STANDS_OUT = 12  # of 255; a pixel that differs by more from the backdrop, in any channel, is lit
EMPTY = 0.5  # % of lit pixels below which a picture is empty
FILM_LIGHT = (55.0, 60.0)  # mean luminance of all beats, 0 … 255
DARKER = {"stack": 30.0}  # acts with another least luminance than the check `light` has


@dataclass(frozen=True)
class Check:
    """A number that each beat has, and its threshold."""

    name: str
    limit: float
    at_least: bool  # else at most
    unit: str
    what: str
    pictures: bool = False  # whether it needs rendered pictures

    def limit_in(self, act: str) -> float:
        """The threshold in an act."""
        return DARKER.get(act, self.limit) if self.name == "light" else self.limit

    def passes(self, value: float, act: str) -> bool:
        """Whether a value is good enough for a beat of an act."""
        limit = self.limit_in(act)
        return value >= limit if self.at_least else value <= limit


CHECKS = {
    check.name: check
    for check in (
        Check("subject", 100.0, True, "%", f"of {WIDTH:g} % of the width or {HEIGHT:g} % of the height is filled"),
        Check("edge", 3.0, False, "%", "of the subject's size lie beyond the picture's edge"),
        Check("text", 3.2, True, "%", "of the picture's height: the smallest letters"),
        Check("camera", 3.0, False, "%", "of the width a frame at 12 a second: the camera's fastest move"),
        Check("caption", 5.0, False, "%", "of the subject lie behind the caption"),
        Check("reading", 60.0, False, "%", "of the beat are needed to read its caption"),
        Check("freeze", 0.8, False, "s", "without any motion", pictures=True),
        Check("empty", 0.0, False, "", "pictures show nothing", pictures=True),
        Check("light", 40.0, True, "", "is the mean luminance, 0 … 255", pictures=True),
    )
}
