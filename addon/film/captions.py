"""What stands at the foot of the picture, and the cards. The words themselves are in texts/."""

from . import texts
from .subtitles import may_break

NO_TURN = (0.0, 0.0, 0.0)
BAND_TOP = -2.3  # of a wide picture's band


class Captions:
    """Makes texts and switches them. In a narrow picture lines are wrapped, and stand higher."""

    def __init__(self, studio, frame):
        """frame: the empty before the camera that carries the sheet."""
        self.studio, self.film, self.frame, self.language = studio, studio.film, frame, studio.language
        self.languages = texts.spoken(studio.language)
        self.wide, (self.width, height) = studio.picture.is_wide, studio.picture.sheet
        self.left = -7.0 if self.wide else 0.9 - self.width / 2
        self.title_y = -2.72 if self.wide else 4.6 - height / 2
        self.foot, self.band_top = -height / 2 - 0.2, self.title_y - (-2.72 - BAND_TOP)
        self._lines, self._title, self._title_act = [], [], None
        self._bar = self._make_bar()
        self.band = self._make_band()
        self._titles = self._make_titles()

    def _make_bar(self):
        low, high = (-0.7, 0.7) if self.wide else (-1.7 if self.width > 12 else -2.9, 0.85)
        plate = ([(-0.025, low, 0), (0.025, low, 0), (0.025, high, 0), (-0.025, high, 0)], [(0, 1, 2, 3)], None)
        bar = self.studio.solid(
            "Caption bar", plate, self.studio.palette.gold, self.studio.materials.type, "Captions", self.frame
        )
        bar.location = (self.left - 0.3, self.title_y - 0.58, 0)
        return self.film.visibility(bar)

    def _make_band(self):
        """A dark band behind the captions, for shots that fill the picture down to its foot."""
        if not self.languages:
            return self.film.visibility()
        side, low, high = self.width / 2 + 0.3, self.foot, self.band_top
        corners = [(-side, low, -0.02), (side, low, -0.02), (side, high, -0.02), (-side, high, -0.02)]
        plate = (corners, [(0, 1, 2, 3)], None)
        band = self.studio.solid(
            "Caption band", plate, self.studio.palette.edge, self.studio.materials.type, "Captions", self.frame
        )
        return self.film.visibility(band)

    def _make_titles(self):
        """{act: its title's texts}; a second language stands behind the first, wherever that ends."""
        made = {act: [] for act in self.languages[0].titles} if self.languages else {}
        x = dict.fromkeys(made, self.left)
        for row, language in enumerate(self.languages):
            y = self.title_y - (0.0 if self.wide else 0.62 * row)
            size, colour = (0.41, self.studio.palette.gold) if language.dense else (0.52, self.studio.palette.text)
            labels = [self._label(language.titles[act], size, colour, (x[act], y, 0)) for act in made]
            for act, label, width in zip(made, labels, self.studio.measure(labels), strict=True):
                made[act].append(label)
                x[act] += width + 0.4 if self.wide else 0.0
        return {act: [self._switched(label) for label in labels] for act, labels in made.items()}

    def _label(self, body, size, colour, location, align="Left"):
        return self.studio.label(
            f"Caption {body[:20]}", body, size, colour, location, align, "Captions", self.frame, rotation=NO_TURN
        )

    def _switched(self, label):
        return label, self.film.visibility(label)

    def text(self, body, size, colour, location, align="Left"):
        """A hidden text on the caption sheet."""
        return self._switched(self._label(body, size, colour, location, align))

    def card(self, body, size, colour, y):
        """A hidden text in the middle of a card, smaller where the picture is too narrow for it."""
        label = self._label(body, size, colour, (0, y, 0), "Center")
        label.scale = (min(1.0, (self.width - 1.2) / max(*self.studio.measure([label]), 1e-3)),) * 3
        return self._switched(label)

    def appear(self, texts):
        for _, visibility in texts:
            self.film.set(visibility.on(0.0))

    def vanish(self, texts):
        for _, visibility in texts:
            self.film.set(visibility.off(0.0))

    def show(self, key, **values):
        """Put a line at the foot of the picture, with its act's title. Subtitles get it in every language."""
        lines = {language.code: language.line(key, **values) for language in texts.ALL.values()}
        self.film.say(lines, [language.code for language in self.languages] or ["en"])
        if not self.languages:
            return
        act = key.split(".")[0]
        if act != self._title_act:
            self.vanish(self._title)
            self._title, self._title_act = self._titles[act], act
            self.appear(self._title)
            self.film.set(self._bar.on(0.0))
        self.vanish(self._lines)
        self._lines, y = [], self.title_y - (0.64 if self.wide else 0.64 + 0.62 * (len(self.languages) - 1))
        for language in self.languages:
            size = 0.35 if language.dense else 0.39
            for line in self._wrapped(language.line(key, **values), size):
                self._lines.append(self.text(line, size, self.studio.palette.caption, (self.left, y, 0)))
                y -= 0.5
        self.appear(self._lines)

    def _wrapped(self, text, size):
        """The lines of a caption: one where the picture is wide enough for all of them."""
        if self.wide:
            return [text]
        text = text.replace(" %", "\N{NO-BREAK SPACE}%")
        return wrap(text, (self.width - 1.8) / size)

    def clear(self):
        """Take everything away, at the end of an act."""
        self.film.hush()
        self.vanish(self._lines)
        self.vanish(self._title)
        self.film.set(self._bar.off(0.0))
        self._lines, self._title, self._title_act = [], [], None


def wrap(text, width):
    """Break a text into lines of at most some width, in letters as wide as high; others are half as wide."""
    lines, start, best, used = [], 0, 0, 0.0
    for place, letter in enumerate(text):
        if place > start and may_break(text[place - 1], letter):
            best = place
        used += texts.breadth(letter)
        if used > width and best > start and letter != " ":
            lines.append(text[start:best].rstrip())
            start, used = best, texts.breadth(text[best : place + 1])
    return [*lines, text[start:]]
