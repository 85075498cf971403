"""The first panel: the prompt, the model, and the button that builds the film."""

import bpy

from .. import counting, models, presets, work
from ..translations import CONTEXT, sentence
from .common import Sidebar, paragraph, split_column

_ = bpy.app.translations.pgettext_iface

ICONS = {"ERROR": "CANCEL", "WARNING": "ERROR", "INFO": "CHECKMARK"}


class FilmPanel(Sidebar, bpy.types.Panel):
    """From a prompt to a film"""

    bl_idname = "CINEMA_PT_film"
    bl_label = "Transformer Cinema"

    def draw_header_preset(self, context):
        presets.CINEMA_PT_film_presets.draw_panel_header(self.layout)

    def draw(self, context):
        settings, layout = context.scene.transformer_cinema, self.layout
        layout.prop(settings, "prompt", text="", text_ctxt=CONTEXT, placeholder="Prompt")
        _draw_count(layout, settings)
        layout.prop(settings, "contrast", text="", placeholder="A second prompt, if you like")
        _draw_model(split_column(layout), context, settings)
        layout.separator()
        _draw_build(layout, context, settings)
        _draw_message(layout, context)


def _draw_count(layout, settings):
    """How long the prompt is, and whether that is too long."""
    from ..film.direction import MAX_TOKENS

    count, most = counting.count(settings), MAX_TOKENS - max(1, settings.new_tokens)
    row = layout.row()
    row.alignment = "RIGHT"
    if count is None:
        row.label(text="")  # keeps its place while the tokenizer is being loaded
    else:
        row.active, row.alert = count > most, count > most
        text = _("{:d} tokens") if count <= most else _("{:d} tokens, at most {:d} fit")
        row.label(text=text.format(count, most), translate=False)


def _draw_model(layout, context, settings):
    """The choice of a model, and what is needed to get it here."""
    from ...inference.embedded import CHINESE, ENGLISH, is_chinese
    from ...inference.errors import ModelError

    layout.prop(settings, "model")
    if settings.model == ENGLISH and is_chinese(settings.prompt):
        button = layout.operator("wm.context_set_enum", text="Read Chinese with poems", icon="SHADERFX")
        button.data_path, button.value = "scene.transformer_cinema.model", CHINESE
    if settings.model == "FOLDER":
        layout.prop(settings, "model_folder")
    if settings.model == "HUB":
        layout.prop(settings, "model_name", placeholder="owner/name")
        if not settings.model_name.strip():
            return
    try:
        name = models.missing(settings)
    except ModelError as error:
        paragraph(layout, context, sentence(str(error)), "ERROR")
        return
    if name and not work.current():
        layout.operator("cinema.download_model", icon="IMPORT")
        layout.label(text=models.cost(name), translate=False)
        if not bpy.app.online_access:
            layout.operator("screen.userpref_show", text="Allow Online Access", icon="PREFERENCES").section = "SYSTEM"


def _draw_build(layout, context, settings):
    """The button; while something is being done, how far that is."""
    going = work.current()
    if going:
        row = layout.row(align=True)
        row.scale_y = 1.5
        text = f"{going.title} · {_(going.what)}"
        row.progress(factor=going.factor, text=text, type="BAR", translate=False)
        row.operator("cinema.stop", text="", icon="X")
        return
    row = layout.row()
    row.scale_y = 1.5
    row.operator("cinema.build_film", icon="RENDER_ANIMATION")
    from ..film import versions

    if versions.is_film(context.scene):
        column = layout.column(align=True)
        column.prop(settings, "replace")
        if settings.replace:
            column.prop(settings, "keep_materials")


def _draw_message(layout, context):
    """What came of the last piece of work, until it is dismissed."""
    message = work.message()
    if message:
        row = layout.box().row()
        paragraph(row, context, message.text, ICONS[message.kind])
        row.operator("cinema.dismiss", text="", icon="X", emboss=False)


CLASSES = (FilmPanel,)
