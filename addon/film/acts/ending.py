"""The end: the whole sentence, what it took, and a card of its own for whoever shares it."""

from ..cast.barcode import Barcode
from ..lines import balanced, one_line
from ..texts import SET_WIDTH, breadth, word

SMALL = 50e6  # parameters; a model below that is called a small one
ADDRESS = "Transformer Cinema"


def ending(film, cast):
    """Two cards; everything else is gone."""
    film.captions.clear()
    film.set(film.everything_off())
    film.beat("facts")
    _facts(film, cast)
    film.beat("card")
    _share_card(film, cast)


def _sentence(film, cast, y, size):
    """The whole text in the middle, in lines of about the same length -> texts of a card."""
    script, captions = cast.script, film.captions
    last = script.recording.steps[-1]
    text = one_line(script.recording.vocabulary.text([*last.trace.tokens, last.draw.token]))
    lines = balanced(text, captions.width * 0.86 / size / SET_WIDTH) or [" "]
    size = min(1.2 * size, captions.width * 0.84 / SET_WIDTH / max(map(breadth, lines), default=1.0))
    size *= min(1.0, (3.2 if captions.wide else 6.0) / (len(lines) * 1.25 * size))
    middle = y + (len(lines) - 1) / 2 * 1.25 * size
    return captions.card("\n".join(lines), size, captions.studio.palette.text, middle)


def _facts(film, cast):
    """The sentence; under it, one by one, the numbers behind it."""
    script, captions, palette = cast.script, film.captions, film.captions.studio.palette
    sentence = _sentence(film, cast, 2.0 if captions.wide else 3.6, 0.95)
    captions.appear(sentence)
    captions.push(5.4)
    film.wait(0.9)
    shown, y = list(sentence), -0.3
    rows = [(fact, 0.5, palette.text_dim) for fact in facts(script, captions.language)]
    for text, size, colour in [*rows, (word("promise", captions.language), 0.62, palette.gold)]:
        card = captions.card(text, size, colour, y)
        captions.appear(card)
        shown += card
        y -= 0.85
        film.wait(0.6)
    film.wait(2.4)
    captions.vanish(shown)


def facts(script, language):
    """[text, ...] of the model, its runs and how the words were drawn: all counted, nothing typed."""
    model, sampling = script.model, script.recording.sampling
    cut = sampling.top_k or sampling.top_p < 1
    return [
        word(
            "model" if model.n_parameters < SMALL else "large_model",
            language,
            name=model.name,
            layers=model.n_layer,
            millions=model.n_parameters / 1e6,
            wan=model.n_parameters / 1e4,
        ),
        word("runs", language, runs=len(script.recording.steps)),
        word(
            "sampling_cut" if cut else "sampling",
            language,
            temperature=sampling.temperature,
            seed=sampling.seed,
            **({"top_k": sampling.top_k or "–", "top_p": f"{sampling.top_p:g}"} if cut else {}),
        ),
    ]


def _share_card(film, cast):
    """The sentence, its last vectors as a barcode, and a question."""
    captions, palette = film.captions, film.captions.studio.palette
    barcode = Barcode(captions, -0.5 if captions.wide else -1.0)
    film.subject(barcode.object)
    cards = _sentence(film, cast, 2.35 if captions.wide else 4.2, 0.85)
    cards += captions.card(word("question", captions.language), 0.58, palette.gold, -2.55 if captions.wide else -3.6)
    cards += captions.card(ADDRESS, 0.5, palette.text_dim, -3.5 if captions.wide else -5.0)
    film.set(barcode.visible.on(0.0))
    captions.appear(cards)
    captions.push(3.6)
    film.play(barcode.scale.to((1.0, 1.0, 1.0)), run_time=0.8, easing="out")
    film.wait(2.8)
