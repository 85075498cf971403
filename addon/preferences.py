"""Where models are fetched from: the extension's preferences."""

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
            ("modelscope", "ModelScope", "modelscope.cn, which is reached in China"),
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


def where_from():
    """-> (source or None, endpoint or None), as inference.hub.fetch takes them."""
    addon = bpy.context.preferences.addons.get(PACKAGE)
    chosen = addon and addon.preferences
    if not chosen:
        return None, None
    return None if chosen.source == "AUTO" else chosen.source, chosen.endpoint.strip() or None


CLASSES = (CinemaPreferences,)
