"""Files that are cut, flipped and lying in every way a fuzzer finds: always a ModelError, or sound numbers.

The quick tests try a hundred of each kind; those that are marked slow try thousands, and look at the memory. FUZZ=8
in the environment makes those eight times as many: more than 100,000 files.
"""

import json
import os
import shutil
import struct

import numpy as np
import pytest

from checkpoints import small_tokenizer, write_checkpoint
from transformer_cinema.inference import archive
from transformer_cinema.inference.checkpoint import Checkpoint
from transformer_cinema.inference.errors import ModelError
from transformer_cinema.inference.model import Model
from transformer_cinema.inference.recording import Recording
from transformer_cinema.inference.safetensors import SafeTensors
from transformer_cinema.inference.sampling import Sampling

hypothesis = pytest.importorskip("hypothesis")
st = hypothesis.strategies

# The same examples on every run; nothing is remembered between runs.
several = hypothesis.settings(
    derandomize=True, database=None, deadline=None, max_examples=100, suppress_health_check=list(hypothesis.HealthCheck)
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    sizes = {"n_layer": 1, "n_head": 2, "d_model": 4, "n_vocab": 260, "n_ctx": 4}
    return write_checkpoint(tmp_path_factory.mktemp("models") / "tiny", **sizes)


@pytest.fixture(scope="module")
def content(folder):
    return (folder / "model.safetensors").read_bytes()


@pytest.fixture(scope="module")
def header(content):
    (length,) = struct.unpack("<Q", content[:8])
    return json.loads(content[8 : 8 + length])


times = int(os.environ.get("FUZZ", "1"))
many = hypothesis.settings(several, max_examples=3000 * times)
slower = hypothesis.settings(several, max_examples=1000 * times)  # each one writes an archive and reads it


def header_end(content):
    return 8 + struct.unpack("<Q", content[:8])[0]


def read_all(folder, content):
    """Every number that the program would read; True when that worked, False when it was refused with a sentence."""
    path = folder / "model.safetensors"
    path.unlink()  # an old one may still be mapped
    path.write_bytes(content)
    try:
        file = SafeTensors(path)
        for name, entry in file.entries.items():
            arrays = [file.read(name)] if len(entry.shape) != 2 else [file.read(name), file.read_turned(name).T]
            for array in arrays:
                assert array.dtype == np.float32 and array.shape == entry.shape and np.isfinite(array).all()
        checkpoint = Checkpoint(folder)
        checkpoint.block(0)
        assert np.isfinite(checkpoint.unembedding).all()
    except ModelError as error:
        message = str(error)
        message.encode()
        assert message.endswith(".") and "\n" not in message and len(message) < 2000
        return False
    return True


def test_the_file_itself_is_sound(folder, content):
    assert read_all(folder, content)


@several
@hypothesis.given(data=st.data())
def test_cut_off(folder, content, data):
    length = data.draw(st.integers(0, len(content) - 1))
    assert not read_all(folder, content[:length])


@several
@hypothesis.given(data=st.data())
def test_bits_flipped_in_the_header(folder, content, data):
    flipped = bytearray(content)
    for bit in data.draw(st.lists(st.integers(0, 8 * header_end(content) - 1), min_size=1, max_size=8)):
        flipped[bit // 8] ^= 1 << bit % 8
    read_all(folder, bytes(flipped))


@several
@hypothesis.given(data=st.data())
def test_bits_flipped_in_the_body(folder, content, data):
    flipped = bytearray(content)
    for bit in data.draw(st.lists(st.integers(8 * header_end(content), 8 * len(content) - 1), min_size=1, max_size=8)):
        flipped[bit // 8] ^= 1 << bit % 8
    read_all(folder, bytes(flipped))


@several
@hypothesis.given(length=st.integers(0, 2**64 - 1) | st.integers(0, 5000))
def test_header_lengths_that_lie(folder, content, length):
    lie = struct.pack("<Q", length) + content[8:]
    assert read_all(folder, lie) == (lie == content)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
DTYPES = st.sampled_from(["F32", "F16", "BF16", "F64", "I8", "BOOL", "F8_E4M3", "F32\n", ""])
SIZES = st.integers(0, 40) | st.integers(-1, 2**64)
FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "dtype": DTYPES | JSON,
        "shape": st.lists(SIZES, max_size=4) | JSON,
        "data_offsets": st.lists(st.integers(0, 7000), min_size=2, max_size=2) | st.lists(SIZES, max_size=3) | JSON,
    },
)


@several
@hypothesis.given(data=st.data())
def test_entries_that_lie(folder, content, header, data):
    """Overlapping, out of range, of the wrong type, or missing."""
    changed = {name: dict(fields) for name, fields in header.items()}
    for name in data.draw(st.lists(st.sampled_from(sorted(header)) | st.text(max_size=5), min_size=1, max_size=3)):
        changed[name] = changed.get(name, {}) | data.draw(FIELDS)
    text = json.dumps(changed).encode()
    read_all(folder, struct.pack("<Q", len(text)) + text + content[header_end(content) :])


@several
@hypothesis.given(text=JSON.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=200))
def test_headers_that_are_none(folder, text):
    assert not read_all(folder, struct.pack("<Q", len(text)) + text + bytes(100))


@several
@hypothesis.given(content=st.binary(max_size=300))
def test_files_that_are_none(folder, content):
    assert not read_all(folder, content)


@several
@hypothesis.given(index=JSON | st.dictionaries(st.just("weight_map"), st.dictionaries(st.text(), st.text() | JSON)))
def test_indexes_that_are_none(folder, index):
    inner = folder / "index"
    inner.mkdir(exist_ok=True)
    (inner / "config.json").write_bytes((folder / "config.json").read_bytes())
    (inner / "model.safetensors.index.json").write_text(json.dumps(index))
    with pytest.raises(ModelError):
        Checkpoint(inner)


# --- thousands of models, tokenizers and recordings --------------------------------------------------


@pytest.fixture(scope="module")
def memory():
    """What the process may take more than before all these tests: less than 1 GB."""
    resource = pytest.importorskip("resource")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    yield
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 1_000_000  # kB


def said_well(error):
    """One sentence that can be shown anywhere."""
    message = str(error)
    message.encode()
    assert message.endswith((".", ").")) and message.isprintable() and len(message) < 2000, message


ODD = [10**30, "x" * 5000, -1, 1e308, [0] * 1000, "\ud800", "a\n\x1b[31m"]


def altered(data, value):
    """A JSON value in which a few places hold something else, are gone, or are there twice."""
    value = json.loads(json.dumps(value))
    for _ in range(data.draw(st.integers(1, 3))):
        place = value
        while isinstance(place, (dict, list)) and place:
            keys = list(place) if isinstance(place, dict) else list(range(min(len(place), 50)))
            key = data.draw(st.sampled_from(keys))
            if not isinstance(place[key], (dict, list)) or not place[key] or data.draw(st.booleans()):
                break
            place = place[key]
        if not isinstance(place, (dict, list)) or not place:
            return data.draw(JSON)
        what = data.draw(st.sampled_from(["other", "gone", "huge", "wrapped"]))
        if what == "gone":
            del place[key]
        elif what == "huge":
            place[key] = data.draw(
                st.sampled_from([10**30, "x" * 5000, -1, 1e308, [0] * 1000, "\ud800", "a\n\x1b[31m"])
            )
        elif what == "wrapped":
            place[key] = [place[key]] * 2
        else:
            place[key] = data.draw(JSON)
    return value


def write_json(path, value):
    path.write_text(json.dumps(value), encoding="utf-8", errors="replace")


def tried(folder):
    """Load the model and run it -> whether that worked."""
    try:
        model = Model.load(folder)
        trace = model.trace("the king 机")
        assert np.isfinite(trace.logits).all()
        assert all(model.vocabulary.label(token) for token in trace.tokens.tolist())
        model.vocabulary.text(trace.tokens)
    except ModelError as error:
        said_well(error)
        return False
    return True


@pytest.fixture
def copy(folder, tmp_path):
    """The model in a folder of its own."""
    return shutil.copytree(folder, tmp_path / "copy")


@pytest.mark.slow
@many
@hypothesis.given(data=st.data())
def test_configs(copy, memory, folder, data):
    config = json.loads((folder / "config.json").read_text())
    write_json(copy / "config.json", altered(data, config))
    tried(copy)


@pytest.mark.slow
@many
@hypothesis.given(data=st.data())
def test_tokenizers(copy, memory, folder, data):
    content = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
    write_json(copy / "tokenizer.json", altered(data, content | {"normalizer": data.draw(NORMALIZERS)}))
    tried(copy)


NORMALIZERS = st.recursive(
    st.none()
    | st.sampled_from(
        [{"type": kind} for kind in ("NFC", "NFKD", "Lowercase", "StripAccents", "Nmt", "BertNormalizer")]
    )
    | st.fixed_dictionaries(
        {
            "type": st.just("Replace"),
            "pattern": st.fixed_dictionaries({"String": st.text(max_size=2)})
            | st.fixed_dictionaries({"Regex": st.sampled_from(["", "a*", "(a+)+$", "[", ".", "(?=a)"])}),
            "content": st.text(max_size=4) | st.just("the" * 5000),
        }
    )
    | st.fixed_dictionaries({"type": st.just("Prepend"), "prepend": st.text(max_size=3)}),
    lambda inner: st.fixed_dictionaries({"type": st.just("Sequence"), "normalizers": st.lists(inner, max_size=6)}),
    max_leaves=8,
)


@pytest.mark.slow
@many
@hypothesis.given(data=st.data())
def test_tokenizers_in_two_files(copy, memory, pair, data):
    """vocab.json, merges.txt and what transformers writes beside them."""
    vocabulary, merges = pair
    (copy / "tokenizer.json").unlink(missing_ok=True)
    beside = {
        "added_tokens": {"<a>": len(vocabulary), "<b>": len(vocabulary) + 1},
        "special_tokens_map": {"bos_token": "<a>", "eos_token": {"content": "<b>", "lstrip": True}},
        "tokenizer_config": {"add_prefix_space": False, "added_tokens_decoder": {}},
        "vocab": vocabulary,
    }
    chosen = data.draw(st.sampled_from(sorted(beside)))
    for name, content in beside.items():
        write_json(copy / f"{name}.json", altered(data, content) if name == chosen else content)
    lines = data.draw(st.lists(st.sampled_from(merges) | st.text(max_size=5), max_size=6)) + merges
    (copy / "merges.txt").write_text("\n".join(lines), encoding="utf-8", errors="replace")
    tried(copy)


@pytest.fixture(scope="module")
def pair(folder, tmp_path_factory):
    """A table of tokens and the lines of merges."""
    place = tmp_path_factory.mktemp("pair")
    small_tokenizer(258).model.save(str(place))
    vocabulary = json.loads((place / "vocab.json").read_text(encoding="utf-8"))
    return vocabulary, (place / "merges.txt").read_text(encoding="utf-8").split("\n")


@pytest.mark.slow
@many
@hypothesis.given(content=st.binary(max_size=300) | st.text(max_size=200).map(lambda text: f"[UNK]\n{text}".encode()))
def test_tokenizers_of_other_kinds(copy, memory, content):
    (copy / "tokenizer.json").unlink(missing_ok=True)
    for name in ("vocab.txt", "spiece.model"):
        (copy / name).write_bytes(content)
        tried(copy)
        (copy / name).unlink()


@pytest.fixture(scope="module")
def recorded(folder, tmp_path_factory):
    """The arrays of a recording."""
    path = tmp_path_factory.mktemp("recording") / "x.npz"
    Model.load(folder).generate("a", Sampling(), 2).save(path)
    return archive.read(path)


@pytest.mark.slow
@slower
@hypothesis.given(data=st.data())
def test_recordings(tmp_path, memory, recorded, data):
    """Arrays of other shapes, types and numbers, or gone; metadata that lies."""
    arrays = dict(recorded)
    for name in data.draw(st.lists(st.sampled_from(sorted(arrays)), min_size=1, max_size=3)):
        array = arrays.get(name)
        what = data.draw(st.sampled_from(["gone", "numbers", "shape", "type", "metadata"]))
        if what == "metadata":
            metadata = altered(data, json.loads(str(recorded["metadata"])))
            arrays["metadata"] = np.array(json.dumps(metadata))
        elif what == "gone" or array is None:
            arrays.pop(name, None)
        elif what == "shape":
            arrays[name] = np.zeros(data.draw(st.lists(st.integers(0, 9), max_size=4)), array.dtype)
        elif what == "type":
            kind = data.draw(st.sampled_from(["f8", "i4", "?", "c8", "U3", "S2", "f2", "u1"]))
            arrays[name] = np.zeros(array.shape, kind)
        elif array.dtype.kind in "fi" and array.size:
            flat = array.ravel().copy()
            odd = [np.nan, np.inf, -np.inf, 1e38, -1] if array.dtype.kind == "f" else [-1, 10**6]
            odd += [2**62, -(2**63)] if array.dtype.itemsize == 8 and array.dtype.kind == "i" else []
            flat[data.draw(st.integers(0, array.size - 1))] = data.draw(st.sampled_from(odd))
            arrays[name] = flat.reshape(array.shape)
    archive.write(tmp_path / "x.npz", arrays)
    loaded_or_refused(tmp_path / "x.npz")


@pytest.mark.slow
@slower
@hypothesis.given(data=st.data())
def test_recordings_with_bits_flipped(tmp_path, memory, recorded, data):
    path = tmp_path / "x.npz"
    archive.write(path, recorded)
    content = bytearray(path.read_bytes())
    for bit in data.draw(st.lists(st.integers(0, 8 * len(content) - 1), min_size=1, max_size=8)):
        content[bit // 8] ^= 1 << bit % 8
    end = data.draw(st.integers(0, len(content)) | st.just(len(content)))
    path.write_bytes(content[:end])
    loaded_or_refused(path)


def loaded_or_refused(path):
    """A recording is whole, or refused with a sentence."""
    try:
        recording = Recording.load(path)
        recording.vocabulary.text(recording.steps[0].trace.tokens)
    except ModelError as error:
        said_well(error)
