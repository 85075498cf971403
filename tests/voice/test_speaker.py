"""A voice is made of each sentence once, is the same each time, and says in one sentence what it lacks."""

import json
import os
import shutil

import numpy as np
import pytest

from transformer_cinema.addon.film.errors import FilmError
from transformer_cinema.addon.film.subtitles import Line
from transformer_cinema.addon.sound import wav
from transformer_cinema.addon.sound.loudness import RATE
from transformer_cinema.addon.voice import engines, speaker
from transformer_cinema.addon.voice.engines import Espeak
from transformer_cinema.addon.voice.speaker import Recorded, Speaker, stem

needs_espeak = pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="eSpeak NG is not here")


def tone(seconds, hertz=220.0):
    return (0.5 * np.sin(2 * np.pi * hertz * np.arange(round(seconds * RATE)) / RATE)).astype(np.float32)


class Humming:
    """An engine that hums a tenth of a second a letter, and counts how often it is asked."""

    key = "humming"

    def __init__(self):
        self.asked = []

    def check(self, code):
        pass

    def say(self, text, code):
        self.asked.append(text)
        return tone(0.1 * len(text))


def test_each_sentence_is_made_once_and_kept(tmp_path):
    engine = Humming()
    one = Speaker("en", engine, tmp_path / "speech")
    first = one.clip({"en": "Hello.", "zh": "x"})
    assert len(first) == round(0.6 * RATE) and one.clip({"en": "Hello."}) is first
    again = Speaker("en", engine, tmp_path / "speech").clip({"en": "Hello."})
    assert engine.asked == ["Hello."] and np.array_equal(again, first)
    assert [path.suffix for path in (tmp_path / "speech").iterdir()] == [".wav"]
    next((tmp_path / "speech").iterdir()).write_bytes(b"damaged")
    assert np.array_equal(Speaker("en", engine, tmp_path / "speech").clip({"en": "Hello."}), first)
    assert len(engine.asked) == 2
    engine.key = "another version"
    Speaker("en", engine, tmp_path / "speech").clip({"en": "Hello."})
    assert len(engine.asked) == 3


def test_a_cache_that_cannot_be_written_is_done_without(tmp_path):
    (tmp_path / "file").write_text("no folder")
    assert len(Speaker("en", Humming(), tmp_path / "file").clip({"en": "Hello."})) == round(0.6 * RATE)


def test_what_cannot_be_said_is_silence(tmp_path):
    engine = Humming()
    one = Speaker("en", engine, tmp_path)
    assert len(one.clip({"en": "· –"})) == 0 and not engine.asked
    assert stem(one, [Line(0.0, 1.0, {"en": "…"})], 2.0) is None


def test_a_stem_has_each_clip_when_its_caption_comes(tmp_path):
    lines = [Line(0.5, 2.0, {"en": "One."}), Line(2.5, 4.0, {"en": "Two, too long."})]
    sound = stem(Speaker("en", Humming(), tmp_path), lines, 3.0)
    loud = np.abs(sound).max(0).reshape(-1, RATE // 100).max(1) > 0.1  # each hundredth of a second
    assert sound.shape == (2, 3 * RATE) and np.array_equal(sound[0], sound[1])
    assert np.flatnonzero(np.diff(loud.astype(int))).tolist() == [49, 89, 249]  # cut at the film's end


def test_without_an_engine_one_sentence_says_what_to_do(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(FilmError, match="install espeak-ng"):
        Speaker.of("en", tmp_path)


@pytest.mark.parametrize("wish", ("fr", "none.onnx", "", "voice.wav"))
def test_a_voice_that_is_not_there_is_named(wish, tmp_path):
    with pytest.raises(FilmError, match=f"There is no voice {wish}; give one of en, zh, de"):
        Speaker.of(wish, tmp_path)


def fake_espeak(tmp_path, monkeypatch, body):
    path = tmp_path / "espeak-ng"
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)


@pytest.mark.skipif(os.name == "nt", reason="a shell script")
def test_a_broken_engine_or_one_without_the_language_is_explained(tmp_path, monkeypatch):
    fake_espeak(tmp_path, monkeypatch, 'echo "Pty Language"; echo " 5 fr"')
    with pytest.raises(FilmError, match="has no Chinese voice; install all of its data"):
        Speaker.of("zh", tmp_path)
    fake_espeak(tmp_path, monkeypatch, 'echo "no data" >&2; exit 3')
    with pytest.raises(FilmError, match="failed .no data.; repair it"):
        Speaker.of("zh", tmp_path)


# --- eSpeak NG -----------------------------------------------------------------------------------


@needs_espeak
@pytest.mark.parametrize(
    ("code", "text", "least", "most"),
    [
        ("en", "Every question meets every key: a score each.", 2.0, 4.5),
        ("zh", "每个问题遇上每把钥匙，各得一个分数。", 2.5, 5.5),
        ("de", "Jede Frage trifft auf jeden Key: je ein Wert.", 2.0, 4.5),
        ("zh", "“white”回头看，看得最多的是“time”：47%。", 3.0, 7.0),
        ("en", "Who lives next to “月”?", 1.0, 3.0),
    ],
)
def test_espeak_says_it_in_about_the_time_of_a_person_and_the_same_each_time(code, text, least, most, tmp_path):
    one = Speaker.of(code, tmp_path / "a").clip({code: text})
    assert least < len(one) / RATE < most
    assert 0.1 < np.abs(one).max() < 0.99
    ends = [np.abs(end).max() for end in (one[: RATE // 20], one[-RATE // 20 :])]
    assert min(ends) > 0.005 * np.abs(one).max(), "no silence at its ends"
    assert np.array_equal(one, Speaker.of(code, tmp_path / "b").clip({code: text}))


@needs_espeak
def test_chinese_is_not_spelled_in_english():
    """Some versions read the pinyin of their Chinese voice letter by letter: four times as long."""
    assert len(Espeak().say("这是向量", "zh")) < 1.6 * RATE


@needs_espeak
@pytest.mark.parametrize("text", ("😀", "\x00\x07", "[[", "<speak>", "-v", "x" * 3000, "\ud800"))
def test_no_text_breaks_espeak(text):
    assert Espeak().say(text, "en").ndim == 1


# --- a voice of Piper's --------------------------------------------------------------------------


def piper_voice(folder, **changes):
    """A stand-in with the inputs of Piper's voices: a tenth of a second of half full scale for each phoneme."""
    onnx = pytest.importorskip("onnx")
    from onnx import TensorProto, helper

    nodes = [
        helper.make_node("Constant", [], ["each"], value=helper.make_tensor("e", TensorProto.INT64, [1], [2205])),
        helper.make_node("Mul", ["input_lengths", "each"], ["count"]),
        helper.make_node("ReduceMax", ["scales"], ["slow"], keepdims=0),
        helper.make_node("Constant", [], ["half"], value=helper.make_tensor("h", TensorProto.FLOAT, [], [0.5])),
        helper.make_node("Mul", ["slow", "half"], ["level"]),
        helper.make_node("Expand", ["level", "count"], ["flat"]),
        helper.make_node("Constant", [], ["shape"], value=helper.make_tensor("s", TensorProto.INT64, [3], [1, 1, -1])),
        helper.make_node("Reshape", ["flat", "shape"], ["output"]),
    ]
    inputs = [
        helper.make_tensor_value_info("input", TensorProto.INT64, [1, None]),
        helper.make_tensor_value_info("input_lengths", TensorProto.INT64, [1]),
        helper.make_tensor_value_info("scales", TensorProto.FLOAT, [3]),
    ]
    outputs = [helper.make_tensor_value_info("output", TensorProto.FLOAT, [1, 1, None])]
    graph = helper.make_graph(nodes, "voice", inputs, outputs)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    folder.mkdir(exist_ok=True)
    onnx.save(model, str(folder / "voice.onnx"))
    letters = "_^$ abdefhijklmnoprstuvwzŋəɛɪɒʊʌθðːˈˌɡɹʃʒɔæɑ,.?!;:"
    config = {
        "audio": {"sample_rate": 22050},
        "espeak": {"voice": "en-gb"},
        "phoneme_type": "espeak",
        "num_speakers": 1,
        "inference": {"length_scale": 1.0},
        "phoneme_id_map": {letter: [number] for number, letter in enumerate(letters)},
    }
    (folder / "voice.onnx.json").write_text(json.dumps(config | changes), encoding="utf-8")
    return folder / "voice.onnx"


@needs_espeak
def test_a_voice_of_pipers_gets_its_phonemes_with_pauses(tmp_path):
    path = piper_voice(tmp_path)
    voice = Speaker.of(str(path), tmp_path / "speech")
    engine = voice.engine
    assert voice.code == "en"
    wanted = "hɛlˈəʊ," if "hɛl" in engine.espeak.phonemes("hello", "en-gb") else "həlˈəʊ,"
    ids = [engine.ids[letter][0] for letter in wanted]
    pause, (begin,), (end,) = engine.ids["_"][0], engine.ids["^"], engine.ids["$"]
    assert engine.numbers("hello,") == [begin, *(one for each in ids for one in (each, pause)), end]
    clip = voice.clip({"en": "Hello,"})
    assert len(clip) / RATE == pytest.approx(0.1 * (2 * len(wanted) + 2), abs=0.02)
    assert len(voice.engine.say("…", "en")) == 0


@needs_espeak
@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"espeak": {"voice": "fr"}}, "a voice for “fr” .* choose one for English, Chinese, German"),
        ({"phoneme_type": "pinyin", "espeak": {"voice": "cmn"}}, "phonemes of the kind pinyin"),
        ({"audio": {}}, "is no voice of Piper's"),
        ({"phoneme_id_map": {"a": [1]}}, "with those of eSpeak NG"),
    ],
)
def test_other_voices_are_refused_in_a_sentence(changes, why, tmp_path):
    with pytest.raises(FilmError, match=why):
        Speaker.of(str(piper_voice(tmp_path, **changes)), tmp_path)


@needs_espeak
def test_what_is_no_model_is_refused(tmp_path):
    path = piper_voice(tmp_path)
    path.write_bytes(b"no model")
    with pytest.raises(FilmError, match="voice.onnx can't be loaded"):
        Speaker.of(str(path), tmp_path)
    (tmp_path / "voice.onnx.json").unlink()
    with pytest.raises(FilmError, match="is no voice of Piper's, with voice.onnx.json beside it"):
        Speaker.of(str(path), tmp_path)


# --- a recording with cues -----------------------------------------------------------------------


def recording(tmp_path, cues):
    """Two tones, at 1 … 2 s and at 4 … 6 s."""
    sound = np.zeros((2, 7 * RATE), np.float32)
    sound[:, RATE : 2 * RATE] = tone(1)
    sound[:, 4 * RATE : 6 * RATE] = tone(2)
    wav.write(tmp_path / "me.wav", sound)
    path = tmp_path / ("me" + speaker.ENDING)
    path.write_text(cues, encoding="utf-8")
    return wav.read(tmp_path / "me.wav"), path


def test_a_recording_is_told_apart_by_its_cues(tmp_path):
    cues = "00:00:00.500  What comes next?\n\n0:03,5 这是向量。\n00:06.5 Never said.\n"
    voice = Recorded.of(*recording(tmp_path, cues))
    assert len(voice.clip({"en": "What  comes next"})) == pytest.approx(RATE, abs=0.02 * RATE)
    assert len(voice.clip({"en": "A vector.", "zh": "这是向量"})) == pytest.approx(2 * RATE, abs=0.02 * RATE)
    assert len(voice.clip({"en": "No cue."})) == 0
    assert voice.unused == ["neversaid"]


@pytest.mark.parametrize(
    ("cues", "why"),
    [
        ("", "has no cues"),
        ("What comes next?", "line 1: begin it with a time"),
        ("00:01 One.\n00:01 Two.", "“One.” begins at 1.0 s, where the next one or the end is"),
        ("00:03 One.\n00:01 Two.", "begins at 3.0 s"),
        ("00:09 One.", "begins at 9.0 s"),
    ],
)
def test_wrong_cues_are_named(tmp_path, cues, why):
    with pytest.raises(FilmError, match=why):
        Recorded.of(*recording(tmp_path, cues))


def test_cues_that_are_no_text_are_refused(tmp_path):
    sound, path = recording(tmp_path, "")
    path.write_bytes(b"\xff\xfe\x00\xd8")
    with pytest.raises(FilmError, match="plain text in UTF-8"):
        Recorded.of(sound, path)


def test_trimmed_speech_has_no_clicks():
    sound = np.concatenate([np.zeros(RATE), tone(1), np.zeros(RATE)]).astype(np.float32)
    kept = engines.trimmed(sound)
    assert len(kept) == pytest.approx(RATE, abs=2 * engines.FADE + 2)
    assert abs(kept[0]) < 1e-3 and abs(kept[-1]) < 1e-3
    assert len(engines.trimmed(np.zeros(100, np.float32))) == 0
