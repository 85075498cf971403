"""One check for each kind of thing in the film that shows numbers of the model.

A check is a function (actor, evidence, report, picture): it measures what is drawn of an actor, takes the same numbers
from the evidence, and gives both to the report. A new kind of actor says what it shows with film.evidence.mark() where
it is made, and gets a line here.
"""

from . import attention, columns, digits, neurons, probabilities, walls, words

CHECKS = {
    "columns": columns.columns,
    "word columns": columns.word_columns,
    "fold": columns.fold,
    "cosines": columns.cosines,
    "beams": attention.beams,
    "tile": attention.tile,
    "neurons": neurons.neurons,
    "threads": neurons.threads,
    "bars": probabilities.bars,
    "bar words": probabilities.bar_words,
    "dial": probabilities.dial,
    "strip": probabilities.strip,
    "pointer": probabilities.pointer,
    "cloud": words.cloud,
    "dots": words.dots,
    "text": words.text,
    "wall": walls.wall,
    "wall row": walls.row,
    "product": walls.product,
    "score": walls.score,
    "digits": digits.digits,
}
