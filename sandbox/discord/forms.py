"""A small language for what a form may hold, answered with mistakes in Discord's own shape.

A rule looks at one value and notes what is wrong with it. Rules are data; the lists of limits in
the neighbouring modules are written with them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from sandbox.discord.refusals import Form

Path = tuple[str | int, ...]


class Rule(Protocol):
    """Looks at a value."""

    def check(self, value: Any, path: Path, form: Form) -> None:
        """Note what is wrong with the value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A string of some length; numbers count as text where Discord takes them so."""

    low: int = 0
    high: int

    def check(self, value: Any, path: Path, form: Form) -> None:
        """Note a wrong kind or length."""
        if not isinstance(value, str):
            form.add(path, "STRING_TYPE_CONVERT", f'Could not interpret "{value}" as string.')
        elif self.low and not self.low <= len(value) <= self.high:
            message = f"Must be between {self.low} and {self.high} in length."
            code = "BASE_TYPE_BAD_LENGTH" if value else "BASE_TYPE_REQUIRED"
            form.add(path, code, message if value else "This field is required")
        elif len(value) > self.high:
            message = f"Must be {self.high} or fewer in length."
            form.add(path, "BASE_TYPE_MAX_LENGTH", message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """A whole number in a range."""

    low: int = -(2**53)
    high: int = 2**53

    def check(self, value: Any, path: Path, form: Form) -> None:
        """Note a wrong kind or size."""
        if isinstance(value, bool) or not isinstance(value, int):
            form.add(path, "NUMBER_TYPE_COERCE", f'Value "{value}" is not int.')
        elif value < self.low:
            message = f"int value should be greater than or equal to {self.low}."
            form.add(path, "NUMBER_TYPE_MIN", message)
        elif value > self.high:
            message = f"int value should be less than or equal to {self.high}."
            form.add(path, "NUMBER_TYPE_MAX", message)


@dataclass(frozen=True, slots=True)
class Number:
    """Any number."""

    def check(self, value: Any, path: Path, form: Form) -> None:
        """Note a wrong kind."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            form.add(path, "FLOAT_TYPE_COERCE", f'Value "{value}" is not float.')


@dataclass(frozen=True, slots=True)
class Flag:
    """True or false."""

    def check(self, value: Any, path: Path, form: Form) -> None:
        """Note a wrong kind."""
        if not isinstance(value, bool):
            form.add(path, "BOOLEAN_TYPE_CONVERT", "Must be either true or false.")


@dataclass(frozen=True, slots=True)
class Snowflake:
    """An id: a string of digits, or a number."""

    def check(self, value: Any, path: Path, form: Form) -> None:
        """Note what is no id."""
        if isinstance(value, bool) or not str(value).isdecimal() or len(str(value)) > 20:
            form.add(path, "NUMBER_TYPE_COERCE", f'Value "{value}" is not snowflake.')


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of a few values."""

    values: tuple[Any, ...]

    def check(self, value: Any, path: Path, form: Form) -> None:
        """Note any other value."""
        if isinstance(value, list | dict) or value not in self.values:
            shown = ", ".join(str(one) for one in self.values)
            form.add(path, "BASE_TYPE_CHOICES", f"Value must be one of {{{shown}}}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Many:
    """A list of things of one kind."""

    of: Rule
    low: int = 0
    high: int

    def check(self, value: Any, path: Path, form: Form) -> None:
        """Note a wrong kind or length, then look at each item."""
        if not isinstance(value, list):
            form.add(path, "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
            return
        if not self.low <= len(value) <= self.high:
            message = f"Must be between {self.low} and {self.high} in length."
            code = "BASE_TYPE_BAD_LENGTH"
            if not self.low:
                code, message = "BASE_TYPE_MAX_LENGTH", f"Must be {self.high} or fewer in length."
            form.add(path, code, message)
            return
        for index, item in enumerate(value):
            self.of.check(item, (*path, index), form)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fields:
    """An object; keys without a rule pass, as Discord lets them.

    Attributes:
        required: Keys that must be there and not null.
        then: A further look at the object, once its fields are right.
    """

    rules: Mapping[str, Rule]
    required: tuple[str, ...] = ()
    then: Callable[[dict[str, Any], Path, Form], None] | None = field(default=None)

    def check(self, value: Any, path: Path, form: Form) -> None:
        """Note missing fields, then look at each."""
        if not isinstance(value, dict):
            form.add(path, "DICT_TYPE_CONVERT", "Only dictionaries may be used in a DictType")
            return
        inner = Form()
        for name in self.required:
            if value.get(name) is None:
                inner.add((name,), "BASE_TYPE_REQUIRED", "This field is required")
        for name, rule in self.rules.items():
            if value.get(name) is not None:
                rule.check(value[name], (name,), inner)
        if inner.is_clean and self.then is not None:
            self.then(value, (), inner)
        form.merge(path, inner)


@dataclass(frozen=True, slots=True)
class Anything:
    """No rule."""

    def check(self, value: Any, path: Path, form: Form) -> None:
        """Note nothing."""


@dataclass(frozen=True, slots=True)
class Kinds:
    """Objects told apart by their ``type``."""

    rules: Callable[[], Mapping[int, Rule]]

    def check(self, value: Any, path: Path, form: Form) -> None:
        """Note an unknown type, or look at the object as one of its type."""
        if not isinstance(value, dict):
            form.add(path, "DICT_TYPE_CONVERT", "Only dictionaries may be used in a DictType")
            return
        rules = self.rules()
        kind = value.get("type")
        rule = rules.get(kind) if isinstance(kind, int) else None
        if rule is None:
            shown = ", ".join(str(one) for one in sorted(rules))
            message = f'Value of field "type" must be one of ({shown}).'
            form.add((*path, "type"), "UNION_TYPE_CHOICES", message)
            return
        rule.check(value, path, form)
