"""Texts in lines: nothing is lost, no character is cut, and no line is too wide if that can be helped."""

from itertools import accumulate

import pytest
import tokenizers

from prompts import PROMPTS
from transformer_cinema.addon.film.captions import runs
from transformer_cinema.addon.film.cast.typed import shown_text
from transformer_cinema.addon.film.lines import balanced, breaks, one_line, wrap
from transformer_cinema.addon.film.subtitles import rows
from transformer_cinema.addon.film.texts import ALL, breadth

CLUSTERS = tokenizers.pre_tokenizers.Split(tokenizers.Regex(r"\X"), "isolated")


def ends(text):
    """Where the characters of a text end, as another library sees them."""
    return {0, *accumulate(len(part) for part, _ in CLUSTERS.pre_tokenize_str(text))}


def cuts(text, lines):
    """Where lines begin and end in a text, which they must hold in order."""
    place, found = 0, []
    for line in lines:
        at = text.index(line, place)
        assert not text[place:at].strip(), "something was lost"
        found += [at, at + len(line)]
        place = at + len(line)
    assert not text[place:].strip()
    return set(found)


@pytest.mark.parametrize("text", PROMPTS)
def test_lines_end_between_characters(text):
    for width, lines in [(width, cut(text, width)) for width in (1.0, 3.3, 8.0) for cut in (wrap, balanced)]:
        assert cuts(text, lines) <= ends(text)
        widest = max(breadth(part) for part, _ in CLUSTERS.pre_tokenize_str(text))
        # Conjuncts of Indian scripts stay together, too, which the other library cuts.
        assert all(breadth(line) <= max(width, 3 * widest) for line in lines)


@pytest.mark.parametrize("text", PROMPTS)
def test_a_caption_changes_its_face_between_characters(text):
    mixed = f"中{text}文"
    assert "".join(runs(mixed)) == mixed
    assert set(accumulate(map(len, runs(mixed)))) <= ends(mixed)


@pytest.mark.parametrize("text", PROMPTS)
def test_a_subtitle_breaks_between_characters(text):
    for language in ALL.values():
        line = language.line("attention.head", token=text, most=text, share="12%")
        assert cuts(line, rows(line).split("\n")) <= ends(line)


def test_words_are_whole_where_they_fit_and_cut_where_they_do_not():
    assert wrap("the king had extraordinary balls", 7) == ["the king had", "extraordinary", "balls"]
    assert wrap("-" * 64, 8) == ["-" * 16] * 4
    assert wrap("สวัสดี" * 4, 4) == wrap("สวัสดี" * 4, 4.4)
    assert balanced("a pneumonoultramicroscopic b", 12.0) == ["a", "pneumonoultramicroscopic", "b"]


def test_a_sentence_is_one_line_and_does_not_end_at_a_zero():
    """As Blender's texts would."""
    assert one_line("a\0b\n  c\x00") == "a b c"
    assert shown_text("a\0b\nc") == "a b c"


def test_signs_stay_with_what_they_belong_to():
    assert all(
        line[0] not in "，。」ー" and line[-1] != "「" for line in wrap("他说「白日依山尽，黄河」入海ー流。", 3.0)
    )
    assert breaks("👍🏽👎🏿") == [2] and breaks("🇩🇪🇨🇳") == [2] and breaks("か\u3099き") == [2]


def test_a_number_stays_with_what_it_counts():
    text = "每个都对应 6,144 行大表"
    assert text.index("行") not in breaks(text)
    assert text.index("大") in breaks(text) and text.index("6") in breaks(text)
