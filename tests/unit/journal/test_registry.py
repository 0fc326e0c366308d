"""Which project a code base is."""

from pathlib import Path

import pytest
from tests.recordings.replay import World

from holdfast.journal.projects import Identity
from holdfast.journal.registry import Projects


def identity(key: str, *hints: str, label: str = "app") -> Identity:
    return Identity(key, label, None, "/w", hints)


@pytest.fixture
def projects(place: World) -> Projects:
    return Projects(place.database)


def test_equal_keys_are_one_project_and_different_ones_are_not(projects: Projects) -> None:
    first = projects.known(identity("remote:github.com/a/app"), 1)
    assert projects.known(identity("remote:github.com/a/app", label="other"), 2) == first
    assert projects.known(identity("remote:github.com/b/app"), 3) != first


def test_looking_for_a_project_makes_none(projects: Projects, place: World) -> None:
    assert projects.find(identity("path:/w")) is None
    assert place.rows("SELECT * FROM projects") == []
    made = projects.known(identity("path:/w"), 1)
    assert projects.find(identity("path:/w")) == made


def test_a_project_that_gains_a_remote_stays_the_same(projects: Projects, place: World) -> None:
    made = projects.known(identity("git:/w/.git", "path:/w", "root:abc"), 1)
    assert projects.known(identity("remote:github.com/a/app", "git:/w/.git", "path:/w", "root:abc"), 2) == made
    assert place.rows("SELECT key FROM project_keys ORDER BY key") == [("git:/w/.git",), ("remote:github.com/a/app",)]


def test_a_repository_that_was_moved_is_found_by_its_first_commit(projects: Projects, tmp_path: Path) -> None:
    made = projects.known(identity(f"git:{tmp_path}/gone/.git", "root:abc"), 1)
    assert projects.known(identity("git:/new/.git", "root:abc"), 2) == made


def test_a_copy_beside_the_original_is_a_project_of_its_own(projects: Projects, tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    made = projects.known(identity(f"git:{tmp_path}/.git", "root:abc"), 1)
    assert projects.known(identity("git:/copy/.git", "root:abc"), 2) != made


def test_when_two_could_be_meant_neither_is(projects: Projects) -> None:
    two = {projects.known(identity(f"git:/gone/{n}/.git", f"root:{n}"), 1) for n in range(2)}
    assert len(two) == 2
    assert projects.known(identity("git:/new/.git", "root:0", "root:1"), 2) not in two


def test_a_merged_project_is_where_it_went_even_in_a_chain(projects: Projects, place: World) -> None:
    one, two, three = (projects.known(identity(f"path:/{n}"), 1) or 0 for n in range(3))
    for source, target in ((one, two), (two, three)):
        place.database.connection.execute("UPDATE projects SET merged_into = ? WHERE id = ?", (target, source))
    assert projects.final(one) == three
    assert projects.known(identity("path:/0"), 2) == three
    assert projects.find(identity("path:/1")) == three


def test_a_circle_of_merges_ends(projects: Projects, place: World) -> None:
    one, two = (projects.known(identity(f"path:/{n}"), 1) or 0 for n in range(2))
    for source, target in ((one, two), (two, one)):
        place.database.connection.execute("UPDATE projects SET merged_into = ? WHERE id = ?", (target, source))
    assert projects.final(one) in (one, two)


def test_only_the_latest_weaker_names_count(projects: Projects, place: World) -> None:
    made = projects.known(identity("git:/w/.git", "path:/w"), 1)
    projects.known(identity("git:/w/.git", "path:/w", "root:abc"), 2)
    assert place.rows("SELECT hint FROM project_hints WHERE project = ? ORDER BY hint", made) == [
        ("path:/w",),
        ("root:abc",),
    ]
