"""What menus of the panel offer: models and languages.

Files keep the numbers of their items: a new one must not shift others.
"""

import functools
import zlib

import bpy

_ = bpy.app.translations.pgettext_tip


@functools.cache  # Blender keeps no copy of these texts
def models(locale, here=()):
    """The models to choose from. Asked for when the panel is first drawn: enabling the extension loads no inference.

    here: the names of those that were downloaded. Numbers are what files keep.
    """
    from ..inference.hub import KNOWN

    known = [
        (
            model.name,
            model.name if model.name in here else f"{model.name} · {model.n_bytes / 1e6:,.0f} MB",
            _parameters(model),
            "CHECKMARK" if model.name in here else "IMPORT",
            number,
        )
        for number, model in enumerate(KNOWN.values(), 1)
    ]
    inside = "The small model that comes with the extension; it learned from stories for children"
    poems = "The small Chinese model that comes with the extension; it learned from old poems"
    return [
        ("storybook", "storybook", inside, "CHECKMARK", 0),
        ("poems", "poems", poems, "CHECKMARK", 102),
        *known,
        ("HUB", "By Name", "Any GPT-2 of the model hub, such as owner/name", "URL", 100),
        ("FOLDER", "From Folder", "A GPT-2 checkpoint on this machine", "FILE_FOLDER", 101),
    ]


def model_items(settings, context):
    from .models import here

    return models(bpy.app.translations.locale, here())


def _parameters(model):
    millions, wan = (f"{model.n_parameters / unit:,.0f}" for unit in (1e6, 1e4))  # Chinese counts in ten thousands
    return _("{millions} million parameters, {licence}").format(millions=millions, wan=wan, licence=model.licence)


def language_numbers(codes):
    """{code of a language: its number in files}, each another one whatever codes there are, such as pt_BR and pt_PT.

    They depend on the code alone (but where two long ones fall together), so a new language shifts none.
    """
    numbers = {"en": 0, "zh": 1}
    for code in sorted(set(codes) - set(numbers)):
        short = int.from_bytes(code.encode()) if len(code.encode()) <= 3 else 0
        number = short or 2**24 + zlib.crc32(code.encode()) % 2**30
        while number in numbers.values():
            number += 1
        numbers[code] = number
    return numbers


@functools.cache
def languages(locale):
    """The languages of the captions: those of film/texts/, in two at once, and none."""
    from .film.texts import ALL

    numbers = language_numbers(ALL)
    return [
        *(
            (
                code,
                language.name,
                _("Captions in {:s}").format(language.name),
                numbers[code],
            )
            for code, language in ALL.items()
        ),
        ("auto", "Automatic", "Chinese for a Chinese prompt or system, else the system's language or English", 4),
        ("both", "English, 中文", "English captions with Chinese ones below", 2),
        ("none", "None", "No captions in the picture", 3),
    ]
