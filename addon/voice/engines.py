"""Words -> samples: eSpeak NG where it is installed, or a voice of Piper's (.onnx), whose phonemes are eSpeak NG's."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import unicodedata
from functools import cached_property
from pathlib import Path

import numpy as np

from ..film.errors import FilmError
from ..scratch import scratch
from ..sound import wav
from ..sound.loudness import RATE
from .saying import runs

LANGUAGES = {"en": "English", "zh": "Chinese", "de": "German"}
ON_WINDOWS = r"C:\Program Files\eSpeak NG\espeak-ng.exe"  # where its installer puts it, without telling PATH
# What its voices are called. Its "cmn" reads the pinyin that it makes of Chinese as English, in some versions.
ESPEAK_VOICES = {"en": ("en-gb", "en"), "zh": ("cmn-latn-pinyin", "cmn"), "de": ("de",)}
WORDS_A_MINUTE = {"en": 150, "zh": 170, "de": 145}
LOUD = "70"  # of 200: a hundred, which is usual, clips
PATIENCE = 60  # seconds for one sentence
EDGE = 0.01  # of a sentence's loudest: what is softer at its ends is no speech
PAUSE = 0.06  # seconds between stretches in two languages
FADE = RATE // 200


class Espeak:
    """The program eSpeak NG."""

    def __init__(self) -> None:
        """Raises FilmError where it isn't installed."""
        found = shutil.which("espeak-ng") or (ON_WINDOWS if os.path.isfile(ON_WINDOWS) else None)
        if not found:
            raise FilmError(
                "A voice needs eSpeak NG, which is not on this machine; install espeak-ng (apt, dnf, brew or winget), "
                "or leave the voice out."
            )
        self.program = found

    @cached_property
    def key(self) -> str:
        """What its sound depends on."""
        return self._run("--version").stdout.decode("utf-8", "replace").split("Data at")[0].strip()

    def check(self, code: str) -> None:
        """Raise FilmError unless it has a voice for the language."""
        self._voice(code)

    def _voice(self, code: str) -> str:
        if code not in self._voices:
            has = self._run("--voices").stdout.decode("utf-8", "replace")
            names = {word for line in has.splitlines()[1:] for word in line.split()[1:2]}
            known = next((name for name in ESPEAK_VOICES[code] if name in names), None)
            if not known:
                raise FilmError(
                    f"The eSpeak NG on this machine has no {LANGUAGES[code]} voice; install all of its data, or choose "
                    "another --voice."
                )
            self._voices[code] = known
        return self._voices[code]

    @cached_property
    def _voices(self) -> dict[str, str]:
        return {}

    def say(self, text: str, code: str) -> np.ndarray:
        """Words -> mono [n] at 48 kHz; nothing where it has no sound for them. Raises FilmError."""
        said = [self._stretch(part, wanted) for wanted, part in runs(text, code)]
        pause = np.zeros(round(PAUSE * RATE), np.float32)
        pieces = [piece for sound in said if len(sound) for piece in (pause, sound)]
        return np.concatenate(pieces[1:]) if pieces else np.zeros(0, np.float32)

    def _stretch(self, text: str, code: str) -> np.ndarray:
        with scratch() as folder:
            path = folder / "said.wav"
            self._run(*self._options(code), "-s", str(WORDS_A_MINUTE[code]), "-a", LOUD, "-w", str(path), said=text)
            try:
                return trimmed(wav.read(path)[0])
            except FilmError:  # silence, or no file at all
                return np.zeros(0, np.float32)

    def phonemes(self, text: str, voice: str) -> str:
        """A clause in the phonetic alphabet, without marks of changes between languages."""
        found = self._run("-v", voice, "-b", "1", "-q", "--ipa", "--stdin", said=text).stdout.decode("utf-8", "replace")
        return re.sub(r"\([^)]*\)", "", " ".join(found.split()))

    def _options(self, code: str) -> tuple[str, ...]:
        return "-v", self._voice(code), "-b", "1", "--stdin"  # 1: UTF-8, whatever the system's language

    def _run(self, *options: str, said: str = "") -> subprocess.CompletedProcess:
        text = said.replace("[", " ").encode("utf-8", "replace")  # [[ would begin phonemes
        window = {"creationflags": subprocess.CREATE_NO_WINDOW} if os.name == "nt" else {}
        try:
            done = subprocess.run(
                [self.program, *options], input=text, capture_output=True, timeout=PATIENCE, check=False, **window
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise FilmError(f"eSpeak NG can't be run ({error}); repair it, or leave the voice out.") from error
        if done.returncode:
            why = " ".join(done.stderr.decode("utf-8", "replace").split())
            raise FilmError(f"eSpeak NG failed ({why or done.returncode}); repair it, or leave the voice out.")
        return done


class Piper:
    """A voice of Piper's: FILE.onnx, and FILE.onnx.json, which says its phonemes. It draws no random numbers here."""

    def __init__(self, path: Path) -> None:
        """Raises FilmError for what is no such voice, or one in a language that no captions are in."""
        self.espeak = Espeak()
        beside = Path(f"{path}.json")
        try:
            config = json.loads(beside.read_text(encoding="utf-8"))
            self.ids = {str(key): [int(one) for one in ids] for key, ids in config["phoneme_id_map"].items()}
            self.rate = int(config["audio"]["sample_rate"])
            self.voice = str(config["espeak"]["voice"])
            self.speakers = int(config.get("num_speakers", 1))
            self.slowness = float(config.get("inference", {}).get("length_scale", 1.0))
            kind = config.get("phoneme_type", "espeak")
            data = path.read_bytes()
        except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
            raise FilmError(
                f"{path.name} is no voice of Piper's, with {beside.name} beside it ({error!r}); choose another --voice."
            ) from error
        language = self.voice.replace("_", "-").split("-")[0].lower()
        self.code = {"cmn": "zh"}.get(language, language)
        if kind != "espeak" or self.code not in LANGUAGES or not {"^", "_", "$"} <= self.ids.keys():
            raise FilmError(
                f"{path.name} is a voice for “{self.voice}” with phonemes of the kind {kind}; choose one for "
                f"{', '.join(LANGUAGES.values())} with those of eSpeak NG."
            )
        self.key = hashlib.sha256(data + beside.read_bytes()).hexdigest() + self.espeak.key
        self.session = self._session(path)

    @staticmethod
    def _session(path: Path) -> object:
        try:
            import onnxruntime
        except ImportError as error:
            raise FilmError("A voice of Piper's needs onnxruntime; install it, or use --voice en.") from error
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 4
        try:
            return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # it has a class for each of its own
            raise FilmError(f"{path.name} can't be loaded ({error}); choose another --voice.") from error

    def check(self, code: str) -> None:
        """Its language is its own."""

    def say(self, text: str, code: str) -> np.ndarray:
        """Words -> mono [n] at 48 kHz. Raises FilmError."""
        ids = self.numbers(text)
        if len(ids) < 3:
            return np.zeros(0, np.float32)
        given = {
            "input": np.array([ids], np.int64),
            "input_lengths": np.array([len(ids)], np.int64),
            "scales": np.array([0.0, self.slowness, 0.0], np.float32),  # no noise: the same each time
        }
        if self.speakers > 1:
            given["sid"] = np.zeros(1, np.int64)
        try:
            sound = np.asarray(self.session.run(None, given)[0], np.float32).reshape(-1)
        except Exception as error:
            raise FilmError(f"The voice can't say “{text[:40]}” ({error}); choose another --voice.") from error
        return trimmed(wav.resampled(np.stack([sound, sound]), self.rate)[0])

    def numbers(self, text: str) -> list[int]:
        """Words -> the voice's phonemes: each is followed by a pause, as Piper has it."""
        clauses = re.findall(r"[^,.;:!?，。；：！？]+[,.;:!?，。；：！？]?", text)
        said = "".join(self._clause(clause) for clause in clauses)
        letters = [letter for letter in unicodedata.normalize("NFD", said.strip()) if letter in self.ids]
        pause = self.ids["_"]
        body = [one for letter in letters for one in (*self.ids[letter], *pause)]
        return [*self.ids["^"], *body, *self.ids["$"]] if body else []

    def _clause(self, clause: str) -> str:
        mark = unicodedata.normalize("NFKC", clause[-1]).replace("。", ".")
        end = mark if mark in ",.;:!?" else ""
        return self.espeak.phonemes(clause, self.voice) + end + " "


def trimmed(sound: np.ndarray) -> np.ndarray:
    """Without the silence at its ends; it comes and goes softly."""
    loud = np.flatnonzero(np.abs(sound) > EDGE * np.abs(sound).max(initial=1e-3))
    if not len(loud):
        return np.zeros(0, np.float32)
    kept = np.array(sound[max(loud[0] - FADE, 0) : loud[-1] + FADE], np.float32)
    edge = np.linspace(0, 1, min(FADE, len(kept)), dtype=np.float32)
    kept[: len(edge)] *= edge
    kept[len(kept) - len(edge) :] *= edge[::-1]
    return kept
