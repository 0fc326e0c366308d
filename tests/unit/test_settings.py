"""The one table of settings."""

from pathlib import Path

import pytest

from holdfast.settings import SETTINGS, Settings


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


def test_without_a_file_every_setting_has_its_default(file: Path) -> None:
    settings = Settings.load(file, {})
    assert {name: settings[name] for name in SETTINGS} == {name: each.default for name, each in SETTINGS.items()}
    assert {settings.source(name) for name in SETTINGS} == {"default"}
    assert settings.problems == ()


def test_the_environment_wins_over_the_file_and_the_file_over_the_default(file: Path) -> None:
    file.write_text('[inject]\ntokens_session_start = 7\n[capture]\ntools = ["Bash", "Read"]\n[backup]\nkeep = 3\n')
    settings = Settings.load(file, {"HOLDFAST_BACKUP_KEEP": "5"})
    assert settings.number("inject.tokens_session_start") == 7
    assert settings.words("capture.tools") == ("Bash", "Read")
    assert settings.number("backup.keep") == 5
    names = ("inject.tokens_session_start", "backup.keep", "daemon.idle_minutes")
    assert [settings.source(name) for name in names] == ["file", "environment", "default"]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("[inject]\ntokens_session_start = -1", "inject.tokens_session_start"),
        ("[inject]\ntokens_session_start = true", "inject.tokens_session_start"),
        ("[inject]\ntokens_session_start = 1.5", "inject.tokens_session_start"),
        ('[inject]\nsession_start = "yes"', "inject.session_start"),
        ("[capture]\ntools = 5", "capture.tools"),
        ("[daemon]\nidle_minutes = 0", "daemon.idle_minutes"),
        ("[no]\nsuch = 1", "no.such"),
    ],
)
def test_what_the_file_says_wrongly_stays_at_its_default_and_is_told(file: Path, text: str, name: str) -> None:
    file.write_text(text)
    settings = Settings.load(file, {})
    assert [name in problem for problem in settings.problems] == [True]
    if name in SETTINGS:
        assert settings[name] == SETTINGS[name].default


@pytest.mark.parametrize("content", [b"not = = toml", b"\xff\xfe", b"[unclosed"])
def test_a_file_that_cannot_be_read_leaves_all_defaults_and_is_told(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    settings = Settings.load(file, {"HOLDFAST_BACKUP_KEEP": "5"})
    assert str(file) in settings.problems[0]
    assert settings.number("backup.keep") == 5


@pytest.mark.parametrize(
    ("text", "value"), [("1", True), ("TRUE", True), (" on ", True), ("0", False), ("No", False), ("off", False)]
)
def test_a_switch_is_read_in_any_usual_word(file: Path, text: str, value: bool) -> None:
    assert Settings.load(file, {"HOLDFAST_INJECT_SESSION_START": text})["inject.session_start"] is value


@pytest.mark.parametrize(
    ("variable", "text"),
    [("INJECT_SESSION_START", "perhaps"), ("BACKUP_KEEP", "many"), ("BACKUP_KEEP", ""), ("BACKUP_KEEP", "-1"),
     ("DAEMON_IDLE_MINUTES", "0")],
)  # fmt: skip
def test_what_the_environment_says_wrongly_is_told_and_not_followed(file: Path, variable: str, text: str) -> None:
    settings = Settings.load(file, {f"HOLDFAST_{variable}": text})
    assert len(settings.problems) == 1
    assert {settings.source(name) for name in SETTINGS} == {"default"}


def test_words_are_separated_by_commas_and_empty_ones_are_none(file: Path) -> None:
    assert Settings.load(file, {"HOLDFAST_CAPTURE_TOOLS": " Bash, ,mcp__x__y ,"}).words("capture.tools") == (
        "Bash",
        "mcp__x__y",
    )


def test_every_setting_says_what_it_is_and_has_a_variable_of_its_own() -> None:
    assert all(each.help and each.name == name for name, each in SETTINGS.items())
    assert len({each.variable for each in SETTINGS.values()}) == len(SETTINGS)
