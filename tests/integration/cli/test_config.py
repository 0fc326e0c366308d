"""Settings by command: the file keeps its comments, and the daemon follows."""

import pytest
from tests.integration.cli.commands import Commands

from holdfast.settings import SETTINGS


def test_every_setting_is_listed_with_where_it_comes_from(holdfast: Commands) -> None:
    holdfast("config", "set", "backup.keep", "3")

    listed = holdfast.json("config", "list", env={"HOLDFAST_RETENTION_DAYS": "90"})["settings"]

    assert set(listed) == set(SETTINGS)
    assert (listed["backup.keep"]["value"], listed["backup.keep"]["source"]) == (3, "file")
    assert (listed["retention.days"]["value"], listed["retention.days"]["source"]) == (90, "environment")
    assert listed["daemon.idle_minutes"]["source"] == "default"


def test_setting_keeps_the_comments_of_the_file(holdfast: Commands) -> None:
    holdfast.home.mkdir(mode=0o700)
    file = holdfast.home / "config.toml"
    file.write_text("# mine\n[backup]\nkeep = 5  # five will do\n\n[capture]\ntools = ['Bash']\n")

    holdfast("config", "set", "backup.keep", "4")
    holdfast("config", "set", "capture.tools", "Bash, Write")

    assert file.read_text() == '# mine\n[backup]\nkeep = 4  # five will do\n\n[capture]\ntools = ["Bash", "Write"]\n'
    assert file.stat().st_mode & 0o777 == 0o600
    assert holdfast("config", "get", "capture.tools").strip() == "Bash,Write"


def test_unset_gives_the_default_back(holdfast: Commands) -> None:
    holdfast("config", "set", "inject.session_start", "off")
    assert holdfast("config", "get", "inject.session_start").strip() == "false"

    holdfast("config", "unset", "inject.session_start")
    holdfast("config", "unset", "inject.session_start")

    assert holdfast.json("config", "get", "inject.session_start")["source"] == "default"


def test_a_running_daemon_follows_and_one_that_does_not_run_is_not_started(holdfast: Commands) -> None:
    assert holdfast.json("config", "set", "inject.session_start", "true")["restarted"] is False
    assert holdfast.daemon is None
    holdfast.remember("a note")
    assert holdfast.hook("SessionStart", "one", source="startup")

    assert holdfast.json("config", "set", "inject.session_start", "false")["restarted"] is True

    assert holdfast.hook("SessionStart", "two", source="startup") == b""


def test_a_variable_that_wins_over_the_file_is_named(holdfast: Commands) -> None:
    done = holdfast.run("config", "set", "backup.keep", "3", env={"HOLDFAST_BACKUP_KEEP": "9"})

    assert "HOLDFAST_BACKUP_KEEP is set, and wins" in done.err


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["get", "backup.kep"], 2, "did you mean backup.keep"),
        (["get", "days"], 2, "did you mean retention.days"),
        (["set", "nothing.of.that", "1"], 2, "there is no setting"),
        (["set", "backup.keep", "many"], 2, "a whole number"),
        (["set", "backup.keep", "-1"], 2, "No such option"),
        (["set", "daemon.idle_minutes", "0"], 2, "at least 1"),
        (["set", "inject.session_start", "perhaps"], 2, "true or false"),
        (["set", "backup.keep"], 2, "Missing argument"),
    ],
)
def test_wrong_settings_are_told_in_words(holdfast: Commands, arguments: list[str], code: int, said: str) -> None:
    assert said in holdfast.error("config", *arguments, code=code)
    assert not (holdfast.home / "config.toml").exists()


def test_a_file_that_cannot_be_read_is_not_written_over(holdfast: Commands) -> None:
    holdfast.home.mkdir(mode=0o700)
    file = holdfast.home / "config.toml"
    file.write_text("this is = = no toml")

    assert "cannot be read" in holdfast.error("config", "set", "backup.keep", "3", code=1)
    assert file.read_text() == "this is = = no toml"


def test_a_value_where_a_table_belongs_is_told(holdfast: Commands) -> None:
    holdfast.home.mkdir(mode=0o700)
    (holdfast.home / "config.toml").write_text("backup = 3\n")

    assert "where a table belongs" in holdfast.error("config", "set", "backup.keep", "3", code=1)
