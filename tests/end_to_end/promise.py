"""What the demo promises, and that a broken promise ends it."""


class PromiseBroken(Exception):
    """What is shown is not what was promised."""


def promise(kept: object, words: str) -> None:
    """Go on only if a promise is kept."""
    if not kept:
        raise PromiseBroken(words)
