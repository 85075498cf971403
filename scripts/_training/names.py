"""Stories with other names: what a name is can't be known by heart then, only be read in the text.

Copies of a story under made-up names are how a small model learns to look back for what came before (induction heads;
Olsson et al. 2022, In-context Learning and Induction Heads).
"""

import random
import re

OFTEN = 3  # times that a word must be there to count as a name
INSIDE = re.compile(r"(?<=[a-z,;] )[A-Z][a-z]{2,}\b")  # a word with a capital that begins no sentence
TITLES = {"Miss", "Mrs", "Sir"}
WORD = re.compile(r"\b[A-Z][a-z]{2,}\b")
BEGINNINGS = "B D F G H J K L M N P R S T V W Z Br Dr Fl Gr Kl Tr".split()
MIDDLES = "a e i o u".split()
JOINTS = "b d f l ll m mm n nd nn p r rr s t tt v z".split()
ENDINGS = "a o i el en in or us ik an".split()


def names_in(text: str) -> list[str]:
    """The words of a text that are names: capital letters inside sentences, and hardly ever small ones."""
    found = INSIDE.findall(text)
    often = sorted({word for word in found if found.count(word) >= OFTEN} - TITLES)
    small = re.findall(r"\b[a-z]+\b", text)
    return [word for word in often if small.count(word.lower()) * 10 < found.count(word)]


def made_up(chance: random.Random) -> str:
    """A name that nobody has, like Tabbo or Grendin."""
    return "".join(chance.choice(part) for part in (BEGINNINGS, MIDDLES, JOINTS, ENDINGS))


def renamed(text: str, chance: random.Random) -> str:
    """A text in which every name is another one, the same wherever it comes."""
    others = {name: made_up(chance) for name in names_in(text)}
    return WORD.sub(lambda match: others.get(match[0], match[0]), text)
