"""A small film of matrices alone: walls, numbers, products and a score, without the acts."""

import dataclasses

import bpy

from transformer_cinema.addon.film import evidence, matrices, parts
from transformer_cinema.addon.film.cast.digits import Digits
from transformer_cinema.addon.film.cast.folding import Fold
from transformer_cinema.addon.film.cast.one_row import OneRow
from transformer_cinema.addon.film.cast.product import Product
from transformer_cinema.addon.film.cast.score import Score
from transformer_cinema.addon.film.cast.walls import Wall
from transformer_cinema.addon.film.direction import make_script
from transformer_cinema.addon.film.film import Film
from transformer_cinema.addon.film.framing import Shot
from transformer_cinema.addon.film.stage import set_stage
from transformer_cinema.addon.film.studio import Studio


@dataclasses.dataclass
class Set:
    """A scene with a studio in it, for the actors that a test makes."""

    studio: Studio
    learned: dict
    computed: dict

    @classmethod
    def of(cls, recording, theme="dark"):
        script = make_script(recording)
        scene = bpy.data.scenes.new("Set")
        studio = Studio(Film(scene), script, scene, "en", theme=theme)
        camera = set_stage(studio)[0]
        studio.film.set(camera.to(Shot((0.0, -20.0, 4.0), (0.0, 0.0, 3.0))))  # a camera that holds still is no film's
        learned, computed = matrices.learned(script.weights), matrices.computed(script.trace, script.weights)
        return cls(studio, learned, computed)

    def product(self, name, **more):
        """One of PRODUCTS at the token whose reading is followed."""
        numbers = matrices.product(name, self.studio.script.focus_query, self.learned, self.computed)
        return Product(self.studio, numbers, (6.0, 3.0), **more)

    def score(self):
        """The followed query's score with each key."""
        script, query = self.studio.script, self.studio.script.focus_query
        scores = script.trace.blocks[script.focus_layer].attn_scores[script.focus_head]
        q, keys = self.computed["q"][query], self.computed["k"][: query + 1]
        return Score(self.studio, query, q, keys, scores[query, : query + 1], 8.0)

    def finish(self):
        """Write the keys and keep the evidence -> the scene."""
        studio = self.studio
        studio.film.finish()
        kept = evidence.Evidence.of(studio.script, "dark", parts.number_parts(studio.scene))
        evidence.keep(studio.collections["Tensors"], kept.to_bytes())
        bpy.context.window.scene = studio.scene
        return studio.scene


def film_of_matrices(recording):
    """-> a scene in which each of them does what it can."""
    made = Set.of(recording)
    film = made.studio.film
    table = Wall(made.studio, "W_E", made.learned["W_E"], (4.0, 4.0))
    numbers = Digits(made.studio, "Digits", slots=(0, 1, 2), shape=(5, 6))
    token = made.studio.script.tokens[2]
    row = Fold(made.studio, "Fold", table, int(token), 2)
    score = made.score()
    products = [made.product("q", keep=(1,)), made.product("in"), made.product("out", upright=True)]
    script = made.studio.script
    query = script.focus_query
    first = OneRow(made.studio, products[0], 1, script.label(script.trace.tokens[query]), query)
    with film.act("attention"):
        film.beat("matrices")
        film.set(
            table.visible.on(),
            numbers.visible.on(),
            row.visible.on(),
            score.visible.on(),
            [one.on() for one in products],
        )
        film.set(first.visible.on(), first.word_visible.on())
        film.play(table.lit.to(7.0), table.out.to(0.5), numbers.roll.to(1.0), numbers.colour.to(1.0))
        film.play(first.come.to(1.0))
        film.play(
            first.sum.to(first.count + 1.0), table.reveal.to(0.4), numbers.roll.to(2.0), score.sum.to(score.d_head / 2)
        )
        film.play(
            table.light.to(0.3), table.reveal.to(1.0), score.sum.to(score.d_head), score.key.to(1.0), row.fold.to(0.5)
        )
        film.play(score.divided.to(1.0, easing="step"), *(one.sweep(one.count / 2) for one in products))
        film.play(row.fold.to(1.0), *(one.sweep(one.count) for one in products))
        film.wait(0.2)
    return made.finish()
