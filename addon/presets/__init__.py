"""Settings under a name: those in transformer_cinema/ come with the extension, others the user saves."""

from pathlib import Path

import bpy
from bl_operators.presets import AddPresetBase
from bl_ui.utils import PresetPanel

from ..properties import FilmSettings

FOLDER = "transformer_cinema"  # within Blender's folders of presets
# A preset is about the film's form, and fits any prompt and any model on any machine.
NOT_IN_PRESETS = (
    "prompt",
    "contrast",
    "model",
    "model_name",
    "model_folder",
    "image",
    "audio",
    "title",
    "subtitle",
    "credit",
    "voice",
    "stills",
    "video",
    "job",
)
NAMES = [name for name in FilmSettings.__annotations__ if name not in NOT_IN_PRESETS]


class AddFilmPreset(AddPresetBase, bpy.types.Operator):
    """Save these settings, without the prompt and the model, under a name; or remove a saved one"""

    bl_idname = "cinema.film_preset_add"
    bl_label = "Add Film Preset"
    preset_menu = "CINEMA_MT_film_presets"
    preset_subdir = FOLDER
    preset_defines = ["settings = bpy.context.scene.transformer_cinema"]
    preset_values = [f"settings.{name}" for name in NAMES]


class FilmPresetsMenu(bpy.types.Menu):
    """Settings for films of some kind"""

    bl_idname = "CINEMA_MT_film_presets"
    bl_label = "Film Presets"
    preset_subdir = FOLDER
    preset_operator = "script.execute_preset"
    draw = bpy.types.Menu.draw_preset


class CINEMA_PT_film_presets(PresetPanel, bpy.types.Panel):  # Blender looks it up by this name
    """Settings for films of some kind"""

    bl_label = "Film Presets"
    preset_subdir = FOLDER
    preset_operator = "script.execute_preset"
    preset_add_operator = AddFilmPreset.bl_idname


CLASSES = (AddFilmPreset, FilmPresetsMenu, CINEMA_PT_film_presets)


def register():
    """Show Blender the presets that come with the extension: <here>/../presets/transformer_cinema."""
    bpy.utils.register_preset_path(str(Path(__file__).parents[1]))


def unregister():
    """The inverse of register()."""
    bpy.utils.unregister_preset_path(str(Path(__file__).parents[1]))
