"""What stands at the foot of the picture, and the cards. The words themselves are in texts/."""

from . import palette, texts

NO_TURN = (0.0, 0.0, 0.0)
BAND_TOP = -2.3


class Captions:
    """Makes texts and switches them."""

    LEFT, TITLE_Y, FIRST_Y, SECOND_Y = -7.0, -2.72, -3.36, -3.86

    def __init__(self, studio, frame):
        """frame: the empty before the camera that carries the sheet."""
        self.studio, self.film, self.frame, self.language = studio, studio.film, frame, studio.language
        self.languages = texts.spoken(studio.language)
        self._lines, self._title, self._title_act = [], [], None
        self._bar = self._make_bar()
        self.band = self._make_band()
        self._titles = self._make_titles()

    def _make_bar(self):
        plate = ([(-0.025, -0.7, 0), (0.025, -0.7, 0), (0.025, 0.7, 0), (-0.025, 0.7, 0)], [(0, 1, 2, 3)], None)
        bar = self.studio.solid("Caption bar", plate, palette.GOLD, self.studio.materials.type, "Captions", self.frame)
        bar.location = (self.LEFT - 0.3, -3.3, 0)
        return self.film.visibility(bar)

    def _make_band(self):
        """A dark band behind the captions, for shots that fill the picture down to its foot."""
        if not self.languages:
            return self.film.visibility()
        corners = [(-8.3, -4.7, -0.02), (8.3, -4.7, -0.02), (8.3, BAND_TOP, -0.02), (-8.3, BAND_TOP, -0.02)]
        plate = (corners, [(0, 1, 2, 3)], None)
        band = self.studio.solid(
            "Caption band", plate, palette.BACKGROUND_EDGE, self.studio.materials.type, "Captions", self.frame
        )
        return self.film.visibility(band)

    def _make_titles(self):
        """{act: its title's texts}; a second language stands behind the first, wherever that ends."""
        made = {act: [] for act in self.languages[0].titles} if self.languages else {}
        x = dict.fromkeys(made, self.LEFT)
        for language in self.languages:
            size, colour = (0.41, palette.GOLD) if language.dense else (0.52, palette.TEXT)
            labels = [self._label(language.titles[act], size, colour, (x[act], self.TITLE_Y, 0)) for act in made]
            for act, label, width in zip(made, labels, self.studio.measure(labels), strict=True):
                made[act].append(label)
                x[act] += width + 0.4
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
        self._lines = [
            self.text(
                language.line(key, **values), 0.35 if language.dense else 0.39, palette.CAPTION, (self.LEFT, y, 0)
            )
            for language, y in zip(self.languages, (self.FIRST_Y, self.SECOND_Y), strict=False)
        ]
        self.appear(self._lines)

    def clear(self):
        """Take everything away, at the end of an act."""
        self.film.hush()
        self.vanish(self._lines)
        self.vanish(self._title)
        self.film.set(self._bar.off(0.0))
        self._lines, self._title, self._title_act = [], [], None
