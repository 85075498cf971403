"""What a film shows, in a few numbers that its scene keeps as text: readable without the model and this extension."""

import json
from dataclasses import asdict, dataclass

from ...inference.sampling import likeliest, softmax

FACTS = "cinema_facts"  # custom property of the film's scene
WORDS = 10


@dataclass(frozen=True)
class Facts:
    """About one film."""

    model: str
    prompt: str
    tokens: int  # of the prompt
    layers: int
    drawn: list  # [S] the drawn tokens, as they are shown
    words: list  # [(token as it is shown, probability 0 … 1), ...] the likeliest next ones, falling

    @classmethod
    def of(cls, evidence, label):
        """From the numbers that a film keeps. label: token -> how it is shown."""
        shares = softmax(evidence.logits[0])
        return cls(
            model=evidence.model.name,
            prompt=evidence.prompt,
            tokens=evidence.text_count,
            layers=evidence.model.n_layer,
            drawn=[label(token) for token in evidence.draw_tokens],
            words=[(label(token), float(shares[token])) for token in likeliest(evidence.logits[0], WORDS)],
        )


def keep(scene, evidence, label):
    """Write the facts of a film into its scene; arguments as Facts.of."""
    scene[FACTS] = json.dumps(asdict(Facts.of(evidence, label)), ensure_ascii=False)


def read(scene):
    """The Facts kept in a scene, or None."""
    try:
        return Facts(**json.loads(scene.get(FACTS, "")))
    except (TypeError, ValueError):  # none, or edited by hand
        return None
