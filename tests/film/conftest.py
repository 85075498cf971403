"""One film for all tests of this folder: built once, saved, and watched as the file that a user opens."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

PROMPT, NEW_TOKENS = "Once upon a time there was a", 4
SEED = 314  # what it draws: far from the likeliest, the likeliest, one without a bar of its own, the likeliest


@pytest.fixture(scope="session")
def storybook():
    from transformer_cinema.inference.model import EMBEDDED_MODEL, Model

    return Model.load(EMBEDDED_MODEL)


@pytest.fixture(scope="session")
def small(tmp_path_factory):
    """Two layers, four heads, d = 32, 400 tokens, a context of 32: quick to film."""
    from checkpoints import write_checkpoint
    from transformer_cinema.inference.model import Model

    return Model.load(write_checkpoint(tmp_path_factory.mktemp("models") / "small"))


@pytest.fixture(scope="session")
def roomy(tmp_path_factory):
    """As `small`, with a context of 128 tokens."""
    from checkpoints import write_checkpoint
    from transformer_cinema.inference.model import Model

    return Model.load(write_checkpoint(tmp_path_factory.mktemp("models") / "roomy", n_ctx=128))


@pytest.fixture(scope="session")
def recording(storybook):
    from transformer_cinema.inference.sampling import Sampling

    return storybook.generate(PROMPT, Sampling(seed=SEED), NEW_TOKENS)


@pytest.fixture(scope="session")
def short(small):
    """A recording of the small model: four tokens and two drawn ones."""
    from transformer_cinema.inference.sampling import Sampling

    return small.generate("the king", Sampling(seed=1), 2)


@pytest.fixture(scope="session")
def contrasted(small):
    """One with everything in it: a second prompt, too."""
    from transformer_cinema.inference.sampling import Sampling

    return small.generate("the king and the sea", Sampling(seed=1), 2, contrast="a sea of the king")


@pytest.fixture(scope="session")
def contrasted_blend(contrasted, tmp_path_factory):
    """The .blend of its film."""
    from film.screening import save_film

    return save_film(contrasted, tmp_path_factory.mktemp("small") / "small.blend")


@pytest.fixture(scope="session")
def short_film(short, tmp_path_factory):
    """The .blend of the film of `short`, and the Film, of which only numbers and texts may be asked."""
    import bpy

    from transformer_cinema.addon.film.build import build_film

    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    bpy.context.window.scene, film = build_film(short, "en")
    path = tmp_path_factory.mktemp("short") / "short.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    return path, film


@pytest.fixture(scope="session")
def script(recording):
    """Which head, layer and neurons the film picks; tests compute the numbers themselves."""
    from transformer_cinema.addon.film.direction import make_script

    return make_script(recording)


@pytest.fixture(scope="session")
def blend(recording, tmp_path_factory):
    """The film's .blend."""
    from film.screening import save_film

    return save_film(recording, tmp_path_factory.mktemp("film") / "film.blend")


@pytest.fixture(scope="module")
def screening(blend):
    """The film, opened anew for every file of tests."""
    import bpy

    from film.screening import Screening

    bpy.ops.wm.open_mainfile(filepath=str(blend))
    return Screening(bpy.context.scene)


@pytest.fixture(scope="module")
def evidence(screening):
    """The numbers that the film carries."""
    from transformer_cinema.addon.film.evidence import find

    return find(screening.scene)
