"""What lies over the picture: one line at its foot, a mark of the four parts at its top, small print, and cards.

The words themselves are in texts/. Everything stands on a sheet before the camera, 16 units along the longer side.
"""

from dataclasses import dataclass
from functools import cached_property

from ...inference.characters import characters
from . import texts
from .cast.growing import Growing
from .film import LEAD, TAIL
from .lines import balanced

LINE = "cinema_line"  # custom property of the texts of the line at the foot
NO_TURN = (0.0, 0.0, 0.0)
FOOT = 0.12  # of the picture's height that captions have; a narrow picture's wrap, and have twice as much
SIZE, DENSE_SIZE, LEADING = 0.58, 0.54, 0.68
# In narrow films the prompt stands over all beats but these, which have other texts or need its place at first.
WITHOUT_PROMPT = (
    *("prologue.", "embedding.split", "attention.context"),
    *("stack.same_end", "stack.whole", "unembedding.last", "loop."),
)
ENDS_PROMPT = "loop.append"  # whose text takes its place
UNDER_PROMPT = 0.36  # of the sheet's units, between it and the small print
# Upright pictures are seen on phones, whose own texts lie over their lower edge.
NARROW, UPRIGHT_LOW = 1.74, 0.12  # times their size; of the height, where their lowest line is
LARGER = {"prologue.words": 1.45}  # times their size: lines that the film hangs on, in wide pictures
LATIN_AMONG_DENSE = 1.35  # of its size that Latin type has among Chinese letters, which would dwarf it
TWO_SIZE = 0.8  # of these sizes, where two languages share the place
TITLE_SIZE, TITLE_SECONDS, TAG_SIZE = 0.58, 3.2, 0.46
TITLED_LATER = ("attention", "mlp", "unembedding")  # acts that say when their title comes: with none of their lines
UNTITLED = ("loop",)  # whose text grows at the title's place
# Seconds, of acts whose picture needs the title's place.
SHORT_TITLES = {"attention": 1.9, "mlp": 1.9, "stack": 1.8}
SHORTEST_TITLE = 1.4  # of narrow films, where another text has that place
LONG = 20  # letters; longer words, such as a token of 64 dashes, may be wider than texts are on average
# Of the size: room at the right of a Latin letter, a space, and a quotation mark among Chinese letters.
BESIDE, SPACE, QUOTE = 0.042, 0.188, 0.4
UNSURE = 1.5  # times as wide as is estimated some texts are, such as Chinese ones
CARD_PUSH = 0.012  # of its size that a card comes nearer a second
FADE = 0.17  # seconds in which a text comes and goes
PARTS = (("embedding",), ("attention",), ("mlp", "stack"), ("unembedding", "loop"))  # the acts of each part
MARK_WIDTH, MARK_HEIGHT, MARK_GAP, MARK_EDGE = 0.24, 0.006, 0.008, 0.035  # of the picture's width and height


@dataclass
class Shown:
    """Texts on the sheet, and since when: [(label, Visibility, Dial of its light), ...]."""

    texts: list
    begin: float


class Captions:
    """Makes texts and switches them."""

    def __init__(self, studio, frame):
        """frame: the empty before the camera that carries the sheet."""
        self.studio, self.film, self.frame, self.language = studio, studio.film, frame, studio.language
        self.languages = texts.spoken(studio.language)
        self.wide, (self.width, self.height) = studio.picture.is_wide, studio.picture.sheet
        self.larger = 1.0 if studio.picture.is_wide else NARROW
        self._foot = UPRIGHT_LOW if studio.picture.is_upright else FOOT * 0.5
        self._line = self._tag = None
        self._title_act = None
        self._acts = {}  # act -> (first, last second)
        self._mark = self._make_mark()
        sheet = studio.object("Card", None, "Captions", frame)
        self.cards = sheet
        self._push = self.film.place(sheet, "scale", (1.0, 1.0, 1.0))

    # --- the mark of the four parts ----------------------------------------------------------------

    def _make_mark(self):
        """Four plates at the top, and over each one that grows -> [Dial of its length]."""
        palette, whole = self.studio.palette, MARK_WIDTH * (self.width if self.wide else 1.6 * self.width)
        gap = MARK_GAP * self.width
        one, tall = (whole - 3 * gap) / 4, MARK_HEIGHT * max(self.height, self.width * 9 / 16)
        y, made = self.height / 2 - MARK_EDGE * self.height, []
        for part in range(len(PARTS)):
            x = part * (one + gap) - whole / 2
            for name, strength, length in (("Part", 0.22, one), ("Progress", 1.0, one)):
                plate = ([(0, -tall / 2, 0), (length, -tall / 2, 0), (length, tall / 2, 0), (0, tall / 2, 0)],)
                plate = (*plate, [(0, 1, 2, 3)], None)
                made.append(
                    self.studio.solid(
                        f"{name} {part + 1}",
                        plate,
                        palette.linear(palette.text, strength),
                        self.studio.materials.type,
                        "Captions",
                        self.frame,
                    )
                )
                made[-1].location = (x, y, 0.001 if name == "Progress" else 0.0)
        self.mark_visible = self.film.visibility(*made)
        return [self.film.place(plate, "scale", (1e-3, 1.0, 1.0)).dials[0] for plate in made[1::2]]

    def _fill_mark(self):
        """Each plate grows as long as the acts of its part last."""
        for dial, acts in zip(self._mark, PARTS, strict=True):
            times = [self._acts[act] for act in acts if act in self._acts]
            if times:
                begin, end = times[0][0], times[-1][1]
                self.film.at(begin, dial.to(1.0), run_time=end - begin, easing="linear")

    # --- the text at the top -------------------------------------------------------------------------

    @cached_property
    def growing(self) -> Growing:
        """The prompt and what is drawn after it, for the last act."""
        script = self.studio.script
        tokens = [*script.trace.tokens, *script.drawn]
        return Growing(self.studio, self.frame, "Growing text", tokens, "drawn", self.studio.palette.gold)

    @cached_property
    def prompt(self) -> Growing:
        """The prompt, which stands over a narrow film."""
        tokens, gold = self.studio.script.trace.tokens, self.studio.palette.gold
        return Growing(self.studio, self.frame, "Prompt", tokens, "prompt", gold)

    def begin_beat(self, beat: str) -> None:
        """Let the prompt come or go, at the begin of act.beat."""
        if not beat.startswith((*WITHOUT_PROMPT, ENDS_PROMPT)):
            self.show_prompt()
        elif self.has_prompt and beat != ENDS_PROMPT:
            self.vanish([self._header])

    @property
    def has_prompt(self) -> bool:
        """Whether the prompt stands over the picture."""
        return self.studio.picture.top > 0 and self.prompt.visible.visible

    def show_prompt(self, after_title: bool = False) -> None:
        """Let the prompt come, if it stands over this film and isn't there."""
        if self.studio.picture.top and not self.has_prompt:
            self.film.set(self.prompt.upto(self.studio.script.text_count))
            self.appear([self._header], self.film.time + after_title * SHORTEST_TITLE / self.film.pace)

    @property
    def _header(self) -> tuple:
        return self.prompt.object, self.prompt.visible, self.prompt.light

    # --- texts -------------------------------------------------------------------------------------

    def _make(self, body, size, colour, location, align="Left", most=None, parent=None):
        """A hidden line of text, at most `most` units wide -> [(label, Visibility, Dial)]; each script has its face."""
        stretches, dense = runs(body), texts.is_dense_text(body)
        about = texts.set_width(body) * size
        scale = min(1.0, (most or 1e9) / max(about, 1e-3))
        fits = about * UNSURE < (most or 1e9) and not any(len(one) > LONG for one in body.split())
        alone = len(stretches) == 1 and fits
        made = [
            self.studio.label(
                f"Caption {run[:20]}",
                run,
                size * (LATIN_AMONG_DENSE if dense and texts.is_latin(run[0]) else 1.0),
                colour,
                location,
                align if alone else "Left",
                "Captions",
                parent or self.frame,
                rotation=NO_TURN,
                latin=texts.is_latin(run[0]) if dense else None,  # a quotation mark is a Chinese one there
            )
            for run in stretches
        ]
        widths = [0.0] if alone else self._widths(made, stretches, size)  # few captions need be measured
        scale = scale if alone else min(1.0, (most or 1e9) / max(sum(widths), 1e-3))
        x = location[0] - {"Left": 0.0, "Center": 0.5, "Right": 1.0}[align] * sum(widths) * scale
        for label, width in zip(made, widths, strict=True):
            label.location = (x, *location[1:])
            label.scale = (scale,) * 3
            x += width * scale
        return [(label, self.film.visibility(label), self.studio.light(label)) for label in made]

    def _widths(self, labels, stretches, size):
        """How far each run is from the next. Chinese letters and signs are as wide as they are high, with the room
        about them; of Latin ones the right end is measured, and what has no outline there is added."""
        dense = any(map(texts.is_dense_text, stretches))
        latin = size * (LATIN_AMONG_DENSE if dense else 1.0)
        widths = []
        for end, run in zip(self.studio.measure(labels), stretches, strict=True):
            if texts.is_latin(run[0]) or not dense:
                widths.append(end + (BESIDE + SPACE * (len(run) - len(run.rstrip()))) * latin)
            else:
                widths.append(size * sum(QUOTE if letter in "“”‘’" else 1.0 for letter in run))
        return widths

    def text(self, body, size, colour, location, align="Left"):
        """A hidden text on the sheet."""
        return self._make(body, size, colour, location, align)

    def card(self, body, size, colour, y, most=None):
        """Hidden texts in the middle of a card, one under the other, smaller where the picture is too narrow."""
        made = []
        for row, line in enumerate(body.split("\n")):
            place = (0, y - row * 1.25 * size, 0)
            made += self._make(line, size, colour, place, "Center", most or self.width * 0.9, self.cards)
        return made

    def blank(self, line, size):
        """A hidden gold blank on cards, behind a line of texts of that size -> Visibility."""
        (label, *_), *more = line
        # One text is set about its middle, several from the left.
        end = -label.location.x if more else self.studio.measure([label])[0] * label.scale.x / 2
        corners = [(x * size, y * size, 0.0) for x, y in ((0.18, -0.36), (0.72, -0.36), (0.72, -0.27), (0.18, -0.27))]
        plate = self.studio.solid(
            "Question blank",
            (corners, [(0, 1, 2, 3)], None),
            self.studio.palette.gold,
            self.studio.materials.type,
            "Captions",
            self.cards,
        )
        plate.location = (end, label.location.y, 0.0)
        return self.film.visibility(plate)

    def push(self, seconds):
        """Let everything on cards come nearer, slowly, for so many seconds from now on."""
        self.film.together(
            self._push.to((1.0 + CARD_PUSH * seconds,) * 3, origin=(1.0,) * 3), run_time=seconds, easing="linear"
        )

    def level(self):
        """Let cards stand at their size again; none must be seen."""
        self.film.set(self._push.to((1.0,) * 3))

    def appear(self, made, at=None):
        """Let texts come; at: the second, default now."""
        if not self.film.shown:
            return
        at, seconds = self.film.time if at is None else at, FADE / self.film.pace
        for _, visible, light in made:
            self.film.at(at, visible.on(0.0))
            self.film.at(at, light.to(1.0, origin=0.0), run_time=seconds, easing="linear")

    def vanish(self, made, at=None):
        """Let texts go, so that they are gone at a second, default now."""
        if not self.film.shown:
            return
        at, seconds = self.film.time if at is None else at, FADE / self.film.pace
        for _, visible, light in made:
            self.film.at(at - seconds, light.to(0.0), run_time=seconds, easing="linear")
            self.film.at(at, visible.off(0.0))

    # --- the line, the title, the small print --------------------------------------------------------

    def show(self, key, **values):
        """Put a line at the foot of the picture. Subtitles get it in every language."""
        act = key.split(".")[0]
        self.end_line()
        lines = {language.code: language.line(key, **values) for language in texts.ALL.values()}
        self.film.say(lines, [language.code for language in self.languages] or ["en"])
        if not self.languages:
            return
        if act != self._title_act:
            self._title_act = act
            if act not in (*TITLED_LATER, *UNTITLED):
                self.show_title(act)
        made, rows = [], [row for language in self.languages for row in self._rows(language.line(key, **values))]
        smaller = TWO_SIZE if len(self.languages) > 1 else LARGER.get(key, 1.0) if self.wide else self.larger
        leading = LEADING * smaller
        y = -self.height / 2 + self._foot * self.height
        # Rows stand about that height, in a narrow picture on it.
        y += (leading / 2.0 + 0.06 if self.wide else leading) * (len(rows) - 1)
        for row in rows:
            size = (DENSE_SIZE if texts.is_dense_text(row) else SIZE) * smaller
            made += self._make(row, size, self.studio.palette.text, (0, y, 0), "Center", self.width * 0.94)
            y -= leading
        for label, *_ in made:
            label[LINE] = True
        self._line = Shown(made, self.film.time)

    def _rows(self, text):
        """One row where the picture is wide enough for it."""
        return [text] if self.wide else balanced(text, (self.width - 0.8) / (self.larger * SIZE), texts.set_width)

    def show_title(self, act):
        """The act's title at the upper left, for some seconds; a title is for what begins."""
        if not self.languages or act in self.film.cut_short or not any(act in acts for acts in PARTS):
            return
        left, y = -self.width / 2 + 0.03 * self.width, self.height / 2 - MARK_EDGE * self.height - 0.6
        size, made = TITLE_SIZE * self.larger, []
        for row in self._rows(self.languages[0].titles[act]):
            made += self._make(row, size, self.studio.palette.text, (left, y, 0), most=self.width * 0.92)
            y -= LEADING * self.larger
        begin, pace = self.film.time, self.film.pace
        seconds = SHORTEST_TITLE if not self.wide else SHORT_TITLES.get(act, TITLE_SECONDS)
        end = begin + seconds / pace
        if self.has_prompt:  # whose place it takes
            self.vanish([self._header], begin + FADE / pace)
            self.appear([self._header], end)
        self.appear(made, begin + 0.2 / pace)
        self.vanish(made, end)

    def end_line(self):
        """The line has stood until now, or until it can have been read."""
        self.film.hush()
        if self._line:
            shown, self._line, pace = self._line, None, self.film.pace
            self.appear(shown.texts, shown.begin + LEAD / pace)
            self.vanish(shown.texts, self.film.time - TAIL / pace)

    def tag(self, key=None, **values):
        """Small print at the upper right: [tags] of the texts."""
        if self._tag:
            self.vanish(self._tag.texts)
            self._tag = None
        if key is None or not self.languages:
            return
        body = self.languages[0].tag(key, **values)
        x, y = self.width / 2 - 0.03 * self.width, self.height / 2 - MARK_EDGE * self.height - 0.5
        if not self.wide:
            y = self.height / 2 - self.studio.picture.top * self.height - UNDER_PROMPT
        made = self._make(body, TAG_SIZE, self.studio.palette.text_dim, (x, y, 0), "Right", self.width * 0.9)
        for label, *_ in made:
            label["cinema_scenery"] = True  # small print: what it says is said by the shapes as well
        self.appear(made)
        self._tag = Shown(made, self.film.time)

    def begin_act(self, act):
        """Note that an act begins; with the first one that is a part of a whole film the mark appears."""
        self._acts[act] = (self.film.time, self.film.time)
        whole = self.film.acts is None or {one for acts in PARTS for one in acts} <= set(self.film.acts)
        if whole and not self.mark_visible.visible and any(act in acts for acts in PARTS):
            self.film.set(self.mark_visible.on(0.0))

    def quiet(self):
        """Take the line away."""
        self.end_line()

    def clear(self):
        """Take everything away, at the end of an act."""
        self.end_line()
        self.tag(None)
        act = self.film.act_name
        if act in self._acts:
            self._acts[act] = (self._acts[act][0], self.film.time)

    def finish(self):
        """Write what is known only when the film is: how long each part lasts."""
        self._fill_mark()


def runs(text):
    """A text as stretches of one script each: Chinese letters and the others come from different faces."""
    if not texts.is_dense_text(text):
        return [text]
    parts, before = [], ""
    for letter in characters(text):
        if before and texts.is_latin(letter[0]) == texts.is_latin(before[0]):
            parts[-1] += letter
        else:
            parts.append(letter)
        before = letter
    return parts
