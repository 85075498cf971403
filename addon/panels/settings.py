"""Panels below the first one: how the text goes on, the acts, the look."""

import bpy

from ..properties import ACTS
from .common import Sidebar, split_column
from .prompt import FilmPanel


class SamplingPanel(Sidebar, bpy.types.Panel):
    """How the model continues the prompt"""

    bl_idname = "CINEMA_PT_sampling"
    bl_label = "Sampling"
    bl_parent_id = FilmPanel.bl_idname
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context):
        settings, column = context.scene.transformer_cinema, split_column(self.layout)
        column.prop(settings, "new_tokens")
        column.prop(settings, "temperature")
        choice = column.column(align=True)
        choice.active = settings.temperature > 0
        choice.prop(settings, "top_k")
        choice.prop(settings, "top_p")
        choice.prop(settings, "seed")


class ActsPanel(Sidebar, bpy.types.Panel):
    """What the film shows, in order"""

    bl_idname = "CINEMA_PT_acts"
    bl_label = "Acts"
    bl_parent_id = FilmPanel.bl_idname
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context):
        settings = context.scene.transformer_cinema
        details = {"embedding": _draw_embedding, "attention": _draw_attention}
        for act in ACTS:
            if act not in details:
                row = self.layout.row()
                row.label(icon="BLANK1")
                row.prop(settings, act)
                continue
            header, body = self.layout.panel(f"cinema_{act}", default_closed=True)
            header.prop(settings, act)
            if body:
                column = split_column(body)
                column.active = getattr(settings, act)
                details[act](column, settings)


def _draw_embedding(layout, settings):
    layout.prop(settings, "image", placeholder="Built-in drawing")
    layout.prop(settings, "audio", placeholder="Built-in sound")


def _draw_attention(layout, settings):
    column = layout.column(align=True)
    for name in ("focus_layer", "focus_head", "focus_token"):
        row = column.row(align=True)
        row.prop(settings, name)
        if not getattr(settings, name):
            row.label(text="Auto")
    layout.prop(settings, "fade_sink")


class LookPanel(Sidebar, bpy.types.Panel):
    """How the film looks"""

    bl_idname = "CINEMA_PT_look"
    bl_label = "Film Look"
    bl_parent_id = FilmPanel.bl_idname
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context):
        from ..film import versions

        settings, column = context.scene.transformer_cinema, split_column(self.layout)
        column.row().prop(settings, "theme", expand=True)
        column.row().prop(settings, "form", expand=True)
        column.prop(settings, "language")
        column.prop(settings, "voice")
        column.prop(settings, "cut")
        column.prop(settings, "pace")
        _draw_titles(column.column(align=True), settings)
        if not versions.is_film(context.scene):  # else it stands in Output
            column.prop(settings, "quality")


def _draw_titles(layout, settings):
    """The film's own words, and what stands there without them."""
    from ..film.texts import OwnTexts, chosen

    language = chosen(settings.language, settings.prompt, bpy.app.translations.locale)
    above, title = OwnTexts(title=settings.title).opening(language)
    layout.prop(settings, "title", placeholder=title)
    layout.prop(settings, "subtitle", placeholder=above)
    layout.prop(settings, "credit", placeholder="The usual one")


CLASSES = (SamplingPanel, ActsPanel, LookPanel)
