"""Parsers for JSON from a hub, composed in tables; anything else is malformed.

A parser takes a JSON value and returns ours, or raises MalformedError.
"""

from collections.abc import Callable, Collection, Mapping
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
    """Parse JSON that all parsers read alike: no duplicate members, no NaN.

    An integer of too many digits becomes a float, which no parser here accepts.
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
    """Return an integer, or infinity if it has too many digits: parsing time grows with their square."""
    return int(digits) if len(digits) <= len(str(-MAX_INTEGER)) else math.inf


def _refuse(constant: str) -> object:
    raise MalformedError(constant)


def members(
    parsers: Mapping[str, Parser[Any]],
    *,
    optional: Collection[str] = (),
    more: bool = False,
) -> Parser[dict[str, Any]]:
    """Return a parser of an object with exactly these members, of which the optional ones may be missing.

    With `more` it may have others, which are ignored.
    """

    def parse(value: object) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise MalformedError
        if not (more or value.keys() <= parsers.keys()):
            raise MalformedError
        if parsers.keys() - value.keys() - set(optional):
            raise MalformedError
        return {
            name: parser(value[name])
            for name, parser in parsers.items()
            if name in value
        }

    return parse


def shape[T](make: Callable[..., T], parsers: Mapping[str, Parser[Any]]) -> Parser[T]:
    """Return a parser of an object with exactly these members, which makes a value of them."""
    parse = members(parsers)
    return lambda value: make(**parse(value))


def each[T](parse: Parser[T], most: int, *, least: int = 0) -> Parser[tuple[T, ...]]:
    """Return a parser of a list of `least` to `most` items."""

    def parse_all(value: object) -> tuple[T, ...]:
        if not isinstance(value, list) or not least <= len(value) <= most:
            raise MalformedError
        return tuple(map(parse, value))

    return parse_all


def integer(least: int, most: int = MAX_INTEGER) -> Parser[int]:
    """Return a parser of an integer in a range; true is none."""

    def parse(value: object) -> int:
        if type(value) is not int or not least <= value <= most:
            raise MalformedError
        return value

    return parse


def boolean(value: object) -> bool:
    """Parse true or false."""
    if not isinstance(value, bool):
        raise MalformedError
    return value


def string(value: object) -> str:
    """Parse any string; its length is to be checked by the caller."""
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
    """Return a parser of a string of at most so many characters."""
    return _string_that(lambda text: len(text) <= most)


def plain(most: int, *, multiline: bool = False) -> Parser[str]:
    """Return a parser of text for people: see `is_plain`."""
    return _string_that(lambda text: is_plain(text, most, multiline=multiline))


def display_name(most: int) -> Parser[str]:
    """Return a parser of a name that is shown to people: see `is_name`."""
    return _string_that(lambda text: is_name(text, most))


def matching(pattern: str) -> Parser[str]:
    """Return a parser of a string that matches a pattern as a whole."""
    return _string_that(re.compile(pattern).fullmatch)


def constant(expected: str) -> Parser[str]:
    """Return a parser of this one string."""
    return _string_that(lambda text: text == expected)


def member_of[T: StrEnum](kind: type[T]) -> Parser[T]:
    """Return a parser of an enumeration's values."""

    def parse(value: object) -> T:
        try:
            return kind(string(value))
        except ValueError as error:
            raise MalformedError from error

    return parse


def nullable[T](parse: Parser[T]) -> Parser[T | None]:
    """Return a parser of null, or of what `parse` parses."""
    return lambda value: None if value is None else parse(value)


def moment(value: object) -> datetime:
    """Parse an RFC 3339 time in UTC with milliseconds."""
    try:
        return parse_rfc3339(string(value))
    except ValueError as error:
        raise MalformedError from error
