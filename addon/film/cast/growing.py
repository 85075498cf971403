"""A text that grows token by token: the words themselves, large, at the top of the picture."""

from ... import compat
from .. import texts
from ..direction import Script
from ..evidence import mark
from ..framing import Picture
from ..lines import one_line, wrap
from ..nodes import Graph
from ..studio import Studio
from ..timeline import Clip

SIZE, SQUARE_SIZE, UPRIGHT_SIZE = 1.0, 1.05, 0.8  # of the letters, in the sheet's units
WIDTH, LEADING = 0.95, 1.3  # of lines, of the picture's width; of a letter, from line to line
EDGE, NARROW_EDGE = 0.12, 0.052  # of the picture's height, over the text
MOST, MOST_OF_PROMPT = 44, 18  # of a text's last letters that are shown, in letters as wide as high
SHORTER = 0.9  # of what is shown, as long as it has too many rows
WAITING = 0.4  # light of letters that haven't been read
CUT, BROKEN = "… ", "…"
ENDS = (*".!?…。！？", '."', '!"', '?"', ".”", "!”", "?”", "。”")  # of a sentence


class Growing:
    """The prompt and a continuation, in a colour of its own, on the sheet before the camera.

    Letters: how many are there; Opening: how many of them are the prompt's; Opening light: of those, which without
    light are not there. Read: how many have all their light; the others wait for it.
    """

    def __init__(self, studio: Studio, frame, name: str, tokens, text: str, colour: str, most_rows: int | None = None):
        """tokens: of the whole text. text: which one it is, for the evidence: drawn, prompt or greedy; the last one is
        broken off where its last sentence has no end. colour: of what follows the prompt. most_rows: of a long text,
        so much of its end is shown as has room in so many.
        """
        film, vocabulary = studio.film, studio.script.recording.vocabulary
        width, height = studio.picture.sheet
        self.size = _size(studio.picture)
        said = _plain(vocabulary, tokens)
        broken = text == "greedy" and not said.endswith(ENDS)
        most = MOST_OF_PROMPT if text == "prompt" else MOST
        self.lines = lay_out(said + BROKEN * broken, width * WIDTH / self.size, most)
        while most_rows and self.rows > most_rows and most > 1:
            most *= SHORTER
            self.lines = lay_out(said + BROKEN * broken, width * WIDTH / self.size, most)
        said, ends = vocabulary.text(tokens), [0, *vocabulary.ends(tokens)]
        self._lengths = [letters(self.lines, said[:end].replace("\0", " ")) for end in ends]
        self._lengths[-1] = len(self.lines)
        font = studio.font_of(self.lines)
        group = studio.once(f"growing {font is None} {colour}", lambda: _group(studio, font, colour))
        self.object, modifier = studio.field(name, studio.empty, group, "Captions", frame)
        compat.set_input(modifier, "Text", self.lines)
        compat.set_input(modifier, "Size", 1.0)
        compat.set_input(modifier, "Letters", float(len(self.lines)))
        (wide,) = studio.measure([self.object])  # only now is it known what these letters take
        self.size = min(self.size, WIDTH * width / max(wide, 1e-3))
        compat.set_input(modifier, "Size", float(self.size))
        compat.set_input(modifier, "Read", float(len(self.lines)))
        compat.set_input(modifier, "Opening", self._lengths[studio.script.text_count])
        mark(self.object, "growing", text=text)
        self.letters = film.dial(modifier, "Letters", 0.0)
        self.read = film.dial(modifier, "Read", float(len(self.lines)))
        self.light = film.dial(modifier, "Light", 1.0)
        self.opening = film.dial(modifier, "Opening light", 1.0)
        self.top = height / 2 - (EDGE if studio.picture.is_wide else NARROW_EDGE) * height
        self.left = -self.size * wide / 2  # all lines begin there: a line that grows stands still
        self.place = film.place(self.object, "location", (self.left, self.top, 0.0))
        self.visible = film.visibility(self.object)

    @property
    def rows(self) -> int:
        return self.lines.count("\n") + 1

    def upto(self, count: int, **timing):
        """A clip that shows the first `count` tokens."""
        return self.letters.to(self._lengths[count], **timing)

    def read_along(self, times: list[float]) -> list[Clip]:
        """Clips that give all light to the first token, the second …, at parts of the play(); to all at its end."""
        steps = [self.read.to(self._lengths[i + 1], start=at, easing="step") for i, at in enumerate(times)]
        return [*steps, self.read.to(len(self.lines), start=0.97, easing="step")]


def _size(picture: Picture) -> float:
    return SIZE if picture.is_wide else UPRIGHT_SIZE if picture.is_upright else SQUARE_SIZE


def prompt_height(script: Script, picture: Picture) -> float:
    """The part of a narrow picture's height that the prompt takes, which stands at its top; 0 in other pictures."""
    if picture.is_wide:
        return 0.0
    (width, height), size = picture.sheet, _size(picture)
    said = _plain(script.recording.vocabulary, script.trace.tokens)
    rows = lay_out(said, width * WIDTH / size, MOST_OF_PROMPT).count("\n")
    return NARROW_EDGE + (1 + rows * LEADING) * size / height


def _plain(vocabulary, tokens) -> str:
    return one_line(vocabulary.text(tokens))


def lay_out(text: str, width: float, most: float = MOST) -> str:
    """A text's last letters in lines of some width, set at size 1. most: breadth of what is shown."""
    start = len(text)
    while start and texts.breadth(text[start - 1 :]) <= most:
        start -= 1
    if start:  # in the middle of it: with a whole word
        start = text.find(" ", start) + 1 or start
    return "\n".join(wrap(CUT * (start > 0) + text[start:].lstrip(), width, texts.set_width))


def letters(lines: str, beginning: str) -> int:
    """How many letters of laid out lines belong to the beginning of their text: as many from the text's start.

    A character whose last piece is still to come is not there yet.
    """
    cut = lines.startswith(CUT)
    whole = "".join(lines.removeprefix(CUT).split())
    said = "".join(beginning.split())
    if cut:  # what is shown is the end of the text: the beginning may end before it
        shown = max((n for n in range(min(len(said), len(whole)) + 1) if said.endswith(whole[:n])), default=0)
    else:
        shown = next(
            (n for n, (a, b) in enumerate(zip(whole, said, strict=False)) if a != b), min(len(whole), len(said))
        )
    place, left = len(CUT) if cut else 0, shown
    while left:
        left -= not lines[place].isspace()
        place += 1
    return place


def _group(studio: Studio, font, colour: str) -> Graph:
    graph = Graph("Growing text")
    text, letters_shown = graph.input("Text", "String"), graph.input("Letters", default=0.0)
    size, light = graph.input("Size", default=1.0), graph.input("Light", default=1.0)
    opening, dim = graph.input("Opening", "Int", 0), graph.input("Opening light", default=1.0)
    inputs = {"String": text, "Position": 0, "Length": (letters_shown + 0.001).floor()}
    string = graph.field("FunctionNodeSliceString", inputs)
    strung = studio.strung(graph, string, size, "Left", font, vertical="Top")
    letter = graph.field("GeometryNodeInputIndex")
    is_opening, waits = letter < opening, letter > graph.input("Read", default=0.0) - 0.5
    parts = []
    for chosen, tint, strength in (
        (is_opening * (dim > 1e-3), studio.colour("text"), light * dim),
        (1.0 - is_opening, studio.palette.linear(colour), light),
    ):
        for those, brightness in ((1.0 - waits, strength), (waits, strength * WAITING)):
            inputs = {"Geometry": strung, "Selection": chosen * those}
            some = graph.field("GeometryNodeSeparateGeometry", inputs, domain="INSTANCE")
            faded = studio.palette.fade(graph, tint, brightness)
            parts.append(graph.coloured(studio.filled(graph, some), faded, studio.materials.type, studio.speck))
    graph.output(graph.join(*parts))
    return graph
