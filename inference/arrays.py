"""Groups of arrays as dataclasses: their names in a file, and whether they fit a model."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TypeVar

import numpy as np

Group = TypeVar("Group")


@dataclass(frozen=True)
class Kind:
    """What an array must be: its shape, its type, and the least and the greatest number in it."""

    shape: tuple[int, ...]
    dtype: type = np.float32
    least: float = -np.inf
    greatest: float = np.inf


def numbers(*shape: int) -> Kind:
    """float32 of any size."""
    return Kind(shape)


def shares(*shape: int) -> Kind:
    """float32 from 0 to 1, which rounding may pass by a little."""
    return Kind(shape, least=0, greatest=1 + 1e-6)


def cosines(*shape: int) -> Kind:
    """float32 from -1 to 1."""
    return Kind(shape, least=-1, greatest=1)


def below(count: int, *shape: int) -> Kind:
    """int64 from 0 to count - 1: tokens, neurons, places."""
    return Kind(shape, np.int64, 0, count - 1)


def named(name: str, group: object) -> dict[str, np.ndarray]:
    """The fields of a dataclass under names such as `name.field`; a whole number is an array without axes."""
    values = {field.name: getattr(group, field.name) for field in fields(group)}
    values = {field: np.array(value, np.int64) if type(value) is int else value for field, value in values.items()}
    return {f"{name}.{field}": value for field, value in values.items()}


def read(kind: type[Group], name: str, arrays: Mapping[str, np.ndarray]) -> Group:
    """The inverse of `named`. Raises KeyError when an array is missing, ValueError for several numbers for one."""
    found = {}
    for field in fields(kind):
        array = arrays[f"{name}.{field.name}"]
        found[field.name] = array.item() if field.type is int else array
    return kind(**found)


def has(name: str, arrays: Mapping[str, np.ndarray]) -> bool:
    """Whether the arrays hold a group of that name, or at least a part of it."""
    return any(array.startswith(f"{name}.") for array in arrays)


def check(name: str, group: object, kinds: Mapping[str, Kind]) -> None:
    """Raise ValueError unless every field of a group is what it must be."""
    for field, kind in kinds.items():
        check_array(f"{name}.{field}", getattr(group, field), kind)


def check_array(name: str, array: np.ndarray | int, kind: Kind) -> None:
    """Raise ValueError unless an array, or a whole number, is what it must be."""
    array = np.array(array, np.int64) if type(array) is int else array
    if np.shape(array) != kind.shape or getattr(array, "dtype", None) != kind.dtype:
        raise ValueError(f"{name} doesn't fit the model")
    if array.size and not kind.least <= array.min() <= array.max() <= kind.greatest:
        raise ValueError(f"{name} is out of range")
