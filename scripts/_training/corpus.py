"""A text file -> a byte-level BPE, and rows of token ids to learn from and to be judged by."""

import lzma
from pathlib import Path

import numpy as np
import tokenizers

END_OF_TEXT = "<|endoftext|>"  # gets id 0, as the first special token
HELD_OUT = 0.02  # of every work, at its end


def read_works(path):
    """The works in a text file, which form feeds separate; .xz is unpacked. Raises ValueError when it is no text."""
    raw = Path(path).read_bytes()
    try:
        text = (lzma.decompress(raw) if str(path).endswith(".xz") else raw).decode("utf-8")
    except (lzma.LZMAError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} can't be read as text ({error}); save it as UTF-8") from error
    return [work.strip() for work in text.split("\f") if work.strip()]


def split(work):
    """-> (what is learned from, what is held out): the last 2 % of a work, from the start of a paragraph."""
    place = work.find("\n", int((1 - HELD_OUT) * len(work)))
    return (work, "") if place < 0 else (work[:place], work[place + 1 :])


def train_tokenizer(texts, n_vocab):
    """GPT-2's kind of tokenizer (Radford et al. 2019, section 2.2), with merges learned from `texts`."""
    tokenizer = tokenizers.Tokenizer(tokenizers.models.BPE())
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = tokenizers.decoders.ByteLevel()
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=n_vocab,
        special_tokens=[END_OF_TEXT],
        initial_alphabet=sorted(tokenizers.pre_tokenizers.ByteLevel.alphabet()),
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def token_stream(tokenizer, texts):
    """All texts as one row of ids [N] int64, each after an end-of-text token."""
    end = tokenizer.token_to_id(END_OF_TEXT)
    rows = [[end, *row.ids] for row in tokenizer.encode_batch(texts, add_special_tokens=False)]
    return np.concatenate([np.array(row, np.int64) for row in rows])


def windows(stream, context, start=0):
    """Cut a stream into [n, context + 1] rows of neighbours, from `start` on; each row's last id begins the next."""
    n = (len(stream) - 1 - start) // context
    return stream[start + np.arange(n)[:, None] * context + np.arange(context + 1)]


def batches(stream, context, batch, seed):
    """Endless batches [batch, context + 1]: in each epoch the stream is cut at other places and shuffled anew."""
    random = np.random.Generator(np.random.PCG64(seed))
    left = np.empty((0, context + 1), stream.dtype)
    while True:
        if len(left) < batch:
            rows = windows(stream, context, int(random.integers(context)))
            left = np.concatenate([left, random.permutation(rows)])
        yield left[:batch]
        left = left[batch:]
