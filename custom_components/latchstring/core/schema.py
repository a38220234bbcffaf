"""What JSON from a hub must look like, said in tables; anything else is malformed.

A parser takes a value as JSON gave it and returns ours, or raises MalformedError.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum
import json
import math
import re
from typing import Any, Final

from .canonical import MAX_INTEGER, parse_rfc3339
from .text import is_name, is_plain

type Parser[T] = Callable[[object], T]

_IDENTIFIER: Final = re.compile(r"[A-Za-z0-9_-]{16,64}")
_HASH: Final = re.compile(r"[0-9a-f]{64}")


class MalformedError(ValueError):
    """A value is not of the form it must have."""


def strict_json(text: str) -> object:
    """Read JSON that every reader reads alike: no member twice, no NaN.

    An integer too long to be one of ours reads as a float, which nothing takes.
    """
    try:
        return json.loads(
            text,
            object_pairs_hook=_object,
            parse_int=_integer,
            parse_constant=_refuse,
        )
    except (ValueError, RecursionError) as error:
        raise MalformedError from error


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    read = dict(pairs)
    if len(read) != len(pairs):
        raise MalformedError
    return read


def _integer(digits: str) -> int | float:
    """Read no number of absurd length, which takes absurdly long."""
    return int(digits) if len(digits) <= len(str(-MAX_INTEGER)) else math.inf


def _refuse(constant: str) -> object:
    raise MalformedError(constant)


def members(
    parsers: Mapping[str, Parser[Any]], *, optional: str = "", more: bool = False
) -> Parser[dict[str, Any]]:
    """Take an object of exactly these members, of which one may be left out.

    With `more` it may have others too, which are not looked at.
    """

    def parse(value: object) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise MalformedError
        if not (more or value.keys() <= parsers.keys()):
            raise MalformedError
        if parsers.keys() - value.keys() - {optional}:
            raise MalformedError
        return {
            name: parser(value[name])
            for name, parser in parsers.items()
            if name in value
        }

    return parse


def shape[T](make: Callable[..., T], parsers: Mapping[str, Parser[Any]]) -> Parser[T]:
    """Take an object of exactly these members, and make a value of them."""
    parse = members(parsers)
    return lambda value: make(**parse(value))


def each[T](parse: Parser[T], most: int, *, least: int = 0) -> Parser[tuple[T, ...]]:
    """Take a list of `least` to `most` items, no two alike."""

    def parse_all(value: object) -> tuple[T, ...]:
        if not isinstance(value, list) or not least <= len(value) <= most:
            raise MalformedError
        return tuple(map(parse, value))

    return parse_all


def integer(least: int, most: int = MAX_INTEGER) -> Parser[int]:
    """Take an integer of a range; JSON's true is none."""

    def parse(value: object) -> int:
        if type(value) is not int or not least <= value <= most:
            raise MalformedError
        return value

    return parse


def boolean(value: object) -> bool:
    """Take true or false."""
    if not isinstance(value, bool):
        raise MalformedError
    return value


def string(value: object) -> str:
    """Take any string; whoever reads it next bounds it."""
    if not isinstance(value, str):
        raise MalformedError
    return value


def _string_that(holds: Callable[[str], object]) -> Parser[str]:
    def parse(value: object) -> str:
        text = string(value)
        if not holds(text):
            raise MalformedError
        return text

    return parse


identifier: Final = _string_that(_IDENTIFIER.fullmatch)
sha256_hex: Final = _string_that(_HASH.fullmatch)


def bounded(most: int) -> Parser[str]:
    """Take a string of at most so many characters."""
    return _string_that(lambda text: len(text) <= most)


def plain(most: int, *, multiline: bool = False) -> Parser[str]:
    """Take text for people."""
    return _string_that(lambda text: is_plain(text, most, multiline=multiline))


def display_name(most: int) -> Parser[str]:
    """Take text by which people know somebody or something."""
    return _string_that(lambda text: is_name(text, most))


def matching(pattern: str) -> Parser[str]:
    """Take a string that is wholly of this pattern."""
    return _string_that(re.compile(pattern).fullmatch)


def constant(expected: str) -> Parser[str]:
    """Take this one string."""
    return _string_that(lambda text: text == expected)


def member_of[T: StrEnum](kind: type[T]) -> Parser[T]:
    """Take one of an enumeration's words."""

    def parse(value: object) -> T:
        try:
            return kind(string(value))
        except ValueError as error:
            raise MalformedError from error

    return parse


def nullable[T](parse: Parser[T]) -> Parser[T | None]:
    """Take null, or what `parse` takes."""
    return lambda value: None if value is None else parse(value)


def moment(value: object) -> datetime:
    """Take an RFC 3339 time in UTC with milliseconds."""
    try:
        return parse_rfc3339(string(value))
    except ValueError as error:
        raise MalformedError from error
