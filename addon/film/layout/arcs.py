"""Arcs of attention: how thick a weight is, and how high an arc."""

import numpy as np

from .row import block_depth


def heads_back(n_layer):
    """How far behind the focus head's arcs those of the last other head stand."""
    return min(1.1, 0.3 * block_depth(n_layer))


BEAM_RADIUS, BEAM_RADIUS_PER_WEIGHT = 0.009, 0.085
OTHER_RADIUS, OTHER_RADIUS_PER_WEIGHT = 0.0055, 0.016
BEAM_INSET = 0.06
BEAM_THRESHOLD, OTHER_THRESHOLD = 0.015, 0.09  # weights below these are not drawn: what is written as 2 % is


def beam_radius(weight):
    """Attention weight -> radius of the focus head's beam."""
    return BEAM_RADIUS + BEAM_RADIUS_PER_WEIGHT * weight


def weight_of_beam(radius):
    """Inverse of beam_radius."""
    return (radius - BEAM_RADIUS) / BEAM_RADIUS_PER_WEIGHT


def other_radius(weight):
    """Attention weight -> radius of a beam of one of the other heads."""
    return OTHER_RADIUS + OTHER_RADIUS_PER_WEIGHT * weight


def weight_of_other(radius):
    """Inverse of other_radius."""
    return (radius - OTHER_RADIUS) / OTHER_RADIUS_PER_WEIGHT


BEAM_TAIL, BEAM_SWELLING = 0.12, 0.9  # of a pulse: its length on an arc of length 1; how much thicker an arc is there


ARC_FOOT, ARC_SLOPE = 0.42, 0.19


def arc_height(span):
    """How far a beam rises over the columns, for the distance between its two tokens."""
    return ARC_FOOT + ARC_SLOPE * np.abs(span)
