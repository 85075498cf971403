"""What the model thinks of the blank: its likeliest next words, hung under the text. None has won."""

import numpy as np

from ....inference.sampling import likeliest, softmax
from .. import layout
from ..evidence import mark
from ..studio import Studio
from ..timeline import Clip
from .typed import Typed

LARGEST, LEAST = 1.5, 0.4  # metres: the likeliest word's letters, and the smallest that can be read
GAP, APART, UNDER = 0.6, 1.15, 1.75  # of the letters' size: between words, between rows, from the text to the first row
OF_TEXT = 0.94  # of the prompt's width that a row may have
FALL = 0.45  # metres that a word comes down
FAINT = 0.4  # the light that a word comes and goes with: a fainter one is darker than the backdrop


class Guesses:
    """The words of the first step in rows, the likeliest first. The area of their letters is their probability.

    An empty carries them: its origin is the middle of the text's last line.
    """

    def __init__(self, studio: Studio, typed: Typed) -> None:
        film, script = studio.film, studio.script
        share = softmax(script.recording.steps[0].trace.logits, 1.0)
        self.rack = studio.object("Guesses", None)
        self.rack.empty_display_size = 0.2
        self.place = film.place(self.rack, "location", (0.0, 0.0, 0.0))
        tokens = [int(token) for token in likeliest(share, layout.GUESSES)]
        sizes = LARGEST * np.sqrt(share[tokens] / share[tokens[0]])
        tokens, sizes = (
            [token for token, size in zip(tokens, sizes, strict=True) if size >= LEAST],
            sizes[sizes >= LEAST],
        )
        self.objects = [
            studio.label(f"Guess {place + 1}", script.word(token), float(size), studio.palette.text, parent=self.rack)
            for place, (token, size) in enumerate(zip(tokens, sizes, strict=True))
        ]
        for place, label in enumerate(self.objects):
            mark(label, "guess", place=place)
        prompt = typed.end_of(script.text_count)
        middles = _rows(studio.measure(self.objects), sizes, OF_TEXT * typed.breadth(prompt), UNDER * typed.size)
        self.low = float(min(z - size / 2 for (_, z), size in zip(middles, sizes, strict=True)))
        self.middles = [(float(x), 0.0, float(z)) for x, z in middles]
        self.places = [
            film.place(label, "location", place) for label, place in zip(self.objects, self.middles, strict=True)
        ]
        self.lights = [studio.light(label) for label in self.objects]
        self.visible = [film.visibility(label) for label in self.objects]

    def come(self) -> list[Clip]:
        """Clips that let the words come down from the text, one after another."""
        count, clips = len(self.objects), []
        for order, (x, y, z) in enumerate(self.middles):
            place, light, visible = self.places[order], self.lights[order], self.visible[order]
            part = {"start": 0.6 * order / count, "end": 0.6 * order / count + 0.4, "easing": "out"}
            clips += [place.to((x, y, z), origin=(x, y, z + FALL), **part), light.to(1.0, origin=FAINT, **part)]
            clips.append(visible.on(part["start"]))
        return clips

    def go(self) -> list[Clip]:
        """Clips that take the words away."""
        return [*(light.to(FAINT) for light in self.lights), *(visible.off() for visible in self.visible)]


def _rows(widths: list[float], sizes: np.ndarray, most: float, under: float) -> np.ndarray:
    """Middles [n, 2] of words in rows of at most some metres, each row as high as its first word."""
    rows, used = [[]], 0.0
    for word, (width, size) in enumerate(zip(widths, sizes, strict=True)):
        if rows[-1] and used + width > most:
            rows.append([])
            used = 0.0
        rows[-1].append(word)
        used += width + GAP * size
    middles, z, above = np.zeros((len(widths), 2)), -under, None
    for row in rows:
        high = sizes[row[0]]
        z -= APART * (above + high) / 2 if above else 0.0
        above, gap = high, GAP * high
        x = -(sum(widths[word] for word in row) + gap * (len(row) - 1)) / 2
        for word in row:
            middles[word] = (x + widths[word] / 2, z)
            x += widths[word] + gap
    return middles
