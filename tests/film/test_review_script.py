"""scripts/review.py as a user calls it, and what it says of whole films."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from film.conftest import PROMPT
from transformer_cinema.addon.film.build import build_film
from transformer_cinema.addon.output.files import save_blend
from transformer_cinema.addon.output.qualities import apply_quality
from transformer_cinema.addon.review import review
from transformer_cinema.addon.reviewing.thresholds import CHECKS
from transformer_cinema.inference.sampling import Sampling

WITHOUT_PICTURES = [name for name, check in CHECKS.items() if not check.pictures]
SCRIPT = Path(__file__).parents[2] / "scripts/review.py"


def run(*arguments):
    """-> (exit code, stdout, stderr)."""
    command = [sys.executable, str(SCRIPT), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.slow
def test_it_prints_a_table_and_writes_json(fresh_blender, short, tmp_path):
    film, written = tmp_path / "film.blend", tmp_path / "a.json"
    scene, _ = build_film(short, "en", acts=["embedding"])
    apply_quality(scene, "draft")
    save_blend(film)
    before = film.read_bytes()
    code, output, _ = run(film, "--beats", "embedding.ids", "--only", "subject,text,light", "--json", written)
    (report,) = json.loads(written.read_text(encoding="utf-8")).values()
    (beat,) = report["beats"]
    assert code == (0 if report["ok"] else 1)
    assert beat["beat"] == "embedding.ids" and list(beat["numbers"]) == ["subject", "text", "light"]
    assert "embedding.ids" in output and "1 beats are under their thresholds" in output
    assert film.read_bytes() == before


def test_a_mistake_is_one_sentence(tmp_path):
    (tmp_path / "film.blend").write_text("no film")
    code, _, errors = run(tmp_path / "film.blend")
    assert code == 2 and "Traceback" not in errors and errors.strip()


@pytest.mark.slow
def test_every_beat_of_the_default_film_is_measured(screening):
    report = review(screening.scene)
    assert [beat.title for beat in report.beats] == list(screening.beats)
    for beat in report.beats:
        assert set(CHECKS) - set(beat.numbers) <= {"text", "reading"}, beat.title
    assert report.notes == []


@pytest.mark.slow
@pytest.mark.parametrize("form", ["16:9", "9:16"])
def test_the_default_film_reaches_every_threshold(fresh_blender, storybook, form):
    scene, _ = build_film(storybook.generate(PROMPT, Sampling()), "en", form=form)
    apply_quality(scene, "draft")
    fresh_blender.context.window.scene = scene
    report = review(scene, checks=None if form == "16:9" else WITHOUT_PICTURES)
    assert report.misses() == [] and report.ok, "\n".join(report.verdict())
