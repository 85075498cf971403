"""A run's folder, from which it goes on after a stop.

run.json        the settings, and what was found in the text
tokenizer.json  learned first
tokens.bin      the text as ids, held-out.bin the part that is held out; both uint32
plateau.pt      the state while the rate is held, cooling.pt while it falls
losses.csv      step, tokens read, seconds, loss, held-out loss
at-….           models as they were on the way
"""

import contextlib
import csv
import json
import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np
import tokenizers
import torch

from . import corpus, fitting, vocabulary
from .network import GPT2

COLUMNS = ("step", "tokens", "seconds", "loss", "held_out")


class Run:
    """What is in the folder."""

    def __init__(self, folder: Path):
        self.folder = folder

    @property
    def exists(self) -> bool:
        """Whether a run was begun here and its text was read to the end."""
        return (self.folder / "run.json").is_file()

    def settings(self) -> dict:
        """What `begin` was told, and what it found. Raises ValueError when that can't be read."""
        return json.loads((self.folder / "run.json").read_text(encoding="utf-8"))

    def begin(self, settings: dict, text: Path, found: corpus.Survey, tokenizer: tokenizers.Tokenizer) -> None:
        """Write the text as ids, and the settings when all is there."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for old in (*self.folder.glob("*.pt"), self.folder / "losses.csv"):
            old.unlink(missing_ok=True)
        tokenizer.save(str(self.folder / "tokenizer.json"))
        counts = {False: 0, True: 0}  # bytes of text
        files = {False: self.folder / "tokens.bin", True: self.folder / "held-out.bin"}
        with files[False].open("wb") as learned, files[True].open("wb") as held_out:
            for part, kept in corpus.parts(text, found, settings["favour"]):
                corpus.encode(tokenizer, part).tofile(held_out if kept else learned)
                counts[kept] += len(part.encode())
        told = {"works": found.works, "characters": found.characters, "held_out_works": len(found.held_out)}
        told |= {"bytes": counts[False], "held_out_bytes": counts[True]}
        content = json.dumps(settings | told, indent=2, ensure_ascii=False)
        (self.folder / "run.json").write_text(content + "\n", encoding="utf-8")

    def tokenizer(self) -> tokenizers.Tokenizer:
        """The one that was learned."""
        return tokenizers.Tokenizer.from_file(str(self.folder / "tokenizer.json"))

    def streams(self) -> tuple[np.ndarray, np.ndarray]:
        """What is learned [N] and what is held out [M], as ids; read from the disk as needed."""
        return tuple(np.memmap(self.folder / name, np.uint32, "r") for name in ("tokens.bin", "held-out.bin"))

    def restore(self, fit: fitting.Fit, done: Callable[[], float]) -> None:
        """Bring a Fit to where the run stopped, or back to its plateau if `done` says that it is to take longer."""
        cooling, plateau = self.folder / "cooling.pt", self.folder / "plateau.pt"
        if cooling.is_file():
            fit.restore(cooling)
            if done() > 1 - fitting.COOLING:
                return
            cooling.unlink()
        if plateau.is_file():
            fit.restore(plateau)

    def save(self, fit: fitting.Fit, done: float) -> None:
        """Keep the state."""
        cooling = done > 1 - fitting.COOLING
        fit.save(self.folder / ("cooling.pt" if cooling else "plateau.pt"))
        if not cooling:
            (self.folder / "cooling.pt").unlink(missing_ok=True)

    def note(self, fit: fitting.Fit, loss: float, held_out: float) -> None:
        """Add a line to the losses."""
        path = self.folder / "losses.csv"
        new = not path.exists()
        with path.open("a", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            if new:
                writer.writerow(COLUMNS)
            place = fit.place
            writer.writerow([place.step, fit.tokens, f"{place.seconds:.0f}", f"{loss:.4f}", f"{held_out:.4f}"])

    def losses(self) -> list[dict[str, float]]:
        """The lines of losses.csv, by step; of a step that was done again, the later line."""
        path = self.folder / "losses.csv"
        if not path.is_file():
            return []
        with path.open(encoding="utf-8", newline="") as file:
            lines = [{name: float(value) for name, value in line.items()} for line in csv.DictReader(file)]
        return [by_step for _, by_step in sorted({line["step"]: line for line in lines}.items())]


def learn_tokenizer(texts: Iterable[str], n_vocab: int, characters: bool) -> tokenizers.Tokenizer:
    """GPT-2's kind, or one whose tokens are characters."""
    return (vocabulary.learn_characters if characters else vocabulary.learn_words)(texts, n_vocab)


@contextlib.contextmanager
def model_folder(folder: Path, model: GPT2, tokenizer: tokenizers.Tokenizer, compact: bool = False) -> Iterator[Path]:
    """A folder with a model in it, for more to be put in; it gets its name when that is done."""
    part = folder.with_name(folder.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    model.save(part, compact)
    tokenizer.save(str(part / "tokenizer.json"))
    yield part
    shutil.rmtree(folder, ignore_errors=True)
    part.replace(folder)


def continuation(model: GPT2, tokenizer: tokenizers.Tokenizer, text: str, length: int = 24, seed: int = 0) -> str:
    """How the model goes on at temperature 0.8; the text with up to `length` tokens more."""
    device = model.wte.weight.device
    chance = torch.Generator().manual_seed(seed)
    end = tokenizer.token_to_id(corpus.END_OF_TEXT)
    ids = tokenizer.encode(text, add_special_tokens=False).ids
    for _ in range(length):
        with torch.no_grad():
            logits = model.logits(torch.tensor([ids[-model.context :]], device=device))[0, -1]
        ids.append(int(torch.multinomial(torch.softmax(logits.float().cpu() / 0.8, 0), 1, generator=chance)))
        if ids[-1] == end:
            break
    return tokenizer.decode([id for id in ids if id != end])
