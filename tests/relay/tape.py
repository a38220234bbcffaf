"""An outlet that keeps what it is fed."""

from custom_components.latchstring.relay import Fragment, VideoFormat

from .news import News


def any_source() -> bool:
    """Accept every connection."""
    return True


class Tape:
    def __init__(self) -> None:
        self.events: list[VideoFormat | Fragment] = []
        self.news = News()

    def begin(self, video: VideoFormat) -> None:
        self.events.append(video)
        self.news.tell()

    def feed(self, fragment: Fragment) -> None:
        self.events.append(fragment)
        self.news.tell()

    @property
    def videos(self) -> list[VideoFormat]:
        return [event for event in self.events if isinstance(event, VideoFormat)]

    @property
    def fragments(self) -> list[Fragment]:
        return [event for event in self.events if isinstance(event, Fragment)]

    @property
    def body(self) -> bytes:
        return b"".join(
            event.init if isinstance(event, VideoFormat) else event.data
            for event in self.events
        )

    async def until(self, fragments: int) -> None:
        await self.news.until(lambda: len(self.fragments) >= fragments)
