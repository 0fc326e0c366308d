"""Four sessions at work, the daemon killed at seeded moments: nothing that a hook was told of is lost, nothing doubles.

`HOLDFAST_LONG=1` plays 1,000 rounds; `HOLDFAST_SEED` replays one run.
"""

import contextlib
import os
import random
import signal
import threading
import time
from pathlib import Path

from tests.faults.home import Fixture
from tests.processes import wait_for

LONG = os.environ.get("HOLDFAST_LONG") == "1"
ROUNDS = 1_000 if LONG else 12
HOMES = 100 if LONG else 4
SESSIONS = 4


def test_seeded_kills_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    assert _play(tmp_path, _chance(), ROUNDS) > 0


def test_kills_in_the_first_moments_of_a_new_home_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    chance = _chance()
    kills = 0
    for nth in range(HOMES):
        folder = tmp_path / str(nth)
        folder.mkdir()
        kills += _play(folder, chance, 1)
    assert kills > 0


def _chance() -> random.Random:
    seed = int(os.environ.get("HOLDFAST_SEED") or random.SystemRandom().randrange(2**32))
    print(f"HOLDFAST_SEED={seed}")
    return random.Random(seed)


def _play(folder: Path, chance: random.Random, rounds: int) -> int:
    home = Fixture(folder / "home", folder / "project")
    kills = 0
    told: list[tuple[str, str]] = []  # what hooks ended with, kept outside of the system
    try:
        for nth in range(rounds):
            kills += _round(home, chance, nth, told)
            wait_for(lambda: home.ask("ping") or home.tell("SessionStart", session="waker") is None, "a daemon")
            wait_for(lambda: not home.spooled, "an empty spool")
        found = [(session, text) for session, kind, text in home.events() if kind == "prompt"]
        assert sorted(found) == sorted(told)
        assert home.ask("ping")
        return kills
    finally:
        home.close()


def _round(home: Fixture, chance: random.Random, nth: int, told: list[tuple[str, str]]) -> int:
    """Each session tells two things; the daemon is killed once or twice meanwhile. How often it was."""
    killed = 0
    sessions = [threading.Thread(target=_session, args=(home, f"s{each}", nth, told)) for each in range(SESSIONS)]
    kills = [chance.uniform(0, 0.08) for _ in range(chance.choice((1, 1, 2)))]
    for session in sessions:
        session.start()
    for pause in kills:
        time.sleep(pause)  # the seeded moment of the kill, not a wait for anything
        while (process := home.daemon) is None and any(session.is_alive() for session in sessions):
            time.sleep(0.001)  # none is there yet
        if process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
                killed += 1
    for session in sessions:
        session.join()
    return killed


def _session(home: Fixture, session: str, nth: int, told: list[tuple[str, str]]) -> None:
    for each in range(2):
        text = f"round {nth}, {each}"
        home.tell("UserPromptSubmit", session=session, prompt=text, prompt_id=text)
        told.append((session, text))
