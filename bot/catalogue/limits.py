"""Ranges of fields, read from the pydantic classes, so that no sentence can disagree with a check."""

from __future__ import annotations

import math
import types
import typing
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, Union, get_args, get_origin

import annotated_types as at
from pydantic.fields import FieldInfo

from bot.catalogue.wording import listing, number


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a field takes.

    Attributes:
        low, high: The ends of a number's range, ends included unless `above_low`.
        above_low: Whether the low end itself is out.
        shortest, longest: A text's or list's length.
        choices: The only values, where they can be listed.
        whole: Whether only whole numbers are taken.
        switch: Whether it is on or off.
        text: Whether it is free text.
        many: Whether it is a list.
        nested: Whether it is an object with fields of its own.
    """

    low: float | None = None
    high: float | None = None
    above_low: bool = False
    shortest: int | None = None
    longest: int | None = None
    choices: tuple[str | int, ...] = ()
    whole: bool = False
    switch: bool = False
    text: bool = False
    many: bool = False
    nested: bool = False

    def scaled(self, scale: int) -> Limits:
        """Give the same range in the member's unit, `scale` of which make one."""
        if scale == 1:
            return self
        low = None if self.low is None else self.low / scale
        high = None if self.high is None else self.high / scale
        return Limits(low=low, high=high, above_low=self.above_low)

    def holds(self, value: int | float) -> bool:
        """Say whether a number lies in the range."""
        if isinstance(value, float) and not math.isfinite(value):
            return False
        low_ok = self.low is None or (value > self.low if self.above_low else value >= self.low)
        return low_ok and (self.high is None or value <= self.high)

    def range_phrase(self, unit: str = "") -> str:
        """Say a number's range, such as ``10 to 180 s``."""
        unit = f" {unit}" if unit else ""
        more = "more than " if self.above_low else ""
        match self.low, self.high:
            case None, None:
                return "any number"
            case None, high if high is not None:
                return f"up to {number(high)}{unit}"
            case low, None if low is not None:
                return f"{more or 'at least '}{number(low)}{unit}"
            case low, high if low is not None and high is not None:
                return f"{more}{number(low)} to {number(high)}{unit}"
        raise AssertionError

    @property
    def phrase(self) -> str:
        """Say what the field takes, for help and refusals."""
        if self.choices:
            values = listing([str(choice) for choice in self.choices])
            return f"any of {values}" if self.many else values
        if self.switch:
            return "true or false"
        if self.nested or self.many:
            return "a structure in JSON" if self.nested else "a list in JSON"
        if self.text:
            return self._text_phrase()
        kind = "a whole number" if self.whole else "a number"
        if self.low is None and self.high is None:
            return kind
        return f"{kind}, {self.range_phrase()}"

    def _text_phrase(self) -> str:
        if self.longest is None:
            return "text"
        shortest = self.shortest or 0
        low = f"{number(shortest)} to " if shortest > 1 else "up to "
        return f"text of {low}{number(self.longest)} characters"


def limits_of(field: FieldInfo) -> Limits:
    """Read what a field takes from its annotation and constraints."""
    found: dict[str, Any] = {}
    for rule in field.metadata:
        match rule:
            case at.Ge(ge=low):
                found["low"] = low
            case at.Gt(gt=low):
                found["low"], found["above_low"] = low, True
            case at.Le(le=high):
                found["high"] = high
            case at.MinLen(min_length=shortest):
                found["shortest"] = shortest
            case at.MaxLen(max_length=longest):
                found["longest"] = longest
            case _:
                pass
    return Limits(**found, **_shape(field.annotation))


def _shape(annotation: Any) -> dict[str, Any]:
    """Say what sort of value an annotation means, seeing through Optional and Annotated."""
    parts = _parts(annotation)
    shape: dict[str, Any] = {}
    choices: list[str | int] = []
    for part in parts:
        if get_origin(part) is Literal:
            choices.extend(get_args(part))
        elif get_origin(part) in (list, tuple, Sequence):
            inner = _shape(get_args(part)[0])
            shape |= {"many": True, "nested": inner.get("nested", False)}
            choices.extend(inner.get("choices", ()))
        elif part is bool:
            shape["switch"] = True
        elif part is int:
            shape["whole"] = True
        elif part is str:
            shape["text"] = True
        elif part is not float:
            shape["nested"] = True
    if choices and parts and not shape.get("whole"):
        shape["choices"] = tuple(choices)
    return shape


def _parts(annotation: Any) -> list[Any]:
    origin = get_origin(annotation)
    if origin is typing.Annotated:
        return _parts(get_args(annotation)[0])
    if origin in (Union, types.UnionType):
        return [inner for part in get_args(annotation) for inner in _parts(part)]
    return [] if annotation is type(None) else [annotation]
