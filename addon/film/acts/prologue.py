"""The title, and the prompt as plain text."""

from ..texts import word
from . import shots


def prologue(film, cast):
    captions, palette = film.captions, film.captions.studio.palette
    with film.act("prologue"):
        film.beat("title")
        film.cut(shots.sentence(cast))
        card = captions.card(word("subtitle", captions.language), 1.0, palette.text, 0.2)
        captions.appear(card)
        film.wait(2.0)
        captions.vanish(card)

        film.beat("text")
        film.subject(*cast.tokens.plain_lines)
        film.caption("prologue.text")
        film.set(cast.tokens.plain.on(0.0))
        film.wait(1.8)
