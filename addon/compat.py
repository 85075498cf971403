"""The only file that knows which Blender it runs in: 4.5 LTS or 5.x."""

import bpy

from . import inputs

VERSION = list(bpy.app.version[:2])
BLENDER_5 = bpy.app.version >= (5, 0, 0)
EEVEE = "BLENDER_EEVEE" if BLENDER_5 else "BLENDER_EEVEE_NEXT"
WORKBENCH = "BLENDER_WORKBENCH"


# --- Geometry Nodes modifier inputs, by their names in code (inputs.py) --------------------------


def input_names(tree):
    """{name in code of a node group's input: its identifier}, of all that a modifier has a value for."""
    items = [item for item in tree.interface.items_tree if item.item_type == "SOCKET" and item.in_out == "INPUT"]
    return {inputs.short(item.name): item.identifier for item in items if item.socket_type != "NodeSocketGeometry"}


def _identifier(modifier, name):
    for item in modifier.node_group.interface.items_tree:
        if item.item_type == "SOCKET" and item.in_out == "INPUT" and inputs.short(item.name) == name:
            return item.identifier
    raise KeyError(f"{modifier.node_group.name} has no input named {name}")


def set_input(modifier, name, value):
    """Set the modifier's input called `name`. The value must have the input's exact Python type."""
    identifier = _identifier(modifier, name)
    if BLENDER_5:
        getattr(modifier.properties.inputs, identifier).value = value
    else:
        modifier[identifier] = value
    modifier.id_data.update_tag()


def get_input(modifier, name):
    """The input's value now; at a frame, after `scene.frame_set`."""
    return input_value(modifier, _identifier(modifier, name))


def input_value(modifier, identifier):
    """As get_input, by the input's identifier: quicker for who asks often."""
    return getattr(modifier.properties.inputs, identifier).value if BLENDER_5 else modifier[identifier]


def input_path(modifier, name):
    """The F-curve data path of the input called `name`, from the object that owns the modifier."""
    return value_path(modifier, _identifier(modifier, name))


def value_path(modifier, identifier):
    """As input_path, by the input's identifier."""
    if BLENDER_5:
        return f'modifiers["{modifier.name}"].properties.inputs.{identifier}.value'
    return f'modifiers["{modifier.name}"]["{identifier}"]'


def draw_input(layout, modifier, name, **options):
    """Draw the modifier's input called `name` in a row, with the dot to key it by; options: as of UILayout.prop."""
    identifier, row = _identifier(modifier, name), layout.row(align=True)
    of = getattr(modifier.properties.inputs, identifier) if BLENDER_5 else modifier
    path = "value" if BLENDER_5 else f'["{identifier}"]'
    row.prop(of, path, **options)
    row.prop_decorator(of, path)


def set_menu(node, name, attribute, value):
    """Choose `value` (its name in the interface) of a node's mode: a socket in 5.x, a property in 4.5."""
    if BLENDER_5:
        node.inputs[name].default_value = value
    else:
        setattr(node, attribute, value.upper().replace(" ", "_"))


def fill_overlaps(node):
    """Let a Fill Curve node fill letters whose strokes overlap; 4.5 can't, and has another font for that reason."""
    if BLENDER_5:
        node.inputs["Fill Rule"].default_value = "Non-Zero"


def set_font(node, font):
    """The font of a String to Curves node."""
    if BLENDER_5:
        node.inputs["Font"].default_value = font
    else:
        node.font = font


# --- Animation -----------------------------------------------------------------------------------


def curves_of(action):
    """All F-curves of an action."""
    bags = [bag for layer in action.layers for strip in layer.strips for bag in strip.channelbags]
    return [curve for bag in bags for curve in bag.fcurves]


# --- Node trees of materials, worlds and the compositor ------------------------------------------


def shader_tree(owner):
    """The emptied shader node tree of a new material or world."""
    if not BLENDER_5:
        owner.use_nodes = True
    owner.node_tree.nodes.clear()
    return owner.node_tree


def compositor_of(scene):
    """The scene's compositor, or None where it has none, or one without nodes."""
    tree = scene.compositing_node_group if BLENDER_5 else scene.node_tree if scene.use_nodes else None
    return tree if tree and len(tree.nodes) else None


def compositor_tree(scene, name):
    """An empty compositor of the scene -> (tree, the socket that takes the finished image)."""
    if BLENDER_5:
        old = scene.compositing_node_group
        if old and old.name.startswith(name):
            bpy.data.node_groups.remove(old)
        tree = bpy.data.node_groups.new(name, "CompositorNodeTree")
        scene.compositing_node_group = tree
        tree.interface.new_socket("Image", in_out="OUTPUT", socket_type="NodeSocketColor")
        return tree, tree.nodes.new("NodeGroupOutput").inputs[0]
    scene.use_nodes = True
    scene.node_tree.nodes.clear()
    return scene.node_tree, scene.node_tree.nodes.new("CompositorNodeComposite").inputs["Image"]


def alpha_over(tree):
    """A compositor node that lays one image over another -> (node, below socket, above socket)."""
    node = tree.nodes.new("CompositorNodeAlphaOver")
    if BLENDER_5:
        return node, node.inputs["Background"], node.inputs["Foreground"]
    images = [socket for socket in node.inputs if socket.name == "Image"]
    return node, images[0], images[1]


# --- Output --------------------------------------------------------------------------------------


def use_png(image_settings, alpha=False):
    """PNG pictures of 8 bits a channel."""
    use_image(image_settings, "PNG")
    image_settings.color_mode, image_settings.color_depth = "RGBA" if alpha else "RGB", "8"


def use_image(image_settings, file_format):
    """Pictures of a kind such as PNG, in RGB."""
    if BLENDER_5:
        image_settings.media_type = "IMAGE"
    image_settings.file_format = file_format
    image_settings.color_mode = "RGB"


AUDIO = {"MPEG4": "AAC", "QUICKTIME": "AAC", "WEBM": "OPUS"}  # container -> codec of its sound


def use_video(render, container, codec, alpha=False, sound=False, quick=False):
    """Video by FFmpeg, in a container such as MPEG4 and a codec such as H264; a key picture a second. quick: H264 in
    half the time, as large, and a little less exact."""
    image, ffmpeg = render.image_settings, render.ffmpeg
    if BLENDER_5:
        image.media_type = "VIDEO"
    image.file_format = "FFMPEG"
    ffmpeg.format = container
    if codec == "PRORES" and not BLENDER_5:  # which 4.5 doesn't have
        codec = "QTRLE"  # lossless, of any size
    ffmpeg.codec = codec
    if codec == "PRORES":
        ffmpeg.ffmpeg_prores_profile = "4444" if alpha else "422_HQ"
    image.color_mode = "RGBA" if alpha else "RGB"
    ffmpeg.constant_rate_factor, ffmpeg.ffmpeg_preset = (
        ("MEDIUM", "REALTIME") if quick and codec == "H264" else ("HIGH", "GOOD")
    )
    ffmpeg.gopsize = render.fps
    ffmpeg.audio_codec = AUDIO[container] if sound else "NONE"
    ffmpeg.audio_mixrate, ffmpeg.audio_channels, ffmpeg.audio_bitrate = 48_000, "STEREO", 192


def strip_frames(strip):
    """The first frame at which a strip is heard or seen, and the first one after it."""
    if hasattr(strip, "left_handle"):  # what 5.x calls them, and will drop the other names for
        return strip.left_handle, strip.right_handle
    return strip.frame_final_start, strip.frame_final_end


BUILT_IN_FONT_SIZE = 0.83  # Blender's own font is wider than Inter; at this factor they match


def latin_font():
    """File name of the bundled Latin font, or None: 4.5 fills Inter wrongly where strokes overlap."""
    return "Inter.woff2" if BLENDER_5 else None
