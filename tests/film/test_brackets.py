"""Tokens that are pieces of one character are shown to be that."""

import numpy as np
import pytest

from film.screening import Screening
from transformer_cinema.addon.film import layout
from transformer_cinema.addon.film.build import build_film


@pytest.fixture
def watched(fresh_blender, storybook):
    scene, _ = build_film(storybook.generate("机 is", new_tokens=1), acts=["embedding"])
    return Screening(scene)


def test_a_bracket_spans_the_bytes_of_a_character(watched, storybook):
    ids = storybook.tokenizer.encode("机 is")
    pieces = [place for place, token in enumerate(ids) if len(storybook.vocabulary.label(token)) == 2]
    assert pieces[:3] == [0, 1, 2]
    (bracket,) = (one for one in watched.scene.objects if one.name.startswith("Bracket"))
    (character,) = watched.labels("Character")
    assert watched.text(character) == "机"
    x = layout.token_x(len(ids), len(ids))
    corners = np.array([corner[:] for corner in bracket.bound_box])
    assert corners[:, 0].min() == pytest.approx(x[0] - layout.CUBE_SIZE[0] / 2, abs=0.02)
    assert corners[:, 0].max() == pytest.approx(x[2] + layout.CUBE_SIZE[0] / 2, abs=0.02)
    assert watched.visible(bracket, watched.end("embedding.ids"))
    assert not watched.visible(bracket, watched.end("embedding.vectors"))
