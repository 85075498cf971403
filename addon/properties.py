"""What a film is made from. Every scene has its own, so a film's scene remembers how it was made."""

import functools

import bpy
from bpy.props import EnumProperty, FloatProperty, IntProperty, StringProperty


@functools.cache  # Blender keeps no copy of these texts
def _models():
    """The models to choose from. Asked for when the panel is first drawn: enabling the extension loads no inference."""
    from ..inference.hub import KNOWN

    known = [
        (model.name, model.name, f"{model.n_parameters / 1e6:,.0f} million parameters, {model.licence}", number)
        for number, model in enumerate(KNOWN.values(), 1)
    ]
    return [
        ("storybook", "storybook", "The small model that comes with the extension; it learned from old tales", 0),
        *known,
        ("HUB", "By Name", "Any GPT-2 of the model hub, such as owner/name", 100),  # numbers are what files keep
        ("FOLDER", "From Folder", "A GPT-2 checkpoint on this machine", 101),
    ]


@functools.cache
def _languages():
    """The languages of the captions: those of film/texts/, in two at once, and none."""
    from .film.texts import ALL

    numbers = {"en": 0, "zh": 1}  # numbers are what files keep, so a new language must not shift them
    return [
        *(
            (code, language.name, f"Captions in {language.name}", numbers.get(code, int.from_bytes(code.encode()[:3])))
            for code, language in ALL.items()
        ),
        ("both", "English, 中文", "English captions with Chinese ones below", 2),
        ("none", "None", "No captions in the picture", 3),
    ]


class FilmSettings(bpy.types.PropertyGroup):
    """The prompt, the model and how it samples: Scene.transformer_cinema"""

    prompt: StringProperty(
        name="Prompt",
        description="The text that the model reads and continues",
        default="Once upon a time there was a",
    )
    model: EnumProperty(
        name="Model",
        description="The GPT-2 that reads the prompt and continues it",
        items=lambda settings, context: _models(),
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
    language: EnumProperty(
        name="Captions",
        description="Language of the captions in the film",
        items=lambda settings, context: _languages(),
        default=2,
    )
    form: EnumProperty(
        name="Format",
        description="Form of the picture",
        items=(
            ("16:9", "16:9", "Wide"),
            ("9:16", "9:16", "Upright, as for telephones"),
            ("1:1", "1:1", "Square"),
        ),
        default="16:9",
    )
    new_tokens: IntProperty(
        name="New Tokens",
        description="How many tokens the model writes after the prompt. The film shows each of them being chosen",
        default=4,
        min=1,
        max=16,
    )
    temperature: FloatProperty(
        name="Temperature",
        description="How daring the choice of the next token is: 0 always takes the likeliest one, "
        "1 follows the model's probabilities, more evens them out",
        default=0.8,
        min=0.0,
        max=1000.0,
        soft_max=2.0,
        step=10,
        precision=2,
    )
    seed: IntProperty(
        name="Seed",
        description="Start of the random numbers that choose the tokens. The same seed chooses the same tokens again",
        default=0,
        min=0,
    )
    summary: StringProperty(
        name="Film",
        description="What the film in this scene shows",
    )

    def copy_to(self, other):
        """Give other FilmSettings the same values."""
        for name in FilmSettings.__annotations__:
            setattr(other, name, getattr(self, name))


CLASS = FilmSettings
