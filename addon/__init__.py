"""Everything that touches bpy: panels, operators, and film/, which turns a recording into a scene.

Nothing is registered on import, and film/ and inference/ are only imported when the panel is drawn or a film is built:
enabling the extension must be quick.
"""


def register():
    import bpy

    from . import handlers, manual, panels, presets, properties, translations, work

    for cls in _classes():
        if cls.__doc__ and not hasattr(cls, "bl_description"):
            cls.bl_description = " ".join(cls.__doc__.split())  # in one line, as translations know it
        if issubclass(cls, bpy.types.Operator):
            cls.bl_translation_context = translations.CONTEXT  # Blender's own dictionary takes Back for Backward
        bpy.utils.register_class(cls)
    bpy.types.Scene.transformer_cinema = bpy.props.PointerProperty(type=properties.FilmSettings)
    bpy.utils.register_manual_map(manual.pages)
    for module in (translations, presets, panels, handlers, work):
        module.register()


def unregister():
    import bpy

    from . import counting, handlers, lookups, manual, panels, presets, translations, work

    work.stop(wait=True)
    work.dismiss()
    counting.forget()
    lookups.forget()
    for module in (work, handlers, panels, presets, translations):
        module.unregister()
    bpy.utils.unregister_manual_map(manual.pages)
    del bpy.types.Scene.transformer_cinema
    for cls in reversed(_classes()):
        bpy.utils.unregister_class(cls)


def _classes():
    """Each after those that it refers to."""
    from . import operators, panels, preferences, presets, properties

    modules = (preferences, properties, operators, presets, panels)
    return [cls for module in modules for cls in module.CLASSES]
