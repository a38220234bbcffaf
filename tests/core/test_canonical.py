"""What both sides hash is written in one way only."""

from datetime import UTC, datetime, timedelta, timezone
import json
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.latchstring.core.canonical import (
    MAX_INTEGER,
    Json,
    NotCanonicalError,
    base64url,
    canonical_json,
    parse_base64url,
    parse_rfc3339,
    rfc3339,
)

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-MAX_INTEGER, MAX_INTEGER)
    | st.text(st.characters(codec="utf-8")),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.text(st.characters(codec="ascii")), inner)
    ),
)


@given(values)
def test_canonical_json_says_the_same_and_only_once(value: Any) -> None:
    written = canonical_json(value)
    assert json.loads(written) == value
    assert canonical_json(json.loads(written)) == written


def test_canonical_json_is_that_of_rfc_8785() -> None:
    value: Json = {
        "peach": '\N{EURO SIGN}$\x0f\nA\'B"\\\\"/\x7f\u2028',
        "b": [56, None, True, (0, -1)],
        "a": {},
    }
    assert canonical_json(value) == (
        b'{"a":{},"b":[56,null,true,[0,-1]],'
        b'"peach":"\xe2\x82\xac$\\u000f\\nA\'B\\"\\\\\\\\\\"/\x7f\xe2\x80\xa8"}'
    )


@pytest.mark.parametrize(
    "value",
    [
        1.0,
        float("nan"),
        2**53,
        -(2**53),
        "\ud800",
        {"é": 1},
        {1: 2},
        b"x",
        {1, 2},
        [1.5],
    ],
)
def test_what_could_be_written_two_ways_is_not_written(value: Any) -> None:
    with pytest.raises(NotCanonicalError):
        canonical_json(value)


@given(st.datetimes(timezones=st.just(UTC)))
def test_a_time_is_read_as_it_was_written(at: datetime) -> None:
    text = rfc3339(at)
    assert rfc3339(parse_rfc3339(text)) == text
    assert timedelta() <= at - parse_rfc3339(text) < timedelta(milliseconds=1)


def test_a_time_is_written_in_utc() -> None:
    at = datetime(2026, 11, 21, 19, 4, 5, 123999, timezone(timedelta(hours=1)))
    assert rfc3339(at) == "2026-11-21T18:04:05.123Z"


def test_a_time_without_a_zone_is_none() -> None:
    with pytest.raises(ValueError, match="2026"):
        rfc3339(datetime(2026, 11, 21))  # noqa: DTZ001 - that is what is refused


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-11-21",
        "2026-11-21T18:04:05Z",
        "2026-11-21T18:04:05.123",
        "2026-11-21T18:04:05.123456Z",
        "2026-11-21T18:04:05.123+00:00",
        "2026-11-21t18:04:05.123z",
        "2026-11-21 18:04:05.123Z",
        "2026-11-21T24:00:00.000Z",
        "2026-11-21T18:04:60.000Z",
        "2026-02-29T18:04:05.123Z",
        "20261121T180405.123Z",
        "0001-01-01T00:00:00.000+23:59",
        "2026-11-21T18:04:05.123Z\n",
        "\u0662026-11-21T18:04:05.123Z",
    ],
)
def test_a_time_written_otherwise_is_not_read(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        parse_rfc3339(text)


@given(st.text())
def test_any_text_is_a_time_or_none(text: str) -> None:
    try:
        at = parse_rfc3339(text)
    except ValueError:
        return
    assert rfc3339(at) == text


@given(st.binary())
def test_base64url_has_one_form(data: bytes) -> None:
    text = base64url(data)
    assert parse_base64url(text) == data
    for other in (f"{text}=", f"{text}\n", f" {text}", f"{text}!"):
        with pytest.raises(ValueError, match=r".*"):
            parse_base64url(other)


@given(st.text(st.characters(codec=None)))
def test_any_text_is_base64url_or_not(text: str) -> None:
    try:
        data = parse_base64url(text)
    except ValueError:
        return
    assert base64url(data) == text
