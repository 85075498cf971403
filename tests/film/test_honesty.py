"""Nothing in the film is made up: neither the model's code nor the film's draws random numbers, but for one draw."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted(
    path for folder in ("addon/film", "addon/sound", "inference") for path in (ROOT / folder).rglob("*.py")
)
# The one function that may, and the one that may call it: the draw is recorded, and the film shows the number.
SOURCE_OF_CHANCE, ITS_CALLER = ("inference/sampling.py", "random_numbers"), ("inference/recorder.py", "_continue")

MODULES = {"random", "secrets", "uuid", "numpy.random", "mathutils.noise", "_random", "scipy.stats"}
NAMES = {
    *("default_rng", "RandomState", "SeedSequence", "PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64", "SystemRandom"),
    *("rand", "randn", "randint", "randrange", "random_sample", "ranf", "integers", "shuffle", "permutation"),
    *("permuted", "getrandbits", "randbytes", "urandom", "getrandom", "token_bytes", "token_hex", "uuid1", "uuid4"),
    *("standard_normal", "betavariate", "gauss", "normalvariate", "triangular", "random_unit_vector", "turbulence"),
}
CLOCKS = {"time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns", "now", "utcnow", "getpid"}
# Node types of Blender, operators of ONNX and modifiers that make numbers of their own.
TYPES = re.compile(
    r"RandomValue|HashValue|Tex(White)?Noise|TexVoronoi|TexMusgrave|TexGabor|DistributePoints|PointDistribute"
    r"|^NOISE$|^PARTICLE_SYSTEM$|RandomNormal|RandomUniform|Multinomial|Bernoulli"
)


def violations(source, allowed=()):
    """Python source -> [(line, what), ...] that could draw a random number. allowed: functions left out of it."""
    tree = ast.parse(source)
    modules = _names_of_modules(tree)
    found = []

    def visit(node, function):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            function = node.name
            if function in allowed:
                return
        if (what := _violation(node, modules, function)) is not None:
            found.append((node.lineno, what))
        for child in ast.iter_child_nodes(node):
            visit(child, function)

    visit(tree, None)
    return found


def _names_of_modules(tree):
    """{local name: the module behind it}, for all imports of a file."""
    names = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.asname or alias.name.partition(".")[0]: alias.name for alias in node.names if alias.asname}
            names |= {top: top for top in (alias.name.partition(".")[0] for alias in node.names if not alias.asname)}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    return names


def _violation(node, modules, function):
    """What is wrong with one node of the tree, or None."""
    match node:
        case ast.Import():
            bad = [alias.name for alias in node.names if _is_random(alias.name)]
            return bad[0] if bad else None
        case ast.ImportFrom(level=0):
            bad = [
                alias.name for alias in node.names if alias.name in NAMES or _is_random(f"{node.module}.{alias.name}")
            ]
            return f"{node.module}.{bad[0]}" if bad else None
        case ast.Attribute():
            path = _dotted(node, modules)
            return path if node.attr in NAMES or _is_random(path) else None
        case ast.Name(id=name) if name in NAMES or _is_random(modules.get(name, "")):
            return name
        case ast.Call(func=ast.Name(id="hash")) if function != "__hash__":
            return "hash: another one in every process"
        case ast.Call() if _names_a_seed(_dotted(node.func, modules)) or any(
            _names_a_seed(keyword.arg) for keyword in node.keywords
        ):
            return _clock_in(node)
        case ast.Assign(targets=targets) if any(_names_a_seed(_dotted(target, modules)) for target in targets):
            return _clock_in(node.value)
        case ast.Constant(value=str(text)) if TYPES.search(text) or text in MODULES:
            return text
    return None


def _dotted(node, modules):
    """a.b.c as text, its first name as the module that it stands for."""
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value, modules)}.{node.attr}"
    return modules.get(node.id, node.id) if isinstance(node, ast.Name) else ""


def _is_random(path):
    return any(path == module or path.startswith(f"{module}.") for module in MODULES)


def _names_a_seed(name):
    return bool(name) and re.search(r"seed|rng|random", name.lower()) is not None


def _clock_in(node):
    """The clock that is read anywhere below a node."""
    for one in ast.walk(node):
        if isinstance(one, ast.Call):
            name = one.func.attr if isinstance(one.func, ast.Attribute) else getattr(one.func, "id", None)
            if name in CLOCKS:
                return f"a seed from {name}()"
    return None


# --- the checker ---------------------------------------------------------------------------------

BAD = [
    "import random",
    "import random as chance\nx = chance.random()",
    "from random import gauss as g",
    "def f():\n    import secrets",
    "import uuid\nx = uuid.uuid4().int",
    "import numpy.random",
    "import numpy.random as nr",
    "from numpy import random",
    "from numpy.random import default_rng",
    "import numpy as np\nx = np.random.rand(3)",
    "import numpy as xp\nx = xp.random.Generator(xp.random.PCG64(0)).normal()",
    "import numpy\ndraw = numpy.random",
    "from numpy import random as r\nr.seed(1)",
    "rng.shuffle(tokens)",
    "order = generator.permutation(9)",
    "import os\nx = os.urandom(4)",
    "from os import urandom",
    "from os import urandom as more",
    "import mathutils\nx = mathutils.noise.noise(p)",
    "from mathutils import noise",
    "from mathutils.noise import random_unit_vector as r",
    "import time\nseed = int(time.time())",
    "import time\nfilm.begin(seed=time.time_ns() % 7)",
    "from time import perf_counter\nself.seed = perf_counter()",
    "import datetime\nmake_rng(datetime.datetime.now().microsecond)",
    "import importlib\nimportlib.import_module('random')",
    "__import__('numpy.random')",
    "import numpy as np\nx = getattr(np, 'random')",
    "x = hash(word) % 100",
    "graph.node('FunctionNodeRandomValue')",
    "graph.node('ShaderNodeTexNoise')",
    "graph.node(f'ShaderNodeTex{kind}', type='ShaderNodeTexWhiteNoise')",
    "KIND = 'ShaderNodeTexVoronoi'",
    "graph.node('GeometryNodeDistributePointsOnFaces')",
    "curve.modifiers.new('NOISE')",
    "helper.make_node('RandomNormalLike', ['x'], ['y'])",
]
GOOD = [
    "import numpy as np\nx = np.sort(values)",
    "x = step.draw.random\nself.random = x",
    'archive["draws.random"] = x',
    "def draw(probabilities, random: float):\n    return np.searchsorted(probabilities, random)",
    '"""Nothing here draws random numbers: no noise, no shuffle, no uuid."""',
    "import time\nend = time.monotonic() + seconds",
    "from .sampling import random_numbers\nnumbers = random_numbers(sampling.seed)",
    "class Key:\n    def __hash__(self):\n        return hash(self.parts)",
    "mesh.normal\nshape.choice\nfilm.play(beams.reveal.to(1.0), run_time=1.3)",
    "graph.node('ShaderNodeTexGradient')\nnoise = 0.1",
    "word('sampling', seed=sampling.seed)",
]


@pytest.mark.parametrize("source", BAD)
def test_what_draws_random_numbers_is_found(source):
    assert violations(source)


@pytest.mark.parametrize("source", GOOD)
def test_what_does_not_is_left_alone(source):
    assert not violations(source)


def test_only_the_function_that_is_allowed_is_left_out():
    source = "import numpy as np\ndef dice():\n    return np.random.rand()\ndef other():\n    return np.random.rand()\n"
    assert {line for line, _ in violations(source, ["dice"])} == {5}
    assert {line for line, _ in violations(source)} == {3, 5}


# --- the code ------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_code_of_the_model_or_the_film_draws_random_numbers(path):
    file, function = SOURCE_OF_CHANCE
    allowed = [function] if path == ROOT / file else []
    found = violations(path.read_text(encoding="utf-8"), allowed)
    assert not found, f"{path.relative_to(ROOT)}: {found}"


def test_the_exception_is_there_and_is_needed():
    """Otherwise this file would look in the wrong place."""
    file, function = SOURCE_OF_CHANCE
    source = (ROOT / file).read_text(encoding="utf-8")
    assert function in {node.name for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)}
    assert violations(source)
    assert len(SOURCES) > 40


def test_the_numbers_go_nowhere_but_into_the_recorded_draw():
    callers = []
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef):
                inside = {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}
                if SOURCE_OF_CHANCE[1] in inside:
                    callers.append((path.relative_to(ROOT).as_posix(), node.name))
    assert callers == [ITS_CALLER]


def test_the_models_graphs_hold_no_random_operators():
    graphs = sorted((ROOT / "assets/graphs").glob("*.onnx"))
    assert len(graphs) == 4
    for path in graphs:
        assert not re.search(rb"Random|Multinomial|Bernoulli|Dropout", path.read_bytes()), path.name


# --- the film ------------------------------------------------------------------------------------


def test_a_film_is_built_without_chance_and_holds_none(fresh_blender, short, monkeypatch):
    """Every source of random numbers fails while it is built; none of its nodes and curves makes any."""
    import os
    import random

    import numpy as np

    from transformer_cinema.addon.film.build import build_film

    def refuse(*args, **kwargs):
        raise AssertionError("the film asks for a random number")

    for module in (random, np.random):
        for name, value in list(vars(module).items()):
            if callable(value) and not name.startswith("_"):
                monkeypatch.setattr(module, name, refuse)
    monkeypatch.setattr(os, "urandom", refuse)
    build_film(short)

    data = fresh_blender.data
    trees = [*data.node_groups, *(one.node_tree for one in [*data.materials, *data.worlds] if one.node_tree)]
    kinds = {node.bl_idname for tree in trees for node in tree.nodes}
    assert len(kinds) > 20
    assert not [kind for kind in kinds if TYPES.search(kind)]
    curves = [
        curve
        for action in data.actions
        for layer in action.layers
        for strip in layer.strips
        for bag in strip.channelbags
        for curve in bag.fcurves
    ]
    assert len(curves) > 100
    assert not [curve.data_path for curve in curves for modifier in curve.modifiers if modifier.type == "NOISE"]
