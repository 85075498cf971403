import ast
import ctypes
import glob
import importlib.util
import os
import shutil
import stat
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest

import bootstrap
from _bootstrap import SetupError, blender, environments, interpreters, libraries

ROOT = Path(__file__).parents[2]
RUN_ANYWHERE = [ROOT / "scripts/bootstrap.py", ROOT / "scripts/test.py", *(ROOT / "scripts/_bootstrap").glob("*.py")]
OLD_PYTHONS = [
    path
    for path in [*glob.glob(os.path.expanduser("~/.pyenv/versions/*/bin/python")), "/usr/bin/python3"]
    if any(f"/3.{minor}." in os.path.realpath(path) + "." for minor in (6, 7, 8, 9, 10))
]


@pytest.fixture
def checkout(tmp_path):
    """A copy of the bootstrap without environments."""
    shutil.copytree(ROOT / "scripts", tmp_path / "scripts", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("__init__.py", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def fake_python(path, version, whole=True, wheels=True):
    """An executable that answers the probe as a Python of that version would."""
    path.parent.mkdir(parents=True, exist_ok=True)
    answer = f"{version}\\n{int(whole)}\\n{int(wheels)}\\n{path}"
    path.write_text(f'#!/bin/sh\nprintf "{answer}\\n"\n')
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


@pytest.fixture
def bare_machine(tmp_path, monkeypatch):
    """No Python on this machine but those that a test puts into the returned folder, which is PATH."""
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("PYENV_ROOT", raising=False)
    monkeypatch.delenv(interpreters.FORCE, raising=False)
    monkeypatch.setattr(sys, "executable", "")
    interpreters._probe.cache_clear()
    yield tmp_path / "bin"
    interpreters._probe.cache_clear()


posix = pytest.mark.skipif(os.name == "nt", reason="the fake Pythons are shell scripts")


@posix
class TestFindingPython:
    def test_prefers_the_newer(self, bare_machine):
        old = fake_python(bare_machine / "python3.11", "3.11")
        new = fake_python(bare_machine / "python3.13", "3.13")
        assert bootstrap.pythons() == [("3.13", str(new)), ("3.11", str(old))]
        assert interpreters.find().executable == str(new)

    def test_a_name_proves_nothing(self, bare_machine):
        fake_python(bare_machine / "python3.13", "3.12")
        (bare_machine / "python3").write_text("#!/bin/sh\nexit 127\n")
        (bare_machine / "python3").chmod(0o755)
        right = fake_python(bare_machine / "python", "3.11")
        assert bootstrap.pythons() == [("3.11", str(right))]

    def test_one_without_a_bpy_wheel_is_no_candidate(self, bare_machine):
        fake_python(bare_machine / "python3.13", "3.13", wheels=False)
        assert bootstrap.pythons() == []

    def test_rather_the_older_that_can_make_environments(self, bare_machine):
        fake_python(bare_machine / "python3.13", "3.13", whole=False)
        old = fake_python(bare_machine / "python3.11", "3.11")
        assert interpreters.find().executable == str(old)

    def test_looks_into_pyenv_newest_patch_first(self, bare_machine, tmp_path):
        for patch in ("3.13.9", "3.13.10", "3.12.1"):
            fake_python(tmp_path / "home/.pyenv/versions" / patch / "bin/python", patch[:4])
        assert bootstrap.pythons() == [("3.13", str(tmp_path / "home/.pyenv/versions/3.13.10/bin/python"))]

    def test_asks_uv(self, bare_machine, tmp_path):
        elsewhere = fake_python(tmp_path / "elsewhere/python", "3.11")
        bare_machine.mkdir()
        (bare_machine / "uv").write_text(f'#!/bin/sh\n[ "$*" = "python find 3.11" ] && echo {elsewhere}\n')
        (bare_machine / "uv").chmod(0o755)
        assert bootstrap.pythons() == [("3.11", str(elsewhere))]

    def test_one_version_can_be_forced(self, bare_machine, monkeypatch):
        fake_python(bare_machine / "python3.13", "3.13")
        old = fake_python(bare_machine / "python3.11", "3.11")
        monkeypatch.setenv(interpreters.FORCE, "3.11")
        assert interpreters.find().executable == str(old)
        monkeypatch.setenv(interpreters.FORCE, "3.12")
        with pytest.raises(SetupError, match="3.12.*3.13, 3.11"):
            interpreters.find()

    def test_none_found_says_which_are_needed(self, bare_machine, monkeypatch, tmp_path):
        monkeypatch.setattr(environments, "ROOT", str(tmp_path))
        with pytest.raises(SetupError, match=r"Python 3\.13.*Python 3\.11"):
            environments.choose()


@posix
def test_no_suitable_python_is_one_sentence_and_exit_code_2(checkout, tmp_path):
    # This Python is suitable, so it has to deny it.
    hide = "import sys; sys.path.insert(0, 'scripts'); sys.executable = ''; import bootstrap; bootstrap.ensure('x.py')"
    done = subprocess.run(
        [sys.executable, "-c", hide],
        cwd=checkout,
        env={"PATH": str(tmp_path / "empty"), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert "Python 3.13" in done.stderr and "Python 3.11" in done.stderr
    assert not (checkout / ".venv").exists()


class TestEnvironment:
    def test_pins_stand_in_pyproject_alone(self):
        project = tomllib.loads((ROOT / "pyproject.toml").read_text())
        assert environments.requirements() == project["project"]["dependencies"]
        assert environments.requirements("dev") == environments.requirements() + project["dependency-groups"]["dev"]
        assert all("==" in pin for pin in environments.requirements("dev"))

    def test_there_is_a_bpy_for_every_python(self):
        pins = [pin for pin in environments.requirements() if pin.startswith("bpy==")]
        for version, release in interpreters.BLENDERS.items():
            assert any(pin.startswith(f"bpy=={release}.") and version in pin for pin in pins)

    def test_stamp_comes_last_and_is_believed_until_the_pins_change(self, monkeypatch, tmp_path):
        monkeypatch.setattr(environments, "ROOT", str(tmp_path))
        pyproject = tmp_path / "pyproject.toml"
        pyproject.write_text('[project]\ndependencies = ["a==1"]\n[dependency-groups]\ndev = ["b==2"]\n')
        (tmp_path / ".venv/3.13").mkdir(parents=True)
        calls = []
        outcome = [1]  # the first pip is interrupted
        monkeypatch.setattr(environments.subprocess, "call", lambda command, **_: calls.append(command) or outcome[0])

        with pytest.raises(SetupError, match="again to continue"):
            environments.fill("3.13")
        outcome[0] = 0
        environments.fill("3.13")
        assert len(calls) == 2 and calls[1][-1:] == ["a==1"]
        environments.fill("3.13")
        assert len(calls) == 2
        environments.fill("3.13", "dev")
        assert len(calls) == 3 and calls[2][-2:] == ["a==1", "b==2"]
        pyproject.write_text(pyproject.read_text().replace("a==1", "a==3"))
        environments.fill("3.13")
        environments.fill("3.13", "dev")
        assert len(calls) == 5

    def test_the_same_environment_is_chosen_again_without_a_search(self, monkeypatch, tmp_path):
        monkeypatch.delenv(interpreters.FORCE, raising=False)
        monkeypatch.setattr(environments, "ROOT", str(tmp_path))
        monkeypatch.setattr(interpreters, "find", lambda: pytest.fail("searched"))
        python = Path(environments.python_in("3.11"))
        python.parent.mkdir(parents=True)
        python.touch()
        Path(environments.folder("3.11"), "ready").touch()
        assert environments.choose() == "3.11"

    @posix
    def test_a_python_without_venv_names_the_package(self, monkeypatch, tmp_path):
        monkeypatch.setattr(environments, "ROOT", str(tmp_path))
        monkeypatch.setattr(libraries, "can_install", lambda: False)
        monkeypatch.setattr(environments, "_runs", lambda command: False)
        monkeypatch.setattr(libraries, "missing", lambda: [("libGL.so.1", "libgl1")])
        with pytest.raises(SetupError, match="run: .*install -y python3.11-venv libgl1$"):
            environments.create("3.11", "/usr/bin/python3.11")

    def test_the_package_is_this_repository(self):
        package = bootstrap.load_package()
        assert package.__name__ == "transformer_cinema"
        assert Path(package.__file__) == ROOT / "__init__.py"
        assert bootstrap.load_package() is package


def loader(*absent):
    """A ctypes.CDLL of a machine without those libraries."""

    def load(name):
        if name in absent:
            raise OSError(f"{name}: cannot open shared object file")

    return load


class TestLibraries:
    @pytest.mark.parametrize(("library", "package"), libraries.LIBRARIES)
    def test_names_the_debian_package(self, library, package):
        assert libraries.missing(loader(library)) == [(library, package)]

    def test_nothing_missing(self):
        assert libraries.missing(loader()) == []

    def test_any_driver_of_egl_will_do(self):
        mesa, nvidia = libraries.EGL_DRIVERS
        assert libraries.missing(loader(mesa)) == []
        assert libraries.missing(loader(nvidia)) == []
        assert libraries.missing(loader(mesa, nvidia)) == [(mesa, libraries.EGL_PACKAGE)]

    @pytest.fixture
    def without_gl(self, monkeypatch):
        monkeypatch.setattr(sys, "platform", "linux")
        absent = [[("libGL.so.1", "libgl1"), ("libEGL.so.1", "libegl1")]]
        monkeypatch.setattr(libraries, "missing", lambda: absent[0])
        return absent

    def test_a_user_gets_the_line_to_run(self, without_gl, monkeypatch):
        monkeypatch.setattr(libraries, "can_install", lambda: False)
        monkeypatch.setattr(libraries.shutil, "which", lambda name: name if name == "apt-get" else None)
        with pytest.raises(SetupError, match="libGL.so.1.*run: sudo apt-get .*install -y libgl1 libegl1$"):
            libraries.ensure_libraries()

    def test_root_gets_them_installed(self, without_gl, monkeypatch):
        installed = []
        monkeypatch.setattr(libraries, "can_install", lambda: True)

        def install(packages):
            installed.extend(packages)
            without_gl[0] = []

        monkeypatch.setattr(libraries, "install", install)
        libraries.ensure_libraries()
        assert installed == ["libgl1", "libegl1"]

    def test_a_running_blender_only_needs_what_it_draws_with(self, without_gl, monkeypatch):
        monkeypatch.setattr(libraries, "can_install", lambda: False)
        with pytest.raises(SetupError, match=r"not here \(libEGL.so.1\)"):
            libraries.ensure_libraries("libEGL")
        without_gl[0] = [("libGL.so.1", "libgl1")]
        libraries.ensure_libraries("libEGL")

    def test_an_installation_that_did_not_help_is_said(self, without_gl, monkeypatch):
        monkeypatch.setattr(libraries, "can_install", lambda: True)
        monkeypatch.setattr(libraries, "install", lambda packages: None)
        with pytest.raises(SetupError, match="still cannot be loaded: libGL.so.1, libEGL.so.1"):
            libraries.ensure_libraries()

    @pytest.mark.skipif(not sys.platform.startswith("linux"), reason="shared libraries are called .so on Linux")
    def test_a_library_that_is_really_missing(self):
        assert not libraries._loads("libno_such_library.so.9", ctypes.CDLL)
        assert libraries._loads("libc.so.6", ctypes.CDLL)


INSTALLING = """
import sys, time
sys.path.insert(0, sys.argv[1])
from _bootstrap import environments

def call(command, **_):
    with open(sys.argv[2], "a") as log:
        log.write("begin\\n")
        log.flush()
        time.sleep(0.5)
        log.write("end\\n")
    return 0

environments.subprocess.call = call
environments.requirements = lambda group=None: ["storyteller==1.0"]
environments.os.makedirs(environments.folder("3.13"), exist_ok=True)
environments.fill("3.13")
"""


class TestTwoAtOnce:
    def start(self, checkout, log):
        command = [sys.executable, "-c", INSTALLING, str(checkout / "scripts"), str(log)]
        return subprocess.Popen(command, stderr=subprocess.PIPE, text=True)

    def test_one_installs_and_the_other_waits_for_it(self, checkout, tmp_path):
        log = tmp_path / "log"
        both = [self.start(checkout, log) for _ in range(2)]
        said = "".join(one.communicate(timeout=60)[1] for one in both)
        assert [one.returncode for one in both] == [0, 0]
        assert log.read_text() == "begin\nend\n", "once, and not both together"
        assert said.count("this one waits") == 1

    def test_one_that_was_killed_holds_nobody_up(self, checkout, tmp_path):
        log = tmp_path / "log"
        first = self.start(checkout, log)
        while not log.exists():
            time.sleep(0.02)
        first.kill()
        first.communicate()
        second = self.start(checkout, log)
        second.communicate(timeout=60)
        assert second.returncode == 0 and log.read_text().endswith("begin\nend\n")


class TestInsideBlender:
    @pytest.fixture
    def pip(self, monkeypatch, tmp_path):
        """Blender's Python lacks `storyteller`; a pip that installs it. Returns the pins that pip was asked for."""
        monkeypatch.setattr(blender, "ROOT", str(tmp_path))
        monkeypatch.setattr(blender, "NEEDED", ("storyteller",))
        monkeypatch.setattr(environments, "requirements", lambda: ["storyteller==1.0", "not_needed==1.0"])
        monkeypatch.setattr(sys, "path", list(sys.path))
        asked = []

        def call(command, **_):
            if "install" not in command:
                return 0
            folder = Path(command[command.index("--target") + 1])
            shutil.rmtree(folder, ignore_errors=True)
            name, version = command[-1].split("==")
            (folder / f"{name}-{version}.dist-info").mkdir(parents=True)
            (folder / f"{name}-{version}.dist-info" / "METADATA").write_text(f"Name: {name}\nVersion: {version}\n")
            (folder / f"{name}.py").touch()
            asked.append(command[-1])
            return 0

        monkeypatch.setattr(blender.subprocess, "call", call)
        return asked

    def test_installs_what_is_missing_once(self, pip):
        blender.prepare()
        blender.prepare()
        assert pip == ["storyteller==1.0"]
        assert importlib.util.find_spec("storyteller") is not None

    def test_installs_again_when_the_pin_changes(self, pip, monkeypatch):
        blender.prepare()
        monkeypatch.setattr(environments, "requirements", lambda: ["storyteller==2.0"])
        blender.prepare()
        assert pip == ["storyteller==1.0", "storyteller==2.0"]

    def test_without_pip_it_is_one_sentence(self, pip, monkeypatch):
        monkeypatch.setattr(blender.subprocess, "call", lambda command, **_: 1)
        with pytest.raises(SetupError, match="neither pip nor ensurepip"):
            blender.prepare()


class TestOldPython:
    @pytest.mark.parametrize("path", RUN_ANYWHERE, ids=lambda path: path.name)
    def test_is_written_in_the_syntax_of_3_6(self, path):
        ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 6))

    def test_the_first_lines_of_every_script_are_too(self):
        for path in (ROOT / "scripts").glob("*.py"):
            source = path.read_text(encoding="utf-8")
            if "\nensure(" in source:  # nothing before that line may be newer; nothing after it runs
                ast.parse(source[: source.index("\nensure(")], feature_version=(3, 6))

    @posix
    @pytest.mark.skipif(not OLD_PYTHONS, reason="no Python older than 3.11 on this machine")
    @pytest.mark.parametrize("python", OLD_PYTHONS)
    def test_hands_over_to_the_environment(self, python, checkout):
        """The environment's Python is a stand-in that prints what it is asked to run."""
        stand_in = checkout / ".venv/3.13/bin/python"
        stand_in.parent.mkdir(parents=True)
        stand_in.write_text('#!/bin/sh\nprintf "%s|" "$@"\n')
        stand_in.chmod(0o755)
        (checkout / ".venv/3.13/ready").touch()
        environment = {name: value for name, value in os.environ.items() if name != interpreters.FORCE}
        script = checkout / "scripts/trace.py"
        done = subprocess.run(
            [python, script, "--prompt", "two words"], env=environment, capture_output=True, text=True
        )
        assert (done.stdout, done.stderr) == (f"{script}|--prompt|two words|", "")
