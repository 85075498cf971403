"""The extension's preferences: where models are fetched from, which are kept, and where to read more."""

import bpy
from bpy.props import EnumProperty, StringProperty

PACKAGE = __package__.rpartition(".")[0]  # the extension's, which Blender knows it by


class CinemaPreferences(bpy.types.AddonPreferences):
    """Preferences > Add-ons > Transformer Cinema"""

    bl_idname = PACKAGE

    source: EnumProperty(
        name="Download From",
        description="Where models are downloaded from",
        items=(
            ("AUTO", "Automatic", "Hugging Face; ModelScope if that can't be reached and has a copy"),
            ("huggingface", "Hugging Face", "huggingface.co, or the address below"),
            ("modelscope", "ModelScope", "modelscope.cn, which can be reached from China"),
        ),
        default="AUTO",
    )
    endpoint: StringProperty(
        name="Address",
        description="Another address of the model hub, such as a mirror's. Leave it empty for the usual one, "
        "or that in the environment variable HF_ENDPOINT",
    )

    def draw(self, context):
        layout = self.layout
        layout.use_property_split = True
        layout.prop(self, "source")
        layout.prop(self, "endpoint", placeholder="https://")
        _draw_models(layout)
        _draw_manual(layout)


def _draw_models(layout):
    """The models that were downloaded, each with a button to delete it."""
    from . import models

    header = layout.row()
    header.label(text="Downloaded Models")
    header.operator("wm.path_open", text="Open Folder", icon="FILE_FOLDER").filepath = str(models.cache())
    kept = models.kept()
    if not kept:
        layout.label(text="…" if kept is None else "None yet", translate=kept is not None)
    for name, size in kept or ():
        row = layout.row()
        about = f"{name} · {size / 1e6:,.0f} MB"
        row.label(text=about, translate=False)
        row.operator("cinema.delete_model", text="", icon="TRASH").name = name


def _draw_manual(layout):
    from . import manual
    from .translations import CONTEXT

    page = manual.address()
    if page:
        layout.operator("wm.url_open", text="Manual", text_ctxt=CONTEXT, icon="HELP").url = page


def where_from():
    """-> (source or None, endpoint or None), as inference.hub.fetch takes them."""
    addon = bpy.context.preferences.addons.get(PACKAGE)
    chosen = addon and addon.preferences
    if not chosen:
        return None, None
    return None if chosen.source == "AUTO" else chosen.source, chosen.endpoint.strip() or None


CLASSES = (CinemaPreferences,)
