"""Shared by all tests. Nothing here imports bpy by itself, so that tests of inference/ run without Blender."""

import os
import sys

import pytest

import bootstrap

bootstrap.load_package()


@pytest.fixture
def fresh_blender():
    """bpy with an empty scene; data-blocks from before are gone."""
    import bpy

    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    return bpy


def pytest_sessionfinish(session, exitstatus):
    session.config.stash[EXIT_STATUS] = int(exitstatus)


EXIT_STATUS = pytest.StashKey[int]()


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config):
    """Blender 4.5 as a module hangs when the interpreter ends while anything is still registered: end without it."""
    if "bpy" in sys.modules and EXIT_STATUS in config.stash:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(config.stash[EXIT_STATUS])
