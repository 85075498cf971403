"""What the inputs of the film's node groups are called, in words. Code knows each by a short name, such as Query.

No bpy in here. Names are chosen so that Blender's own dictionary, which comes first, has none of them.
"""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Input:
    """label: its name in Blender. least, most: between what it makes sense, if there are limits. directs: whether a
    user may want to turn it; the film sets the others once: where things stand, and what they are made from."""

    label: str
    description: str
    least: float | None = None
    most: float | None = None
    directs: bool = False


def _turned(label: str, description: str, least: float | None = 0.0, most: float | None = None) -> Input:
    return Input(label, description, least, most, directs=True)


# Names are those in code; "Group/Name" where a name means something else in one group.
INPUTS = {
    "Temperature": _turned("Softmax Temperature", "How evenly probabilities are spread; 1 is the model's own", 0.01),
    "Reveal": _turned("Revealed Part", "How much of it has come; of columns, how many"),
    "Shown": _turned("Shown Part", "How much of it has come, from 0 to 1"),
    "Rise": _turned("Risen Part", "How far it has grown, from 0 to 1"),
    "Grown": _turned("Grown Part", "How far it has grown, from 0 to 1"),
    "Light": _turned("Own Brightness", "0 is gone, 1 is its own colour"),
    "Layer": _turned("Layer, from 0", "Which layer is shown, counted from 0: captions count from 1"),
    "Query": _turned("Reader, from 0", "Which token reads, counted from 0"),
    "Only": _turned("Reader Alone", "How far beams of other reading tokens are left out, from 0 to 1", 0.0, 1.0),
    "Others": _turned("Other Heads", "How far the other heads show beside the emphasised one, from 0 to 1", 0.0, 1.0),
    "Least": _turned("Least Weight", "Attention weights below this are left out", 0.0, 1.0),
    "Every": _turned("One Layer in", "How many layers lie between two that are shown", 1.0),
    "Trail": _turned("Layers Behind", "How many earlier layers stay visible"),
    "Fan": _turned("Fan of Heads", "How far the heads have gone to places of their own", 0.0, 1.0),
    "Unread": _turned("Dim Readers", "How far all but the token that is reading are dim, from 0 to 1", 0.0, 1.0),
    "Front": _turned("Passing Light", "How far a light has come through the layers, in metres", None),
    "Even": _turned("Heads Alike", "How far other heads are drawn as the emphasised one, from 0 to 1", 0.0, 1.0),
    "Pulse": _turned("Light Pulse", "Where the pulse of light is on its way along the beams", None),
    "Fade Sink": _turned("Fade Sink", "How far attention to the first token is dimmed, from 0 to 1", 0.0, 1.0),
    "Mask": _turned("Score Mask", "How far scores of later tokens are covered, from 0 to 1", 0.0, 1.0),
    "Softmax": _turned("Softmax", "From scores, 0, to shares, 1", 0.0, 1.0),
    "Own": _turned("Followed Row", "From scores, 0, to shares, 1, in the row that is followed", 0.0, 1.0),
    "Colour": _turned("Coloured Part", "How much of it has its colours, from 0 to 1"),
    "Fire": _turned("Lit Neurons", "How far neurons show their activations, from 0 to 1"),
    "Asked": _turned("Questions Asked", "How many of the neurons have been asked"),
    "Voted": _turned("Answers Given", "How many of the neurons show what they push"),
    "Spot": _turned("Column in the Light", "Which column is in the light, counted from 0; -1 for none", -1.0),
    "Second Spot": _turned("Second Column in the Light", "Another column in the light, counted from 0", -1.0),
    "Ambient": _turned("Light Around", "How light everything else is"),
    "Settled": _turned("Finished Columns", "How many columns are through all layers, and stay as they are"),
    "Solo": _turned("Last Column Alone", "How far the other columns have left, from 0 to 1"),
    "Sweep": _turned("Swept Part", "How far the light has swept"),
    "Strength": _turned("Floor Reflection", "How strongly it is mirrored in the floor"),
    "Pointer": _turned("Pointer Place", "Where the pointer stands on the strip, from 0 to 1", None),
    "Dive": _turned("Dive", "How near the sampled sliver has come, from 0 to 1"),
    "Gold": _turned("Gold Light", "How far what was chosen is gold; of a typed line, where the gold letters begin"),
    "Tint": _turned("Text Colour", "Colour of the letters"),
    "Glow": _turned("Glow", "Colour of the light in the middle, or how strongly it shines"),
    "Edge": _turned("Backdrop Rim", "Colour of the backdrop at its rim"),
    "Text": _turned("Written Text", "What is written"),
    "Size": _turned("Size", "Size of letters or cells"),
    "Focus": _turned("Gold of the Cube", "How far the cube is gold, from 0 to 1"),
    "Bend": _turned("Arc Part", "From bars on the tile's line, 0, to arcs, 1", 0.0, 1.0),
    "Roll": _turned("Rolled Figures", "From the figures of one vector to those of the next: 0, 1, 2"),
    "Slot": _turned("Place in the Stream", "After how many half layers its numbers are shown"),
    "Checkpoint": _turned("Half Layer, from 0", "After how many half layers its answers are shown"),
    "At": _turned("Place on the Way", "At which layer it stands, counted from 0", None),
    "Equal": _turned("Equals Sign", "From two needles, 0, to an equals sign, 1", 0.0, 1.0),
    "Weigh": _turned("Weighted Part", "How far values are multiplied by their weights, from 0 to 1"),
    "Travel": _turned("Copies on the Way", "How many copies have come to the reading token"),
    "Heads": _turned("Results of Other Heads", "How many of them are shown, from 0 to 1"),
    "Join": _turned("Joined Part", "How far the results of the heads are in one line, from 0 to 1"),
    "Gone": _turned("Gone Part", "How far it has left, from 0 to 1"),
    "Gather": _turned("Gathered Part", "How far neurons are back in their places on the panel, from 0 to 1"),
    "Back": _turned("Front of the Threads", "How far the threads have come, from 0 to 1"),
    "Drain": _turned("End of the Threads", "How far their ends have followed, from 0 to 1"),
    "Fold": _turned("Folded Part", "How far the row has become a column, from 0 to 1"),
    "Apart": _turned("Parted", "How far the parts stand apart, from 0 to 1"),
    "Fly": _turned("Flown Part", "How far bars have come from the wall, from 0 to 1"),
    "Lay": _turned("Laid Part", "How far bars lie in the strip, from 0 to 1"),
    "Chosen": _turned("Chosen Bar, from 0", "Which bar is gold, counted from 0; -1 for none", -1.0),
    "Step": _turned("New Word, from 0", "For which new word the probabilities are, counted from 0"),
    "Row": _turned("Lit Row, from 0", "Which row is in the light, counted from 0; below 0 there is none", -1.0),
    "Numbers": _turned("Size of Percentages", "How large the percentages are, from 0 to 1"),
    "Run": _turned("Run Part", "How far the strands have run, from 0 to 1"),
    "Key": _turned("Read Token, from 0", "Which token is read, counted from 0"),
    "Sum": _turned("Added Products", "How many products have been added"),
    "Divided": _turned("Divided Part", "How far the division is shown, from 0 to 1"),
    "Counted": _turned("Counted Neurons", "How many of the neurons have been counted"),
    "Typed": _turned("Typed Letters", "How many letters have been typed"),
    "Letters": _turned("Shown Letters", "How many letters are shown, or how large figures are, from 0 to 1"),
    "Opening": Input("Letters of the Prompt", "How many of the letters are the prompt's, blanks counted", 0.0),
    "Read": Input("Letters with Full Light", "How many of the letters have all their light, blanks counted", 0.0),
    "Opening light": _turned("Prompt Brightness", "How bright the prompt's letters are, from 0 to 1"),
    "Blank": _turned("Gap Brightness", "How bright the gap after the text is, from 0 to 1"),
    "Reach": _turned("Rays that Arrived", "How many rays have reached the table"),
    "Up": _turned("Pulse Upward", "Where the pulse to the neurons is on its way, from 0 to 1", None),
    "Down": _turned("Pulse Downward", "Where the pulse from the neurons is on its way, from 0 to 1", None),
    "Come": _turned("Arrived Part", "How far it has come to its place, from 0 to 1"),
    "Fall": _turned("Fallen Part", "How far it has sunk into the ground, from 0 to 1"),
    "Lowered": _turned("Lowered Part", "How far the walls have come down to the height of the vectors, from 0 to 1"),
    "Twins": _turned("Rays of Equal Tokens", "How far only rays of a token that stands twice are lit, from 0 to 1"),
    "Spot X": _turned("Lit Column Moved by X", "How far the column in the light has stepped aside, in metres", None),
    "Second X": _turned("Second Lit Column Moved by X", "How far that column has stepped aside, in metres", None),
    "Vector Away": _turned("Departed Vector", "How far the vector has left, from 0 to 1"),
    "Result Away": _turned("Departed Result", "How far the result has left, from 0 to 1"),
    "Name": Input("Written Name", "What is written beside it"),
    "Word": Input("Pushed Word", "The word whose logit is counted"),
    "Bar words/Letters": Input("Letters per Word", "How many letters each word has, with blanks before it"),
    "Rail": Input("Line Below", "How far the line under the row that is followed has grown, from 0 to 1"),
    "Rail X": Input("Line at X", "Where the bars begin that become arcs, in metres"),
    "Rail Y": Input("Line at Y", "Where the bars are that become arcs, in metres"),
    "Rail Z": Input("Line at Z", "Where the bars are that become arcs, in metres"),
    "Rail Half": Input("Half Bar Height", "Half the height of the bars that become arcs, in metres"),
    "Rail Length": Input("Line Length", "How long all bars are together, in metres"),
    "Base": Input("Foot Height", "At which height it begins, in metres"),
    "First": Input("First Token, from 0", "The first token that has a panel, counted from 0"),
    "Count": Input("Token Count", "How many tokens are shown"),
    "Depth": Input("Depth Offset", "How far behind its place it stands, in metres"),
    "Shift X": Input("Moved by X", "How far from its place it stands, in metres"),
    "Shift Y": Input("Moved by Y", "How far from its place it stands, in metres"),
    "Shift Z": Input("Moved by Z", "How far from its place it stands, in metres"),
    "Scale": Input("Cell Scale", "How large cells and their distances are; 1 is as in the rest of the film"),
    "Passed": Input("Passed Part", "Up to which height the cells have left, from 0 to 1"),
    "Wall/Scale": Input("Value of Full Colour", "Values of this size and larger ones have the full colour"),
    "Wall row/Scale": Input("Value of Full Colour", "Values of this size and larger ones have the full colour"),
    "Rows": Input("Row Count", "How many rows the matrix has on its wall"),
    "Columns": Input("Column Count", "How many columns the matrix has on its wall"),
    "Along": Input("Length of All Rows", "How long the rows are together, in metres"),
    "Across": Input("Length of a Row", "How long a row is, in metres"),
    "Upright": Input("Upright Rows", "1 if rows of the matrix stand upright", 0.0, 1.0),
    "Out": Input("Distance to the Wall", "How far the row has come out of the wall, in metres"),
    "Before": Input("Least Distance to the Wall", "How far the row is before the wall at least, in metres"),
    "High": Input("Height of the Row", "How high the row is, in metres"),
    "Outline": Input("Outline Breadth", "How broad the outline is, in metres"),
    "Logits": Input("Table of Logits", "The object with the logits of all tokens"),
    "Candidates": Input("Table of Candidates", "The object with the tokens that have a bar"),
    "Vocabulary": Input("Vocabulary Size", "How many tokens the model knows"),
    "Words": Input("All Words", "The words of all bars, one after another"),
    "Length": Input("Length at 1", "How long a bar of the probability 1 is, in metres"),
    "Flow": _turned("Flown Cells", "How far the cells have come from their columns, from 0 to 1"),
    "Value": Input("Marked Probability", "The probability that a line of the scale stands at"),
    "Bar tick/Apart": Input("Distance of Marks", "How far apart lines like this one are, as a probability"),
    "Residual rails/Length": Input("Lines' Length", "How long the lines are, in metres"),
    "Strip Width": Input("Length of the Strip", "How long the strip is, in metres"),
    "Strip X": Input("Strip at X", "Where the strip begins, in metres"),
    "Strip Z": Input("Strip at Z", "At which height the strip is, in metres"),
    "Width": Input("Strip's Length", "How long the strip is, in metres"),
    "Random": Input("Place before the Pointer", "What is added to the pointer's place, so that small parts stay exact"),
    "Most": Input("Largest Zoom", "How many times the strip is magnified at last"),
    "Cut": Input("Left Edge", "Letters to the left of this are left out"),
    "Room": Input("Right Edge", "Where the gap after the text ends at the latest, in metres"),
    "Of": Input("Mirrored Object", "The object that is mirrored in the floor"),
    "Bars": Input("Points of the Bars", "The bars whose percentages are written"),
    "Percentage/Rows": Input("Points of the Candidates", "The tokens that have a bar"),
    "Entry": Input("Place in the Table", "Which candidate it is, of all new words"),
    "Index": Input("Bar, from 0", "Which bar it is, counted from 0"),
    "Longest": Input("Longest Bar", "At longer bars the percentage stands on the bar"),
    "Text {:d}": Input("Text {:d}", "What is written"),
    "Word {:d}": Input("Word {:d}", "What is written"),
}
NUMBERED = re.compile(r"(Text|Word) (\d+)")
_SHORT = {known.label: name.rpartition("/")[2] for name, known in INPUTS.items()}


def find(name: str, group: str = "") -> Input | None:
    """The input of a name in code; None for one that has no words yet, which is shown as it is."""
    if number := NUMBERED.fullmatch(name):
        known = INPUTS[f"{number[1]} {{:d}}"]
        return Input(known.label.format(int(number[2])), known.description)
    return INPUTS.get(f"{group}/{name}") or INPUTS.get(name)


def short(label: str) -> str:
    """The name in code of an input that is called so in Blender, by earlier versions of this, too."""
    return _SHORT.get(label, label)


def in_words(name: str) -> str:
    """A name in code as it is called in Blender."""
    known = find(name)
    return known.label if known else name
