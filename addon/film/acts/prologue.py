"""The title, and the prompt as plain text."""

from ..texts import word
from . import shots


def prologue(film, cast):
    captions, palette = film.captions, film.captions.studio.palette
    with film.act("prologue"):
        film.beat("title")
        film.set(cast.camera.to(shots.sentence(cast)))
        card = [captions.card("Transformer Cinema", 1.3, palette.text, 0.8)]
        languages = ("en", "zh") if captions.language == "both" else (captions.language,)
        for row, language in enumerate(languages):
            colour = palette.gold if language == "zh" else palette.text_dim
            card.append(captions.card(word("subtitle", language), 0.46, colour, -0.45 - 0.75 * row))
        captions.appear(card)
        film.wait(2.4)
        captions.vanish(card)

        film.beat("text")
        film.caption("prologue.text")
        film.set(cast.tokens.plain.on(0.0))
        film.wait(1.8)
