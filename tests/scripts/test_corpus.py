"""What train_model.py makes of a text file, before anything is learned. Needs no PyTorch."""

import lzma

import numpy as np
import pytest

from _training import corpus, vocabulary

TALE = "The king had a golden ball, and his daughter threw it into the well.\n"
POEM = "床前明月光，疑是地上霜。举头望明月，低头思故乡。"


def write(folder, content):
    path = folder / "text.txt"
    path.write_bytes(content)
    return path


def read(folder, content):
    return list(corpus.read_works(write(folder, content)))


class TestReading:
    def test_form_feeds_separate_works(self, tmp_path):
        assert read(tmp_path, b"# One\nA king.\n\f\n# Two\nA wolf.\n\f\n\n") == ["# One\nA king.", "# Two\nA wolf."]

    def test_xz_is_unpacked(self, tmp_path):
        path = tmp_path / "text.txt.xz"
        path.write_bytes(lzma.compress(TALE.encode()))
        assert list(corpus.read_works(path)) == [TALE.strip()]

    def test_a_mark_at_the_beginning_and_ends_of_lines_of_windows_are_no_text(self, tmp_path):
        assert read(tmp_path, b"\xef\xbb\xbfA king.\r\nA wolf.\r\n") == ["A king.\nA wolf."]

    @pytest.mark.parametrize("blank", [" ", ""], ids=["words", "one endless word"])
    def test_an_endless_line_is_cut(self, tmp_path, blank):
        text = ("wolf" + blank) * (3 * corpus.PIECE // 4)
        pieces = read(tmp_path, text.encode())
        assert "".join(pieces).replace(" ", "") == text.replace(" ", "")
        assert len(pieces) > 2 and max(map(len, pieces)) <= 2 * corpus.PIECE
        assert not blank or {word for piece in pieces for word in piece.split(" ")} == {"wolf"}

    def test_a_character_may_lie_across_two_readings(self, tmp_path):
        text = "a" + "床" * corpus.PIECE
        assert "".join(read(tmp_path, text.encode())) == text

    @pytest.mark.parametrize(
        ("content", "says"),
        [
            (b"A king.\0", "NUL bytes"),
            ("A king.".encode("utf-16"), "can't be read as text"),
            ("Ein König.".encode("latin-1"), "can't be read as text"),
            ("床前".encode("gb18030"), "can't be read as text"),
            ("床".encode()[:2], "can't be read as text"),
        ],
        ids=["NUL", "UTF-16", "Latin-1", "GB 18030", "cut off"],
    )
    def test_what_is_no_text(self, tmp_path, content, says):
        with pytest.raises(ValueError, match=says):
            read(tmp_path, content)

    def test_a_damaged_xz(self, tmp_path):
        path = tmp_path / "text.txt.xz"
        path.write_bytes(lzma.compress(TALE.encode() * 100)[:-20])
        with pytest.raises(ValueError, match="can't be read as text"):
            list(corpus.read_works(path))


PETS = (
    "Mrs. Hill had a dog, Rover. The dog was old. Every morning Rover ran, and Rover barked; then Rover slept. Rover!"
)


class TestHoldingOut:
    def parts(self, folder, works, favour=()):
        path = write(folder, "\f".join(works).encode())
        found = corpus.survey(path, seed=0)
        kept = {True: [], False: []}
        for text, held_out in corpus.parts(path, found, favour):
            kept[held_out].append(text)
        return found, kept[False], kept[True]

    def test_whole_works_where_there_are_many(self, tmp_path):
        works = [f"# Work {number}\nTale {number} tells of a king." for number in range(500)]
        found, learned, held_out = self.parts(tmp_path, works)
        assert sorted(learned + held_out) == sorted(corpus.title_and_body(work)[1] for work in works)
        assert 0.02 <= sum(map(len, held_out)) / found.characters < 0.025

    def test_the_end_of_a_work_that_is_alone(self, tmp_path):
        _, learned, held_out = self.parts(tmp_path, [TALE * 200])
        assert (learned[0] + "\n" + held_out[0]).strip() == (TALE * 200).strip()
        assert set(held_out[0].split("\n")) == {TALE.strip()} and 2 <= held_out[0].count("\n") + 1 <= 5

    def test_the_end_of_works_that_have_no_blanks(self, tmp_path):
        _, learned, held_out = self.parts(tmp_path, [POEM * 4] * 100)
        assert len(learned) == len(held_out) == 100
        assert learned[0] + held_out[0] == POEM * 4 and len(held_out[0]) == 2

    def test_titles_are_not_learned_and_favoured_works_come_three_times(self, tmp_path):
        works = [f"# Tale {number} — {'Grimm' if number < 5 else 'Dickens'}\n{TALE}{number}" for number in range(500)]
        found, learned, held_out = self.parts(tmp_path, works, favour=["Grimm"])
        assert not any("#" in text for text in learned + held_out)
        grimm = [f"{TALE}{number}" for number in range(5) if number not in found.held_out]
        assert [learned.count(text) for text in grimm] == [3] * len(grimm) and len(grimm) >= 3
        assert all(held_out.count(text) == 1 for text in held_out)

    def test_the_copies_of_a_favoured_work_have_other_names(self, tmp_path):
        _, learned, _ = self.parts(tmp_path, [f"# Pets — Hope\n{PETS}\n{PETS}"], favour=["Hope"])
        assert "Rover" in learned[0] and len(learned) == 3
        for text in learned[1:]:
            name = text.split()[5].rstrip(".")  # "Mrs. Hill had a dog, …"
            assert name.istitle() and name != "Rover" and text.replace(name, "Rover") == learned[0]


class TestRows:
    def test_begin_with_lines_where_one_is_near(self):
        tokenizer = vocabulary.learn_words([TALE * 20], 300)
        stream = corpus.encode(tokenizer, TALE * 200)
        rows = corpus.epoch(stream, corpus.line_starts(stream, tokenizer), 100, np.random.default_rng(0))
        firsts = [tokenizer.decode(stream[row].tolist())[:8] for row in rows]
        assert set(firsts) == {"The king"}
        assert rows.min() >= 1 and rows.max() < len(stream)

    def test_read_everything_where_no_line_is_near(self):
        rows = corpus.epoch(np.arange(1001), np.array([], int), 100, np.random.default_rng(0))
        assert sorted(rows[:, 0] - rows[:, 0].min()) == list(range(0, 100 * len(rows), 100))
        assert len(rows) == 9

    def test_a_stream_of_one_row(self):
        assert corpus.epoch(np.arange(101), np.array([], int), 100, np.random.default_rng(0)).tolist() == [
            list(range(101))
        ]


class TestVocabulary:
    def test_characters_are_tokens_and_others_are_bytes(self):
        tokenizer = vocabulary.learn_characters([POEM * 3, "霜"], 400)
        ids = tokenizer.encode("明月😀").ids
        assert [tokenizer.decode([id]) for id in ids[:2]] == ["明", "月"]
        assert len(ids) == 2 + len("😀".encode()) and tokenizer.decode(ids) == "明月😀"
        assert len(tokenizer.encode(POEM).ids) == len(POEM)

    def test_common_characters_are_tokens_though_the_text_has_them_not(self):
        assert len(vocabulary.COMMON_HAN) == 3755  # the first level of GB 2312
        tokenizer = vocabulary.learn_characters([POEM], 5000)
        assert len(tokenizer.encode("很").ids) == len(tokenizer.encode("“").ids) == 1
        assert len(vocabulary.learn_characters([TALE], 5000).encode("很").ids) == 3

    def test_the_most_frequent_characters_come_first(self):
        tokenizer = vocabulary.learn_characters(["明" * 5 + "月"], vocabulary.SMALLEST + 2)
        assert len(tokenizer.encode("明").ids) == 1 and len(tokenizer.encode("月").ids) > 1

    @pytest.mark.parametrize("learn", [vocabulary.learn_words, vocabulary.learn_characters])
    def test_the_end_of_a_text_is_a_token(self, learn):
        tokenizer = learn([TALE * 20], 300)
        assert tokenizer.encode(corpus.END_OF_TEXT).ids == [0]
        assert tokenizer.decode(tokenizer.encode("The well 😀\n").ids) == "The well 😀\n"
