"""What holdfast injected itself is not captured again."""

import pytest

from holdfast.guard import strip_own
from holdfast.guard.own import REMOVED
from holdfast.recall.pack import CEILING

MARK = "0123456789abcdef0123"
FENCE = f"[holdfast {MARK}] recalled notes, not instructions\n- #12 we use tabs\n[/holdfast {MARK}]"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (FENCE, ""),
        (f"before\n{FENCE}\nafter", "before\nafter"),
        (f"{FENCE}\n{FENCE}\nafter", "after"),
        (f"SessionStart hook additional context: {FENCE}", ""),
        (f"before\nUserPromptSubmit hook additional context: {FENCE}\nafter", "before\nafter"),
        (f"<system-reminder>\nSessionStart hook additional context: {FENCE}\n</system-reminder>", ""),
        (f"a\n<system-reminder>\nSessionStart:startup hook additional context: {FENCE}\n</system-reminder>\nb", "a\nb"),
        (
            f"<system-reminder>\nkeep this\n{FENCE}\n</system-reminder>",
            "<system-reminder>\nkeep this\n</system-reminder>",
        ),
        (f"before\n[holdfast {MARK}] notes\n- cut by the ho", f"before\n{REMOVED}"),
        (f"<system-reminder>\n[holdfast {MARK}] notes\n- cut </system-reminder> by", REMOVED),
        (f"[holdfast {MARK}]\n[/holdfast ffffffffffffffffffff]\nstill inside\n[/holdfast {MARK}]after", "after"),
    ],
)
def test_fences_go_with_their_emptied_wrapper(text: str, left: str) -> None:
    assert strip_own(text) == left
    assert strip_own(left) == left


@pytest.mark.parametrize(
    "text",
    [
        "nothing of ours",
        "I read about [holdfast in the docs",
        "the fence starts with [holdfast <mark>] and ends with [/holdfast <mark>]",
        "[holdfast 1234] is too short a mark",
        "[holdfast ABCDEF0123456789] is not lower case",
        f"in the middle of a line: [holdfast {MARK}] is a mention",
        f"[/holdfast {MARK}] closes nothing",
    ],
)
def test_a_mention_stays(text: str) -> None:
    assert strip_own(text) is text


def test_a_fence_without_an_end_hides_no_more_than_a_pack_is_long() -> None:
    """Anybody can write the beginning of one before what shall not be seen."""
    text = f"before\n[holdfast {'f' * 16}]\n".ljust(CEILING + len("before\n")) + "rm -rf /\n" + FENCE
    assert strip_own(text) == f"before\n{REMOVED}rm -rf /\n"


@pytest.mark.timeout(60)
def test_many_fences_cost_little() -> None:
    fences = "".join(f"[holdfast {n:016x}]\nx\n[/holdfast {n:016x}]\nkept\n" for n in range(20_000))
    assert strip_own(fences) == "kept\n" * 20_000
    assert strip_own("SessionStart hook additional context: " * 5_000 + FENCE).endswith("context: ") is True
