"""The first panel: the prompt, the model, and the button that builds the film."""

import bpy

from .. import counting, models, presets, work
from ..operators.building import BUILT_FROM, changed_since_built
from ..translations import CONTEXT, sentence
from .common import OUTPUT, Sidebar, draw_message, paragraph, progress, split_column

_ = bpy.app.translations.pgettext_iface


class FilmPanel(Sidebar, bpy.types.Panel):
    """From a prompt to a film"""

    bl_idname = "CINEMA_PT_film"
    bl_label = "Transformer Cinema"

    def draw_header_preset(self, context):
        presets.CINEMA_PT_film_presets.draw_panel_header(self.layout)

    def draw(self, context):
        settings, layout = context.scene.transformer_cinema, self.layout
        _draw_count(layout, settings)
        layout.prop(settings, "prompt", text="", text_ctxt=CONTEXT, placeholder="Prompt")
        row = layout.row()
        row.active = settings.cut != "short" and settings.attention  # nowhere else is it shown
        row.prop(settings, "contrast", text="", placeholder="Contrast: a second prompt, if you like")
        missing = _draw_model(split_column(layout), context, settings)
        _draw_script(layout, context, settings)
        layout.separator()
        _draw_build(layout, context, settings, missing)
        _draw_state(layout, context)


def _draw_count(layout, settings):
    """The prompt's label, how long it is, and whether that is too long."""
    from ..film.direction import MAX_TOKENS

    count, most = counting.count(settings), MAX_TOKENS - max(1, settings.new_tokens)
    row = layout.row()
    row.label(text="Prompt", text_ctxt=CONTEXT)
    right = row.row()
    right.alignment = "RIGHT"
    if count is None:
        right.label(text="")  # keeps its place while the tokens are being counted
    else:
        right.active, right.alert = count > most, count > most
        text = _("{:d} tokens") if count <= most else _("{:d} tokens, at most {:d} fit")
        right.label(text=text.format(count, most), translate=False)


def _draw_model(layout, context, settings):
    """The choice of a model, and what is needed to get it here -> whether it isn't here."""
    from ...inference.errors import ModelError

    layout.prop(settings, "model")
    if settings.model == "FOLDER":
        layout.prop(settings, "model_folder")
    if settings.model == "HUB":
        layout.prop(settings, "model_name", placeholder="owner/name")
        if not settings.model_name.strip():
            return True
    try:
        found = models.whereabouts(settings)
    except ModelError as error:
        paragraph(layout, context, sentence(str(error)), "ERROR")
        return True
    if not found or not found.missing:
        return False
    column = layout.column()
    column.enabled = not work.current()
    column.operator("cinema.download_model", icon="IMPORT")
    column.label(text=models.cost(found.missing), translate=False)
    if not bpy.app.online_access:
        column.operator("screen.userpref_show", text="Allow Online Access", icon="PREFERENCES").section = "SYSTEM"
    return True


def _draw_script(layout, context, settings):
    """What to do where the model doesn't know the prompt's script."""
    from ...inference.embedded import CHINESE, ENGLISH, is_chinese
    from ..film.lines import is_right_to_left

    if settings.model == ENGLISH and is_chinese(settings.prompt):
        button = layout.operator("wm.context_set_enum", text="Read Chinese with poems", icon="SHADERFX")
        button.data_path, button.value = "scene.transformer_cinema.model", CHINESE
    foreign = any(letter.isalpha() and letter > "\u024f" for letter in settings.prompt)
    if foreign and (settings.model == ENGLISH or settings.model in ENGLISH_ONLY):
        text = _("{:s} knows English only: other scripts are cut into bytes").format(settings.model)
        paragraph(layout, context, text, "INFO")
    if is_right_to_left(settings.prompt):
        text = _("Blender writes right-to-left scripts from left to right, their letters not joined")
        paragraph(layout, context, text, "INFO")


ENGLISH_ONLY = ("distilgpt2", "gpt2", "gpt2-medium", "gpt2-large", "gpt2-xl")


def _draw_build(layout, context, settings, missing):
    """The button; while something is being done, how far that is. Nothing moves when it begins or ends."""
    going = work.current()
    row = layout.row(align=True)
    row.scale_y = 1.5
    if going and work.about() not in OUTPUT:
        progress(row, going)
    else:
        row.enabled = not missing
        row.operator("cinema.build_film", icon="RENDER_ANIMATION")
    from ..film import versions

    if versions.is_film(context.scene):
        column = layout.column(align=True)
        column.enabled = not going
        column.prop(settings, "replace")
        materials = column.row()
        materials.active = settings.replace
        materials.prop(settings, "keep_materials")


def _draw_state(layout, context):
    """What came of the last task, until it is dismissed; else how the film stands. One line is always there."""
    from ..film import versions

    row = layout.box().row()
    if work.message() and work.about() not in OUTPUT:
        draw_message(row, context)
    elif not versions.is_film(context.scene):
        row.label(text="No film in this scene yet", icon="INFO")
    elif BUILT_FROM not in context.scene.keys():
        row.label(text="There is a film in this scene", icon="CHECKMARK")
    elif changed_since_built(context.scene):
        row.label(text="Settings changed since it was built", icon="INFO")
    else:
        row.label(text="The film matches the settings", icon="CHECKMARK")


CLASSES = (FilmPanel,)
