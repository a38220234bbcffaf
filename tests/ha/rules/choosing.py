"""What happens next, so that in a few runs everything has happened to a house."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, override

from hypothesis import note, strategies as st
from hypothesis.stateful import rule

from .compared import Compared


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """Something that can happen, with what is drawn for it and when it makes sense."""

    name: str
    given: Mapping[str, st.SearchStrategy[Any]]
    when: Callable[[Any], bool]
    often: int


def happens[**Given](
    *,
    often: int = 1,
    when: Callable[[Any], bool] = lambda _machine: True,
    **given: st.SearchStrategy[Any],
) -> Callable[[Callable[Given, None]], Callable[Given, None]]:
    """Let this happen as often as said, beside all else."""

    def mark(method: Callable[Given, None]) -> Callable[Given, None]:
        happening = Happening(name=method.__name__, given=given, when=when, often=often)
        method.happening = happening  # type: ignore[attr-defined]  # kept where it is told of
        return method

    return mark


class Choosing(Compared):
    """Draws from all that can happen. What is drawn counts from where the run is: the simplest run goes round."""

    happenings: ClassVar[list[Happening]] = []

    @override
    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        told = [
            each.happening for each in vars(cls).values() if hasattr(each, "happening")
        ]
        if told:
            cls.happenings = [
                each
                for again in range(max(each.often for each in told))
                for each in told
                if again < each.often
            ]

    def __init__(self) -> None:
        super().__init__()
        self._at = 0

    @rule(data=st.data())
    def something_happens(self, data: st.DataObject) -> None:
        type(self).steps += 1
        number = len(self.happenings)
        self._at += data.draw(st.integers(0, number - 1))
        while not (next_one := self.happenings[self._at % number]).when(self):
            self._at += 1
        self._at += 1
        given = {name: data.draw(each) for name, each in next_one.given.items()}
        note(f"{next_one.name} {given}")
        getattr(self, next_one.name)(**given)
