"""Cuts of the film: which of its acts and beats are shown. No bpy."""

# What a phone sees in 40 seconds: the riddle, one look back, the answer forming, the choice.
SHORT = (
    "prologue.text",
    "prologue.dive",
    "prologue.words",
    "attention.head",
    "stack.flight",
    "stack.flip",
    "unembedding.bars",
    "unembedding.temperature",
    "unembedding.draw",
    "loop.card",
)
SHORT_PACE, SHORT_FORM = 1.15, "9:16"


def shows(parts: tuple[str, ...] | list[str] | None, act: str | None, beat: str | None) -> bool:
    """Whether a beat is shown by a choice of acts ("mlp") and single beats ("mlp.votes"); None shows all.

    beat: None before an act's first one: then whether any of the act is shown.
    """
    if parts is None:
        return True
    if beat is None:
        return any(part.split(".")[0] == act for part in parts)
    return act in parts or f"{act}.{beat}" in parts
