"""What a phone shows is printed as it is read there, and controls no terminal."""

from html import escape

from .screen import shown


def test_a_push_is_its_title_its_message_and_its_buttons() -> None:
    push = {
        "title": "Jackson Police &amp; Fire",
        "message": "Officer J. &quot;Jo&quot; Doe asks",
        "data": {"actions": [{"title": "Allow once"}, {"title": "Refuse"}]},
    }
    assert shown(push) == [
        "Jackson Police & Fire",
        'Officer J. "Jo" Doe asks',
        "[Allow once]  [Refuse]",
    ]
    assert shown({**push, "data": {}}) == shown(push)[:2]


def test_a_question_that_is_taken_back_leaves_the_screen() -> None:
    (line,) = shown({"title": "Jackson", "message": "clear_notification", "data": {}})
    assert "leaves the screen" in line


def test_nothing_in_a_push_controls_a_terminal() -> None:
    hostile = "a\x1b[2Jb\rc\nd\x9be\u202ef\u2066g\u200bh\u2028i\x00j"
    push = {
        "title": hostile,
        "message": escape(hostile) + "&#27;[2J&#x202e;&#10;",
        "data": {"actions": [{"title": hostile}]},
    }
    for line in shown(push):
        assert line.isprintable()
        assert "[2Jb" in line
