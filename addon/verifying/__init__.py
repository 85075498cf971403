"""One check for each kind of thing in the film that shows numbers of the model.

A check is a function (actor, evidence, report, picture): it measures what is drawn of an actor, takes the same numbers
from the evidence, and gives both to the report. A new kind of actor says what it shows with film.evidence.mark() where
it is made, and gets a line here.
"""

from . import answers, attention, columns, digits, mixing, neurons, panel, probabilities, table, tile, walls, words

CHECKS = {
    "columns": columns.columns,
    "word columns": columns.word_columns,
    "fold": columns.fold,
    "beams": attention.beams,
    "tile": tile.tile,
    "tile numbers": tile.numbers,
    "sources": mixing.sources,
    "mixing": mixing.mixing,
    "needles": mixing.needles,
    "context beams": mixing.context_beams,
    "neurons": neurons.neurons,
    "threads": neurons.threads,
    "bars": probabilities.bars,
    "bar words": probabilities.bar_words,
    "dial": probabilities.dial,
    "strip": probabilities.strip,
    "vocabulary": probabilities.vocabulary,
    "growing": probabilities.growing,
    "cloud": words.cloud,
    "dots": words.dots,
    "near dots": words.near_dots,
    "text": words.text,
    "wall": walls.wall,
    "rays": table.rays,
    "barcode": table.barcode,
    "wall row": walls.row,
    "product": walls.product,
    "score": walls.score,
    "digits": digits.digits,
    "panel": panel.panel,
    "panel threads": panel.threads,
    "lit count": panel.lit_count,
    "tally": panel.tally,
    "pushes": panel.numbers,
    "question": panel.question,
    "answers": answers.answers,
    "history": answers.history,
    "flight beams": answers.flight_beams,
    "front words": answers.front_words,
    "same end columns": answers.same_end_columns,
    "same end bars": answers.same_end_bars,
    "same end answers": answers.same_end_answers,
    "same end texts": answers.same_end_texts,
}
