"""HLS: a segment was taken after the one before it was whole, and that was not whole while no playlist listed it."""

from math import inf

from custom_components.latchstring.relay.sources.ffmpeg.segments import SegmentAges

LIVE = "http://camera/live/index.m3u8"


def playlist(*numbers: int) -> bytes:
    lines = "".join(f"#EXTINF:2.0,\n{number}.ts\n" for number in numbers)
    return f"#EXTM3U\n#EXT-X-TARGETDURATION:2\n{lines}".encode()


def read(ages: SegmentAges, *numbers: int) -> float:
    for number in numbers:
        ages.read(f"http://camera/live/{number}.ts")
    return ages.taken_after


def test_without_a_playlist_nothing_is_older_than_it_arrived() -> None:
    ages = SegmentAges()
    ages.read("http://camera/live.ts")

    assert ages.taken_after == inf


def test_what_was_or_may_have_begun_at_the_first_playlist_is_of_any_age() -> None:
    ages = SegmentAges()
    ages.listed(LIVE, playlist(1, 2, 3), 10.0)
    assert read(ages, 3) == -inf
    ages.listed(LIVE, playlist(2, 3, 4), 12.0)
    assert read(ages, 4) == -inf
    ages.listed(LIVE, playlist(3, 4, 5), 14.0)
    assert read(ages, 5) == 10.0
    ages.listed(LIVE, playlist(4, 5, 6), 16.0)
    assert read(ages, 6) == 12.0


def test_who_reads_behind_gets_no_younger_by_that() -> None:
    ages = SegmentAges()
    ages.listed(LIVE, playlist(1), 10.0)
    ages.listed(LIVE, playlist(1, 2, 3, 4), 20.0)
    for at in (30.0, 40.0, 50.0):
        ages.listed(LIVE, playlist(1, 2, 3, 4), at)

    assert read(ages, 2, 3, 4) == 10.0


def test_a_main_playlist_and_other_files_say_nothing_of_segments() -> None:
    ages = SegmentAges()
    ages.listed("http://camera/live/main.m3u8", b"#EXTM3U\nindex.m3u8\n", 5.0)
    ages.listed(LIVE, playlist(1), 10.0)
    ages.read("http://camera/live/init.mp4")
    assert read(ages, 1) == -inf
    ages.listed(LIVE, playlist(1, 2), 12.0)

    assert read(ages, 2) == -inf


def test_a_playlist_under_another_name_each_time_says_nothing() -> None:
    ages = SegmentAges()
    for number in range(100):
        ages.listed(f"{LIVE}?{number}", playlist(number), float(number))
        read(ages, number)

    assert ages.taken_after == -inf
