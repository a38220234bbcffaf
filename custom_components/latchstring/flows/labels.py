"""The label of a camera: the only name of it that the hub gets."""

from collections.abc import Collection, Iterator, Mapping
from typing import Final
import unicodedata

from ..core.text import is_name
from ..localize import Sentences

LABEL_LENGTH: Final = 64


def clean_label(text: str) -> str:
    """Return a label as the hub gets it: stripped, in Unicode NFC."""
    return unicodedata.normalize("NFC", text.strip())


def label_problem(label: str, others: Collection[str]) -> str | None:
    """Return the error of a clean label, given the hub's other labels; None: it has none."""
    if not is_name(label, LABEL_LENGTH):
        return "label_unsafe"
    return "label_taken" if label in others else None


def label_problems(labels: Mapping[str, str]) -> dict[str, str]:
    """Return the errors of labels of the same form, by the key of each."""
    problems: dict[str, str] = {}
    seen: set[str] = set()
    for key, label in labels.items():
        if problem := label_problem(label, seen):
            problems[key] = problem
        seen.add(label)
    return problems


def neutral_labels(words: Sentences, taken: Collection[str]) -> Iterator[str]:
    """Yield suggested labels that reveal nothing: Camera 1, Camera 2 and so on."""
    number = 0
    while True:
        number += 1
        label = words.say("label", "numbered", number=str(number))
        if label not in taken:
            yield label
