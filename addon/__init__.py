"""Everything that touches bpy: the panel, the operator, and film/, which turns a recording into a scene.

Nothing is registered on import, and film/ and inference/ are only imported when a film is built: enabling the
extension must be quick.
"""


def register():
    import bpy

    from . import download, operators, panels, preferences, properties

    for module in (preferences, properties, operators, download, panels):
        bpy.utils.register_class(module.CLASS)
    bpy.types.Scene.transformer_cinema = bpy.props.PointerProperty(type=properties.CLASS)


def unregister():
    import bpy

    from . import download, operators, panels, preferences, properties

    download.stop()
    del bpy.types.Scene.transformer_cinema
    for module in (panels, download, operators, properties, preferences):
        bpy.utils.unregister_class(module.CLASS)
