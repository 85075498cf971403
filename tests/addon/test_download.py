"""Fetching a model from inside Blender; the hub is a server on this machine."""

import threading
import time

import pytest

from checkpoints import write_checkpoint
from hub_server import HubServer, serving
from transformer_cinema import register, unregister
from transformer_cinema.addon.film import facts
from transformer_cinema.addon.job import Job
from transformer_cinema.inference.errors import Cancelled, ModelError


@pytest.fixture
def bpy(fresh_blender, monkeypatch, tmp_path):
    """A fresh Blender with the extension enabled, no models, and no permission to go online."""
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    monkeypatch.setenv("TRANSFORMER_CINEMA_CACHE", str(tmp_path / "cache"))
    register()
    yield fresh_blender
    fresh_blender.context.preferences.system.use_online_access = False
    unregister()


@pytest.fixture
def hub(tmp_path, monkeypatch):
    folder = write_checkpoint(tmp_path / "tiny")
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    with serving(HubServer("someone/tiny-gpt2", files)) as server:
        monkeypatch.setenv("HF_ENDPOINT", server.address)
        yield server


@pytest.fixture
def settings(bpy):
    settings = bpy.context.scene.transformer_cinema
    settings.prompt, settings.new_tokens = "the king", 1
    settings.model, settings.model_name = "HUB", "someone/tiny-gpt2"
    return settings


def test_nothing_is_asked_for_without_permission(bpy, hub, settings):
    assert not bpy.ops.cinema.download_model.poll()
    with pytest.raises(RuntimeError):
        bpy.ops.cinema.download_model()
    with pytest.raises(RuntimeError, match="download it first"):
        bpy.ops.cinema.build_film()
    assert hub.requests == []


def test_a_model_is_fetched_and_filmed(bpy, hub, settings):
    bpy.context.preferences.system.use_online_access = True
    assert bpy.ops.cinema.download_model() == {"FINISHED"}
    assert bpy.ops.cinema.build_film() == {"FINISHED"}
    scene = bpy.context.window.scene.transformer_cinema
    assert facts.read(scene.id_data).layers == 2
    assert scene.model == "HUB" and scene.model_name == "someone/tiny-gpt2"
    asked = len(hub.requests)
    assert bpy.ops.cinema.download_model() == {"CANCELLED"}
    assert len(hub.requests) == asked


def test_what_goes_wrong_is_said(bpy, hub, settings):
    bpy.context.preferences.system.use_online_access = True
    settings.model_name = "someone/else"
    with pytest.raises(RuntimeError, match="no public /api/models/someone/else"):
        bpy.ops.cinema.download_model()


def test_a_job_hands_over_what_it_made():
    job = Job(lambda progress, cancelled: progress(3, 4, "almost") or "made").start()
    job.wait(5)
    assert (job.running, job.done, job.total, job.what, job.result()) == (False, 3, 4, "almost", "made")


def test_a_job_hands_over_what_went_wrong():
    def fail(progress, cancelled):
        raise ModelError("It broke.")

    job = Job(fail).start()
    job.wait(5)
    with pytest.raises(ModelError, match="It broke."):
        job.result()


def test_a_job_can_be_stopped():
    begun = threading.Event()

    def work(progress, cancelled):
        begun.set()
        while not cancelled():
            time.sleep(0.01)
        raise Cancelled

    job = Job(work).start()
    assert begun.wait(5) and job.running
    job.cancel()
    job.wait(5)
    with pytest.raises(Cancelled):
        job.result()
