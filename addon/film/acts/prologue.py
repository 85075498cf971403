"""The title, and the prompt as plain text."""

from .. import palette
from . import shots


def prologue(film, cast):
    captions = film.captions
    with film.act("prologue"):
        film.beat("title")
        film.set(cast.camera.to(shots.sentence(cast)))
        card = [
            captions.text("Transformer Cinema", 1.3, palette.TEXT, (0, 0.8, 0), "Center"),
            captions.text("A text on its way through a real GPT-2", 0.46, palette.TEXT_DIM, (0, -0.45, 0), "Center"),
            captions.text("一段文字，穿过真实的 GPT-2", 0.42, palette.GOLD, (0, -1.2, 0), "Center"),
        ]
        keep = {"en": card[:2], "zh": [card[0], card[2]], "both": card}[captions.language]
        captions.appear(keep)
        film.wait(2.4)
        captions.vanish(keep)

        film.beat("text")
        film.caption("prologue.text")
        film.set(cast.tokens.plain.on(0.0))
        film.wait(1.8)
