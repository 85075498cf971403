"""Zips of a small extension with small wheels; the real one is built, installed and tried in the slow test."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
import tomllib
import zipfile
from pathlib import Path

import pytest

pytest.importorskip("bpy")

import build_extension
from _bootstrap import SetupError, interpreters
from _packaging import archive, blender_tools, manual, wheels

ROOT = Path(__file__).parents[2]
COMMITTED = "2024-02-29T12:34:56Z"
OWN = ["LICENSE", "__init__.py", "addon/__init__.py", "assets/models/tiny/model.safetensors", "inference/__init__.py"]
LINUX = wheels.Target("linux-x64", "3.13")


@pytest.fixture(autouse=True)
def no_given_time(monkeypatch):
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)


@pytest.fixture
def checkout(tmp_path):
    """A git checkout of a small extension, with other files in it and scratch files beside them."""
    root = tmp_path / "checkout"
    for name in [*OWN, "tests/test_it.py", "scripts/run.py", "docs/page.md", "README.md"]:
        put(root / name, f"# {name}\n")
    shutil.copy(ROOT / archive.MANIFEST, root)
    git(root, "init", "-q")
    git(root, "add", ".")
    git(root, "-c", "user.name=N", "-c", "user.email=n@example.org", "commit", "-qm", "One")
    put(root / "addon/scratch.blend", "not tracked")
    put(root / "addon/__pycache__/__init__.cpython-313.pyc", "not tracked")
    return root


@pytest.fixture
def index(tmp_path, monkeypatch):
    """A folder that pip takes for its package index, with a wheel of each package for Linux."""
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "index"))
    versions = dict(wheels.pins(LINUX))
    small_wheel(tmp_path / "index", "onnxruntime", versions["onnxruntime"], "cp313-cp313-manylinux_2_28_x86_64")
    small_wheel(tmp_path / "index", "tokenizers", versions["tokenizers"], "cp310-abi3-manylinux_2_17_x86_64")
    return tmp_path / "index"


@pytest.fixture
def far_away(monkeypatch):
    """A function that moves this process into another time zone."""

    def move():
        monkeypatch.setenv("TZ", "Asia/Tokyo")
        time.tzset()

    there_is = hasattr(time, "tzset")  # not in Windows
    yield move if there_is else lambda: None
    monkeypatch.undo()
    if there_is:
        time.tzset()


def put(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def git(root, *arguments):
    dates = {"GIT_AUTHOR_DATE": COMMITTED, "GIT_COMMITTER_DATE": COMMITTED}
    subprocess.run(["git", *arguments], cwd=root, env=os.environ | dates, check=True)


def small_wheel(folder, name, version, tags):
    """A wheel that pip accepts."""
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}-{version}-{tags}.whl"
    about = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(path, "w") as file:
        metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        file.writestr(zipfile.ZipInfo(f"{about}/METADATA"), metadata)  # a ZipInfo, so that it has no time of its own
        file.writestr(zipfile.ZipInfo(f"{about}/WHEEL"), "Wheel-Version: 1.0\n")
    return path


def built(checkout, output, blender="5.2", target=LINUX):
    """The zip of the small extension, made where the wheels are small, too."""
    output.mkdir(exist_ok=True)
    tag = {"linux-x64": "manylinux_2_28_x86_64", "windows-x64": "win_amd64", "macos-arm64": "macosx_14_0_arm64"}
    name = f"{target.tag}-{target.tag}-{tag[target.platform]}"
    wheel = small_wheel(checkout.parent / "wheels", "onnxruntime", "1.0", name)
    return build_extension.build(checkout, blender, target, output, [wheel])


def test_the_zip_has_what_the_extension_needs_and_nothing_else(checkout, tmp_path):
    path = built(checkout, tmp_path / "dist")
    assert path.name == "transformer_cinema-0.1.0-blender5.2-linux_x64.zip"
    wheel = "wheels/onnxruntime-1.0-cp313-cp313-manylinux_2_28_x86_64.whl"
    with zipfile.ZipFile(path) as file:
        assert sorted(file.namelist()) == sorted([*OWN, archive.MANIFEST, wheel])
        assert file.read(wheel) == (tmp_path / wheel).read_bytes()
        assert file.read("addon/__init__.py") == b"# addon/__init__.py\n"


def test_without_git_everything_of_the_extension_is_packed(checkout):
    shutil.rmtree(checkout / ".git")
    put(checkout / "addon/.DS_Store", "of a file manager")
    assert sorted(archive.source_files(checkout)) == sorted([*OWN, "addon/scratch.blend"])
    assert time.gmtime(archive.timestamp(checkout))[:3] == (1980, 1, 1)


def test_this_repository_is_packed_with_its_model_and_its_licences():
    names = set(archive.source_files(ROOT))
    assert {"LICENSE", "__init__.py", "assets/licences/Apache-2.0.txt", "inference/model.py"} <= names
    assert {f"assets/graphs/{act}.onnx" for act in ("embedding", "attention", "mlp", "unembedding")} <= names
    model = {"README.md", "config.json", "model.safetensors", "tokenizer.json"}
    assert {f"assets/models/storybook/{name}" for name in model} <= names
    assert {name.split("/")[0] for name in names} == {name.split("/")[0] for name in archive.PACKED}
    assert {name for name in names if name.startswith("docs/")} >= {"docs/manual/en.md", "docs/visual-mapping.md"}
    assert "docs/images/contact-sheet.jpg" not in names


@pytest.mark.parametrize(
    "blender, target, versions",
    [
        ("4.5", wheels.Target("windows-x64", "3.11"), ("4.5.0", "5.0.0")),
        ("5.2", wheels.Target("macos-arm64", "3.13"), ("5.2.0", None)),
        ("5.2", wheels.Target("linux-x64", "3.14"), ("5.2.0", None)),
    ],
)
def test_the_manifest_says_what_the_zip_is_for(checkout, tmp_path, blender, target, versions):
    path = built(checkout, tmp_path / "dist", blender, target)
    with zipfile.ZipFile(path) as file:
        manifest = tomllib.loads(file.read(archive.MANIFEST).decode())
        (wheel,) = (name for name in file.namelist() if name.endswith(".whl"))
    assert (manifest["blender_version_min"], manifest.get("blender_version_max")) == versions
    assert manifest["platforms"] == [target.platform]
    assert manifest["wheels"] == [f"./{wheel}"]
    assert ("python3.14" in path.name) == (target.python == "3.14")
    own = tomllib.loads((ROOT / archive.MANIFEST).read_text(encoding="utf-8"))
    generated = {"wheels", "platforms", "blender_version_min", "blender_version_max"}
    assert {key: value for key, value in manifest.items() if key not in generated} == {
        key: value for key, value in own.items() if key not in generated
    }


def test_the_same_commit_gives_the_same_bytes(checkout, tmp_path, far_away):
    first = built(checkout, tmp_path / "one").read_bytes()
    far_away()
    other = tmp_path / "elsewhere"
    git(tmp_path, "clone", "-q", checkout, other)
    for name in OWN:
        os.utime(other / name, (1e9, 1e9))
        (other / name).chmod(0o600)
    path = built(other, tmp_path / "two")
    assert path.read_bytes() == first
    with zipfile.ZipFile(path) as file:
        assert {info.date_time for info in file.infolist()} == {(2024, 2, 29, 12, 34, 56)}
        assert {info.external_attr >> 16 for info in file.infolist()} == {0o100644}


def test_a_given_time_wins(checkout, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1000000000")
    assert archive.timestamp(checkout) == 1_000_000_000
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "noon")
    with pytest.raises(SetupError, match="SOURCE_DATE_EPOCH is 'noon'"):
        archive.timestamp(checkout)


def test_files_that_are_not_as_committed_are_counted(checkout, tmp_path, capsys):
    (checkout / ".gitignore").write_text("__pycache__/\n*.blend\n")
    put(checkout / "tests/test_it.py", "changed, but not part of the extension")
    built(checkout, tmp_path / "dist")
    assert "not as committed" not in capsys.readouterr().out
    put(checkout / "addon/__init__.py", "changed = True\n")
    put(checkout / "addon/new.py", "")
    (checkout / "inference/__init__.py").unlink()
    built(checkout, tmp_path / "dist")
    assert "3 of the extension's files are not as committed" in capsys.readouterr().out


def test_a_zip_that_is_too_large_is_not_made(checkout, tmp_path, monkeypatch):
    monkeypatch.setattr(build_extension, "MOST_BYTES", 1000)
    with pytest.raises(SetupError, match="more than 0 MB"):
        built(checkout, tmp_path / "dist")
    assert list((tmp_path / "dist").iterdir()) == []


def test_what_blender_refuses_leaves_the_older_zip_as_it_is(checkout, tmp_path):
    path = built(checkout, tmp_path / "dist")
    before = path.read_bytes()
    manifest = checkout / archive.MANIFEST
    manifest.write_text(manifest.read_text().replace('"Animation"', '"Cinema"'))
    with pytest.raises(SetupError, match="Blender's validate says.*Cinema"):
        built(checkout, tmp_path / "dist")
    assert list((tmp_path / "dist").iterdir()) == [path]
    assert path.read_bytes() == before


def test_wheels_are_pinned_by_platform_and_python():
    def onnxruntime(*target):
        return dict(wheels.pins(wheels.Target(*target), requirements))["onnxruntime"]

    requirements = [
        "bpy==1",
        "onnxruntime==3; sys_platform != 'win32'",
        "onnxruntime==2; sys_platform == 'win32' and python_version == '3.13'",
        "tokenizers==4",
    ]
    assert onnxruntime("linux-x64", "3.11") == onnxruntime("macos-arm64", "3.13") == "3"
    assert onnxruntime("windows-x64", "3.13") == "2"
    with pytest.raises(SetupError, match="no onnxruntime for windows-x64 and Python 3.14"):
        onnxruntime("windows-x64", "3.14")


@pytest.mark.parametrize("python", interpreters.BLENDERS)
@pytest.mark.parametrize("platform", wheels.PLATFORMS)
def test_there_are_pins_for_every_zip(platform, python):
    assert [name for name, _ in wheels.pins(wheels.Target(platform, python))] == ["onnxruntime", "tokenizers"]


def test_wheels_are_fetched_once(index, tmp_path):
    fetched = wheels.fetch(LINUX, tmp_path / "cache")
    assert [path.read_bytes() for path in fetched] == [path.read_bytes() for path in sorted(index.iterdir())]
    shutil.rmtree(index)
    assert wheels.fetch(LINUX, tmp_path / "cache") == fetched


def test_a_wheel_that_the_index_does_not_have_is_named(index, tmp_path):
    version = dict(wheels.pins(LINUX))["onnxruntime"]
    with pytest.raises(SetupError) as raised:
        wheels.fetch(wheels.Target("macos-arm64", "3.13"), tmp_path / "cache")
    assert str(raised.value) == (
        f"pip's package index has no wheel of onnxruntime {version} for macos-arm64 and Python 3.13."
    )
    assert list((tmp_path / "cache").iterdir()) == []


def test_an_index_lists_every_zip(checkout, tmp_path):
    output = tmp_path / "dist"
    zips = [built(checkout, output), built(checkout, output, "4.5", wheels.Target("windows-x64", "3.11"))]
    blender_tools.generate_index(output)
    data = json.loads((output / "index.json").read_text())["data"]
    found = {Path(one["archive_url"]).name: (one["platforms"], one["archive_size"]) for one in data}
    assert found == {
        zips[0].name: (["linux-x64"], zips[0].stat().st_size),
        zips[1].name: (["windows-x64"], zips[1].stat().st_size),
    }
    assert zips[0].name in (output / "index.html").read_text()


def test_an_index_of_a_broken_zip_is_an_error(tmp_path):
    (tmp_path / "broken.zip").write_bytes(b"PK")
    with pytest.raises(SetupError, match="Not every zip is in the index.*broken.zip"):
        blender_tools.generate_index(tmp_path)


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["--blender", "5.2"], "--blender and --platform are needed"),
        (["--index", "--python", "3.13"], "--blender and --platform are needed"),
        (["--blender", "5.2", "--platform", "linux-x64", "--python", "three"], "such as 3.14, not three"),
        (["--blender", "5.2", "--platform", "windows-x64", "--python", "3.99"], "pins no onnxruntime for windows-x64"),
    ],
)
def test_wrong_arguments_are_one_sentence(tmp_path, arguments, message):
    command = [sys.executable, ROOT / "scripts/build_extension.py", "--output", tmp_path / "dist", *arguments]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 2
    assert message in done.stderr and done.stderr.count("\n") == 1
    assert not list(tmp_path.rglob("*.zip"))


INSTALL = """
import os, sys
sys.path.append(sys.argv[1])
import bpy
bpy.ops.extensions.package_install_files(filepath=sys.argv[2], repo="user_default", enable_on_install=True)
assert not {"onnxruntime", "tokenizers"} & set(sys.modules), "loaded when the extension is enabled"
settings = bpy.context.scene.transformer_cinema
settings.prompt, settings.new_tokens = "Once upon a time", 1
assert bpy.ops.cinema.build_film() == {"FINISHED"}
users = bpy.utils.user_resource("EXTENSIONS")
for name in ("onnxruntime", "tokenizers"):
    assert sys.modules[name].__file__.startswith(users), sys.modules[name].__file__
print("objects:", len(bpy.data.objects), flush=True)
os._exit(0)
"""


@pytest.mark.slow
def test_the_real_zip_installs_and_builds_a_film_with_its_own_wheels(tmp_path):
    """In this Python's Blender, where neither the two packages nor what they name as their requirements are found."""
    python = "{}.{}".format(*sys.version_info)
    platform = {"linux": "linux-x64", "win32": "windows-x64", "darwin": "macos-arm64"}[sys.platform]
    target = wheels.Target(platform, python)
    zip_file = build_extension.build(ROOT, interpreters.BLENDERS[python], target, tmp_path, wheels.fetch(target))
    with zipfile.ZipFile(zip_file) as file:
        for path in wheels.fetch(target):
            assert file.read(f"wheels/{path.name}") == path.read_bytes()

    packages = tmp_path / "packages"
    packages.mkdir()
    absent = ("onnxruntime", "tokenizers", "flatbuffers", "google", "protobuf", "packaging", "huggingface_hub")
    for path in Path(pytest.__file__).parents[1].iterdir():
        if not path.name.startswith(absent):
            (packages / path.name).symlink_to(path)
    (tmp_path / "user").mkdir()
    environment = os.environ | {"BLENDER_USER_RESOURCES": str(tmp_path / "user")}
    command = [sys.executable, "-I", "-S", "-c", INSTALL, packages, zip_file]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert int(done.stdout.rpartition("objects:")[2]) > 100


def test_the_manual_is_pages_that_need_no_network():
    docs = {
        "docs/manual/en.md": "# The *manual*\n\n## One\n\n![A panel](panel.png) and [中文](zh.md)\n\n"
        "## Two\n\nSee [it](../map.md).",
        "docs/manual/panel.png": b"picture",
        "docs/map.md": "# Map\n\n| a | b |\n|---|---|\n| 1 | 2 |\n",
    }
    pages = manual.pages({name: text.encode() if isinstance(text, str) else text for name, text in docs.items()})
    assert sorted(pages) == ["manual/en.html", "manual/map.html", "manual/panel.png"]
    page = pages["manual/en.html"].decode()
    assert '<h2 id="part-2">Two</h2>' in page and 'href="zh.html"' in page and 'href="map.html"' in page
    assert 'src="panel.png"' in page and "http" not in page
    assert "<td>1</td>" in pages["manual/map.html"].decode()


def test_every_link_of_the_manual_leads_somewhere():
    names = [name for name in archive.source_files(ROOT) if name.startswith("docs/")]
    pages = manual.pages({name: (ROOT / name).read_bytes() for name in names})
    assert {"manual/en.html", "manual/zh.html", "manual/visual-mapping.html"} <= set(pages)
    for name, data in pages.items():
        if name.endswith(".html"):
            for link in re.findall(r'(?:href|src)="([^"#]+)', data.decode()):
                assert f"manual/{link}" in pages, (name, link)
