"""The end card."""

import textwrap

from ..texts import word

MOST_LINES = 5  # of the text on the end card in full size
SMALL = 50e6  # parameters; a model below that is called a small one


def end_card(film, cast):
    """The whole text, and what it takes to make this film again."""
    script, captions = cast.script, film.captions
    model, sampling, palette = script.model, script.recording.sampling, captions.studio.palette
    film.beat("card")
    cut = sampling.top_k or sampling.top_p < 1
    name = "model" if model.n_parameters < SMALL else "large_model"
    numbers = {"millions": model.n_parameters / 1e6, "wan": model.n_parameters / 1e4}
    top_p = f"{sampling.top_p:g}" if sampling.top_p < 1 else "–"
    facts = (
        word(name, captions.language, name=model.name, layers=model.n_layer, **numbers),
        word("sampling_cut", captions.language, temperature=sampling.temperature, top_k=sampling.top_k or "–",
             top_p=top_p, seed=sampling.seed) if cut else
        word("sampling", captions.language, temperature=sampling.temperature, seed=sampling.seed),
    )
    last_step = script.recording.steps[-1]
    tokens = [*last_step.trace.tokens, last_step.draw.token]
    text = " ".join(script.recording.vocabulary.text(tokens).split())
    letters = 46 if captions.wide else 24
    lines = textwrap.wrap(text, letters)
    size = 0.62 * min(1.0, MOST_LINES / len(lines))
    card = captions.card("\n".join(lines), size, palette.text, 1.2 + 0.3 * len(lines))
    for row, fact in enumerate(facts):
        card += captions.card(fact, 0.42, palette.text_dim, -0.9 - 0.7 * row)
    card += captions.card(word("promise", captions.language), 0.5, palette.gold, -2.7)
    film.set(film.everything_off())
    captions.appear(card)
    film.wait(3.0)
