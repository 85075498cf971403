"""What a film is made from. Every scene has its own, so a film's scene remembers how it was made."""

import bpy
from bpy.props import BoolProperty, EnumProperty, FloatProperty, IntProperty, StringProperty

from .menus import languages, model_items
from .translations import CONTEXT

# Of film/acts, in order; named here because drawing the panel must not wait for the film to be imported.
ACTS = ("prologue", "embedding", "attention", "mlp", "stack", "unembedding", "loop")


def _fit_scene(settings, context):
    """A film's scene is rendered as its settings say, from the moment on that they are chosen."""
    from . import work
    from .film import ownership, versions
    from .film.errors import FilmError
    from .output.qualities import apply_quality

    scene = settings.id_data
    if versions.is_film(scene):
        try:
            with ownership.marking():
                apply_quality(scene, settings.quality, transparent=settings.transparent)
        except FilmError as error:
            work.say(work.explained(error))


def _fit_transparency(settings, context):
    """The same for what is left out of the picture; the size stays."""
    from . import handlers

    settings.id_data.render.film_transparent = settings.transparent
    handlers.fit_engine()


class FilmSettings(bpy.types.PropertyGroup):
    """Everything that a film is made from: Scene.transformer_cinema"""

    # --- what is read, by what ---------------------------------------------------------------------

    prompt: StringProperty(
        name="Prompt",
        description="The text that the model reads and continues",
        translation_context=CONTEXT,
        default="Once upon a time there was a",
    )
    contrast: StringProperty(
        name="Contrast",
        description="A second text that shares a word with the prompt: the film shows how the word's two vectors part. "
        "Leave it empty for a word and two texts that are known to show this",
        translation_context=CONTEXT,
    )
    model: EnumProperty(
        name="Model",
        description="The GPT-2 that reads the prompt and continues it",
        items=model_items,
    )
    model_name: StringProperty(
        name="Name",
        description="What the model hub calls the model: owner/name, or owner/name@revision",
    )
    model_folder: StringProperty(
        name="Folder",
        description="Folder with a GPT-2 checkpoint: config.json, model.safetensors, "
        "and tokenizer.json or vocab.json and merges.txt",
        subtype="DIR_PATH",
        options={"PATH_SUPPORTS_BLEND_RELATIVE"},
    )

    # --- how it goes on ----------------------------------------------------------------------------

    new_tokens: IntProperty(
        name="New Tokens",
        description="How many tokens the model writes after the prompt; 0 lets it write until the sentence ends, "
        "at most 16. The film shows each of them being chosen",
        default=0,
        min=0,
        max=16,
    )
    temperature: FloatProperty(
        name="Temperature",
        description="How random the choice of the next token is: 0 always takes the likeliest one, "
        "1 follows the model's probabilities, more evens them out",
        translation_context=CONTEXT,
        default=0.8,
        min=0.0,
        max=1000.0,
        soft_max=2.0,
        step=10,
        precision=2,
    )
    top_k: IntProperty(
        name="Top-K",
        description="Only this many of the likeliest tokens are allowed; 0 allows all",
        default=0,
        min=0,
        soft_max=100,
    )
    top_p: FloatProperty(
        name="Top-P",
        description="Only the likeliest tokens that together hold this probability are allowed; 1 allows all",
        default=1.0,
        min=0.01,
        max=1.0,
        step=5,
        precision=2,
    )
    seed: IntProperty(
        name="Seed",
        translation_context=CONTEXT,
        description="Seed of the random number generator that chooses the tokens. The same seed chooses the same "
        "tokens again",
        default=0,
        min=0,
    )

    # --- the acts, in order ------------------------------------------------------------------------

    prologue: BoolProperty(name="Prologue", description="The title, and the prompt as plain text", default=True)
    embedding: BoolProperty(
        name="Embedding", description="The prompt is cut into tokens, and each becomes a vector", default=True
    )
    attention: BoolProperty(
        name="Attention", description="One head close up, then all heads: tokens read from each other", default=True
    )
    mlp: BoolProperty(
        name="MLP", description="Neurons respond to each token separately, and promote words", default=True
    )
    stack: BoolProperty(
        name="All Layers",
        description="A flight through the layers, and what the model would say at each",
        translation_context=CONTEXT,
        default=True,
    )
    unembedding: BoolProperty(
        name="Unembedding", description="Probabilities of the next token, temperature, and the sampling", default=True
    )
    loop: BoolProperty(
        name="Loop", description="The sampled word joins the text, and the model reads it all again", default=True
    )
    focus_layer: IntProperty(
        name="Layer",
        description="The layer to stop at, counted from 1; 0 takes the one with the most selective head",
        default=0,
        min=0,
    )
    focus_head: IntProperty(
        name="Head",
        description="The head to emphasise, counted from 1; 0 takes the most selective one",
        translation_context=CONTEXT,
        default=0,
        min=0,
    )
    focus_token: IntProperty(
        name="Token",
        description="The prompt's token whose reading is followed, counted from 1; 0 takes the last one",
        default=0,
        min=0,
    )
    fade_sink: BoolProperty(
        name="Fade Sink",
        description="Dim the attention to the first token (the attention sink), where many heads rest",
        default=False,
    )
    image: StringProperty(
        name="Image",
        description="A picture that is cut into tokens, in the aside on other transformers. "
        "Leave empty for the built-in drawing",
        subtype="FILE_PATH",
        options={"PATH_SUPPORTS_BLEND_RELATIVE"},
    )
    audio: StringProperty(
        name="Audio",
        description="A .wav sound that is cut into tokens, in the aside on other transformers. "
        "Leave empty for the built-in sound of a bell",
        subtype="FILE_PATH",
        options={"PATH_SUPPORTS_BLEND_RELATIVE"},
    )

    # --- the look ----------------------------------------------------------------------------------

    theme: EnumProperty(
        name="Theme",
        description="Colours of the film",
        translation_context=CONTEXT,
        items=(
            ("dark", "Dark", "Light on a dark stage"),
            ("paper", "Paper", "Ink on a light ground, as for print"),
        ),
        default="dark",
    )
    form: EnumProperty(
        name="Format",
        description="Aspect ratio of the picture",
        translation_context=CONTEXT,
        items=(
            ("16:9", "16:9", "Landscape"),
            ("9:16", "9:16", "Portrait, for phones"),
            ("1:1", "1:1", "Square"),
        ),
        default="16:9",
    )
    language: EnumProperty(
        name="Captions",
        description="Language of the captions in the film",
        items=lambda settings, context: languages(bpy.app.translations.locale),
        default=4,
    )
    voice: EnumProperty(
        name="Voice",
        description="A synthetic voice that says the captions, which then stand until they are said. It is that of "
        "eSpeak NG, which must be installed on this machine",
        items=(
            ("NONE", "None", "Nobody speaks"),
            ("en", "English", "It speaks English"),
            ("zh", "中文", "It speaks Chinese"),
            ("de", "Deutsch", "It speaks German"),
        ),
        default="NONE",
    )
    title: StringProperty(
        name="Film Title",
        description="Title in the opening of the film. Leave empty for the usual one",
    )
    subtitle: StringProperty(
        name="Line Above",
        description="A small line above the title",
    )
    credit: StringProperty(
        name="Credit",
        description="Who made the film: stands at its end, in place of Transformer Cinema",
    )
    pace: FloatProperty(
        name="Pace",
        description="How fast the film goes: 2 is twice as fast",
        default=1.0,
        min=0.1,
        max=10.0,
        soft_min=0.5,
        soft_max=3.0,
        step=10,
        precision=2,
    )
    cut: EnumProperty(
        name="Cut",
        description="How much of the film is shown",
        translation_context=CONTEXT,
        items=(
            ("full", "Full", "All of the chosen acts"),
            ("short", "Short", "40 seconds for phones: opening, beams, the answer forming, the sampling"),
        ),
        default="full",
    )
    quality: EnumProperty(
        name="Quality",
        description="Engine and size of the rendered pictures. Choosing one sets the scene up for it; change its "
        "size or its engine afterwards as you like",
        items=(
            ("sketch", "Sketch", "Workbench, the short side 360 pixels: the fastest", 3),
            ("draft", "Draft", "Workbench, the short side 540 pixels: fast on any machine", 0),
            ("preview", "Preview", "EEVEE, the short side 540 pixels: needs a GPU", 1),
            ("final", "Final", "EEVEE, the short side 1080 pixels: needs a GPU", 2),
        ),
        default="draft",
        update=_fit_scene,
    )

    volume: FloatProperty(
        name="Volume",
        description="How loud this scene's film is: 1 as it was mixed, 0 silent",
        translation_context=CONTEXT,
        default=1.0,
        min=0.0,
        max=2.0,
        subtype="FACTOR",
        update=lambda settings, context: settings.take_volume(),
    )

    # --- what is done with it ----------------------------------------------------------------------

    replace: BoolProperty(
        name="Replace This Film",
        description="Build into this scene in place of its film. What you added to the scene stays. "
        "Otherwise the film gets a new scene",
        default=True,
    )
    keep_materials: BoolProperty(
        name="Keep Materials",
        description="Use the materials of this scene's film again, with your changes to them",
        default=False,
    )
    stills: StringProperty(
        name="Stills",
        description="Folder for the stills",
        default="//stills",
        subtype="DIR_PATH",
        options={"PATH_SUPPORTS_BLEND_RELATIVE"},
    )
    video: StringProperty(
        name="Video",
        description="File for the rendered film: .mp4 plays everywhere, .webm is for web pages, .mov for editing, "
        ".webp and .gif are small looped pictures for slides; with a / at its end, a folder of pictures",
        default="//film.mp4",
        subtype="FILE_PATH",
        options={"PATH_SUPPORTS_BLEND_RELATIVE"},
    )

    job: StringProperty(
        name="Farm Job",
        description="New folder for a job that a render farm can do",
        default="//farm-job",
        subtype="DIR_PATH",
        options={"PATH_SUPPORTS_BLEND_RELATIVE"},
    )
    transparent: BoolProperty(
        name="Transparent",
        description="Leave out the backdrop, to lay the film over something else; not in an .mp4 or .gif",
        default=False,
        update=_fit_transparency,
    )

    def take_volume(self):
        """Give the film's sound strips the volume."""
        from .film import soundtrack

        soundtrack.set_volume(self.id_data, self.volume)

    @property
    def acts(self):
        """The names of the acts to show, in order; of a short cut, those of its beats."""
        from .film.cuts import SHORT

        if self.cut == "short":
            return list(SHORT)
        return [act for act in ACTS if getattr(self, act)]

    def values(self):
        """{name: value} of everything."""
        return {name: getattr(self, name) for name in FilmSettings.__annotations__}

    def take(self, values):
        """The inverse of values()."""
        for name, value in values.items():
            setattr(self, name, value)


# What a film is rendered by, and where to; all others are what it is built from.
OF_OUTPUT = ("quality", "transparent", "stills", "video", "job", "replace", "keep_materials")
IN_FILM = tuple(name for name in FilmSettings.__annotations__ if name not in OF_OUTPUT)

CLASSES = (FilmSettings,)
