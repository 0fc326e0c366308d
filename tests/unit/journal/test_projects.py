"""Which project a working folder belongs to."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.journal.projects import Identity, continues, identify, label_of


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "home" / "me"
    folder.mkdir(parents=True)
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    return folder


@pytest.fixture
def code(tmp_path: Path) -> Path:
    folder = tmp_path / "code"
    folder.mkdir()
    return folder


def run(folder: Path, *args: str) -> str:
    env = {"PATH": os.environ["PATH"], "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"}
    command = ["git", "-c", "user.name=A", "-c", "user.email=a@example.com", *args]
    return subprocess.run(command, cwd=folder, env=env, check=True, capture_output=True, text=True).stdout.strip()


def repository(folder: Path, remote: str | None = None) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    run(folder, "init", "-q", "-b", "main")
    run(folder, "commit", "-q", "--allow-empty", "-m", f"begin {folder}")
    if remote is not None:
        run(folder, "remote", "add", "origin", remote)
    return folder


def key(folder: Path) -> str:
    return identify(str(folder)).key


class TestRepositories:
    def test_a_repository_with_a_remote_is_its_remote(self, code: Path) -> None:
        app = repository(code / "checkout", "git@github.com:Acme/App.git")
        found = identify(str(app))
        assert (found.key, found.label, found.folder) == ("remote:github.com/acme/app", "app", str(app))
        assert found.checkout is not None
        assert found.checkout.root == app

    def test_a_repository_without_one_is_its_git_folder(self, code: Path) -> None:
        app = repository(code / "app")
        found = identify(str(app))
        assert (found.key, found.label) == (f"git:{app}/.git", "app")

    def test_a_folder_without_git_is_its_path(self, code: Path) -> None:
        found = identify(str(code))
        assert (found.key, found.label, found.checkout) == (f"path:{code}", "code", None)

    def test_two_clones_of_one_remote_are_one_project_with_two_worktrees(self, code: Path) -> None:
        a = identify(str(repository(code / "a", "https://github.com/acme/app")))
        b = identify(str(repository(code / "b", "ssh://git@github.com/acme/app.git")))
        assert a.key == b.key
        assert a.checkout is not None
        assert b.checkout is not None
        assert a.checkout.worktree != b.checkout.worktree

    @pytest.mark.parametrize("remote", [None, "https://github.com/acme/app"])
    def test_worktrees_are_one_project_and_stay_apart(self, code: Path, remote: str | None) -> None:
        app = repository(code / "app", remote)
        run(app, "worktree", "add", "-q", "../hotfix")
        main, linked = identify(str(app)), identify(str(code / "hotfix"))
        assert (linked.key, linked.label) == (main.key, "app") == (main.key, main.label)
        assert main.checkout is not None
        assert linked.checkout is not None
        assert linked.checkout.worktree != main.checkout.worktree

    def test_worktrees_of_a_bare_repository_carry_its_name(self, code: Path) -> None:
        repository(code / "start")
        (code / "app").mkdir()
        run(code, "clone", "-q", "--bare", "start", "app/.bare")
        run(code / "app" / ".bare", "remote", "remove", "origin")
        run(code / "app" / ".bare", "worktree", "add", "-q", "../feature")
        assert identify(str(code / "app" / "feature")).label == "app"
        run(code, "clone", "-q", "--bare", "start", "tool.git")
        run(code / "tool.git", "remote", "remove", "origin")
        run(code / "tool.git", "worktree", "add", "-q", "../elsewhere")
        assert identify(str(code / "elsewhere")).label == "tool"

    def test_a_folder_of_a_monorepo_does_not_split_it(self, code: Path) -> None:
        app = repository(code / "app", "https://github.com/acme/app")
        (app / "services" / "billing").mkdir(parents=True)
        assert identify(str(app / "services" / "billing")) == identify(str(app))

    def test_a_submodule_is_a_project_of_its_own(self, code: Path) -> None:
        lib = repository(code / "lib")
        app = repository(code / "app", "https://github.com/acme/app")
        run(app, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(lib), "vendor/lib")
        run(app / "vendor" / "lib", "remote", "set-url", "origin", "https://github.com/acme/lib")
        assert key(app / "vendor" / "lib") == "remote:github.com/acme/lib"

    def test_equal_names_in_different_places_share_the_label_only(self, code: Path) -> None:
        a, b = identify(str(repository(code / "a" / "app"))), identify(str(repository(code / "b" / "app")))
        assert a.label == b.label == "app"
        assert a.key != b.key

    def test_a_clone_from_a_folder_of_this_machine_is_the_same_project(self, code: Path) -> None:
        app = repository(code / "app")
        run(code, "clone", "-q", str(app), "try")
        found = identify(str(code / "try"))
        assert (found.key, found.label) == (key(app), "app")

    def test_a_link_to_the_folder_leads_to_the_same_project(self, code: Path) -> None:
        app = repository(code / "app")
        (code / "link").symlink_to(app)
        assert key(code / "link") == key(app)


class TestNames:
    def test_a_name_comes_before_everything(self, code: Path) -> None:
        app = repository(code / "app", "https://github.com/acme/app")
        found = identify(str(app), named="Shared")
        assert (found.key, found.label, found.hints) == ("name:shared", "Shared", ())
        assert found.checkout is not None

    def test_the_same_name_in_two_hosts_is_one_project(self, code: Path) -> None:
        names = [
            "codemem",
            " codemem ",
            "/Users/adam/workspace/codemem",
            "C:\\Users\\adam\\workspace\\codemem",
            "CodeMem",
        ]
        names += [
            "\\\\server\\share\\codemem",
            "D:/dev/codemem/",
            "https://u:t@x.org/a/codemem.git",
            "git@x.org:a/codemem",
        ]
        assert {identify(str(code), named=name).key for name in names} == {"name:codemem"}

    def test_composed_and_decomposed_letters_are_one_name(self, code: Path) -> None:
        assert identify(str(code), named="café").key == identify(str(code), named="cafe\u0301").key

    @pytest.mark.parametrize("nothing", [None, "", "  ", "/", ".", "..", "\\\\", "\x00", "\u202e"])
    def test_a_name_that_names_nothing_is_as_none(self, code: Path, nothing: str | None) -> None:
        assert identify(str(code), named=nothing) == identify(str(code))

    def test_worktrees_stay_apart_under_a_name(self, code: Path) -> None:
        app = repository(code / "app")
        run(app, "worktree", "add", "-q", "../fix")
        checkouts = {identify(str(folder), named="x").checkout for folder in (app, code / "fix")}
        assert len(checkouts) == 2


class TestFoldersWithoutGit:
    def test_the_folder_that_the_host_names_comes_before_the_working_folder(self, code: Path) -> None:
        (code / "notes" / "2024").mkdir(parents=True)
        found = identify(str(code / "notes" / "2024"), project_dir=str(code / "notes"))
        assert (found.key, found.folder) == (f"path:{code}/notes", f"{code}/notes")

    def test_the_repository_of_the_working_folder_comes_before_the_hosts_folder(self, code: Path) -> None:
        app, other = repository(code / "app"), repository(code / "other")
        assert identify(str(app), project_dir=str(other)).key == key(app)

    def test_a_session_that_steps_out_of_its_repository_stays_with_it(self, code: Path) -> None:
        app = repository(code / "app")
        (code / "scratch").mkdir()
        assert identify(str(code / "scratch"), project_dir=str(app)).key == key(app)

    def test_a_deleted_folder_keeps_its_path(self, code: Path) -> None:
        app = repository(code / "app")
        gone = app / "gone" / "deeper"
        assert (identify(str(gone)).key, identify(str(gone)).label) == (f"path:{gone}", "deeper")

    def test_a_folder_deleted_under_a_session_leaves_the_session_where_it_began(self, code: Path) -> None:
        app = repository(code / "app")
        assert identify(str(app / "gone"), project_dir=str(app)).key == key(app)

    @pytest.mark.parametrize(
        ("cwd", "expected", "label"),
        [
            ("C:\\Users\\adam\\workspace\\codemem", "path:C:/Users/adam/workspace/codemem", "codemem"),
            ("c:/Users/adam/workspace/codemem/", "path:C:/Users/adam/workspace/codemem", "codemem"),
            ("\\\\server\\share\\team\\project-x", "path://server/share/team/project-x", "project-x"),
        ],
    )
    def test_a_folder_of_a_windows_machine_keeps_its_path(self, cwd: str, expected: str, label: str) -> None:
        assert (identify(cwd).key, identify(cwd).label) == (expected, label)

    @pytest.mark.parametrize("blank", ["", " ", "."])
    def test_without_a_working_folder_the_hosts_folder_counts(self, code: Path, blank: str) -> None:
        assert identify(blank, project_dir=str(code)).key == key(code)
        assert identify(blank) == Identity("path:", "unknown", None, "", ())

    def test_bytes_that_are_no_text_give_distinct_keys_that_can_be_stored(self, code: Path) -> None:
        keys = set()
        for name in (b"\xff", b"\xfe", b"a\nb"):
            folder = os.fsdecode(os.fsencode(code) + b"/" + name)
            Path(folder).mkdir()
            keys.add(identify(folder).key)
        assert len(keys) == 3
        assert all(key.isprintable() and key.encode() for key in keys)

    @given(cwd=st.text(), named=st.none() | st.text(), project_dir=st.none() | st.text())
    def test_any_text_gives_an_answer_that_can_be_stored_and_shown(
        self, cwd: str, named: str | None, project_dir: str | None
    ) -> None:
        found = identify(cwd, named=named, project_dir=project_dir)
        assert found.key.partition(":")[0] in ("remote", "git", "path", "name")
        assert found.key.isprintable()
        assert found.label.isprintable()
        assert 0 < len(found.label) <= 100


class TestPlacesThatAreNoProjects:
    def test_a_session_in_the_home_folder_has_nothing_to_do_with_those_below(self, home: Path) -> None:
        (home / "notes").mkdir()
        assert (key(home), identify(str(home)).label) == (f"path:{home}", "~")
        assert key(home / "notes") == f"path:{home}/notes"
        assert identify(str(home / "notes"), project_dir=str(home)).key == f"path:{home}/notes"

    def test_a_repository_of_dotfiles_owns_what_it_tracks_and_nothing_else(self, home: Path) -> None:
        repository(home, "https://github.com/me/dotfiles")
        for folder in (".config/editor", "notes"):
            (home / folder).mkdir(parents=True)
            (home / folder / "file").write_text("x")
        run(home, "add", ".config")
        run(home, "commit", "-q", "-m", "editor")
        assert key(home) == key(home / ".config" / "editor") == "remote:github.com/me/dotfiles"
        assert key(home / "notes") == f"path:{home}/notes"
        assert identify(str(home / "notes"), project_dir=str(home)).key == f"path:{home}/notes"

    def test_so_does_one_above_the_home_folder(self, home: Path) -> None:
        repository(home.parent)
        assert key(home) == f"path:{home}"
        assert identify(str(home)).checkout is None

    def test_a_repository_below_is_a_project_as_ever(self, home: Path) -> None:
        repository(home, "https://github.com/me/dotfiles")
        repository(home / "code" / "app", "https://github.com/acme/app")
        assert key(home / "code" / "app") == "remote:github.com/acme/app"

    def test_a_repository_in_the_temporary_folder_does_not_own_what_others_put_there(self, tmp_path: Path) -> None:
        temporary = repository(tmp_path / "temporary", "https://github.com/acme/app")
        (temporary / "x").mkdir()
        assert key(temporary / "x") == f"path:{temporary}/x"

    def test_a_folder_that_all_users_share_is_no_project(self, tmp_path: Path) -> None:
        shared = tmp_path / "shared"
        (shared / "mine").mkdir(parents=True)
        shared.chmod(0o1777)
        assert [key(Path(name)) for name in ("/tmp", "/var/tmp")] == ["", ""]
        assert (key(shared), identify(str(shared), named="shop").key) == ("", "name:shop")
        assert identify(str(shared / "mine"), project_dir=str(shared)).key == f"path:{shared}/mine"
        assert key(repository(shared)) == f"git:{shared}/.git"

    def test_a_folder_that_merely_allows_everything_is_one(self, tmp_path: Path) -> None:
        folder = tmp_path / "mounted"
        folder.mkdir()
        folder.chmod(0o777)
        assert key(folder) == f"path:{folder}"

    def test_the_root_of_the_machine_is_only_itself(self) -> None:
        assert (identify("/").key, identify("/").label) == ("path:/", "/")

    def test_a_machine_without_a_home_has_projects_too(self, code: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("HOME", "")
        assert key(code) == f"path:{code}"


class TestFindingAProjectAgain:
    """What the store asks when it meets a key that it does not know."""

    def recorded(self, folder: Path) -> tuple[str, tuple[str, ...]]:
        found = identify(str(folder))
        return found.key, found.hints

    def test_a_renamed_folder_with_a_remote_has_the_same_key(self, code: Path) -> None:
        before = key(repository(code / "app", "https://github.com/acme/app"))
        (code / "app").rename(code / "renamed")
        assert key(code / "renamed") == before

    def test_a_renamed_repository_without_a_remote_is_known_by_its_first_commit(self, code: Path) -> None:
        before, hints = self.recorded(repository(code / "app"))
        (code / "app").rename(code / "renamed")
        after = identify(str(code / "renamed"))
        assert after.key != before
        assert continues(after, before, hints)

    def test_a_copy_is_a_project_of_its_own_while_the_first_is_there(self, code: Path) -> None:
        before, hints = self.recorded(repository(code / "app"))
        shutil.copytree(code / "app", code / "copy")
        assert not continues(identify(str(code / "copy")), before, hints)

    def test_a_fork_with_a_remote_of_its_own_is_never_joined_by_its_first_commit(self, code: Path) -> None:
        before, hints = self.recorded(repository(code / "app"))
        (code / "app").rename(code / "fork")
        run(code / "fork", "remote", "add", "origin", "https://github.com/other/app")
        fork = identify(str(code / "fork"))
        assert not continues(fork, before, hints)

    def test_two_unrelated_repositories_are_not_joined(self, code: Path) -> None:
        before, hints = self.recorded(repository(code / "app"))
        shutil.rmtree(code / "app")
        assert not continues(identify(str(repository(code / "new"))), before, hints)

    def test_a_repository_that_is_given_a_remote_is_known_by_its_place(self, code: Path) -> None:
        before, hints = self.recorded(repository(code / "app"))
        run(code / "app", "remote", "add", "origin", "https://github.com/acme/app")
        assert continues(identify(str(code / "app")), before, hints)

    def test_another_repository_in_the_same_place_is_another_project(self, code: Path) -> None:
        before, hints = self.recorded(repository(code / "app"))
        shutil.rmtree(code / "app")
        repository(code / "app", "https://github.com/other/thing")
        run(code / "app", "commit", "-q", "--amend", "--allow-empty", "-m", "other beginning")
        assert not continues(identify(str(code / "app")), before, hints)

    def test_a_folder_that_becomes_a_repository_is_known_by_its_path(self, code: Path) -> None:
        (code / "app").mkdir()
        before, hints = self.recorded(code / "app")
        assert continues(identify(str(repository(code / "app"))), before, hints)

    def test_a_clone_whose_source_is_gone_carries_on(self, code: Path) -> None:
        app = repository(code / "app")
        run(code, "clone", "-q", str(app), "try")
        before, hints = self.recorded(code / "try")
        shutil.rmtree(app)
        assert continues(identify(str(code / "try")), before, hints)

    def test_projects_with_other_kinds_of_keys_are_not_continued_by_a_first_commit(self, code: Path) -> None:
        _, hints = self.recorded(repository(code / "app"))
        assert not continues(identify(str(code / "app")), "remote:github.com/acme/app", hints)
        assert not continues(identify(str(code / "app")), "name:app", hints)

    def test_a_name_continues_nothing(self, code: Path) -> None:
        before, hints = self.recorded(repository(code / "app"))
        assert not continues(identify(str(code / "app"), named="app"), before, hints)


class TestLabels:
    @pytest.mark.parametrize(
        ("text", "label"),
        [
            ("/Users/adam/workspace/codemem", "codemem"),
            ("/Users/adam/workspace/codemem/", "codemem"),
            ("C:\\Users\\adam\\workspace\\codemem", "codemem"),
            ("C:\\Users\\adam\\workspace\\codemem\\", "codemem"),
            ("D:/dev/client-demo", "client-demo"),
            ("\\\\server\\share\\team\\project-x", "project-x"),
            ("\\\\server\\share", "share"),
            ("\\\\?\\C:\\dev\\app", "app"),
            ("C:\\", "C:"),
            ("dev\\app", "app"),
            ("dev/app", "app"),
            ("/home/me/we\\ird", "we\\ird"),
            ("C:\\dev/mixed\\app", "app"),
            ("a/b/../c", "c"),
            ("a/b/..", "a"),
            ("a/./.", "a"),
            ("my app", "my app"),
            ("x:y", "x:y"),
            ("https://github.com/acme/App.git", "app"),
            ("https://me:token@host.example", "host.example"),
            ("https://token@host.example", "host.example"),
            ("me:token@host.example", "host.example"),
            ("git@github.com:acme/app.git", "app"),
            ("@scope/app", "app"),
            ("team:app", "team:app"),
            ("file:///srv/code/app", "app"),
            ("\x1b[31mred\x07", "[31mred"),
            ("a\u202eb", "ab"),
            ("x" * 300, "x" * 100),
            ("", ""),
            ("   ", ""),
            ("/", ""),
            ("//", ""),
            ("..", ""),
            ("\\\\", ""),
            (".hidden", ".hidden"),
        ],
    )
    def test_a_label_is_the_last_part_by_the_rules_of_the_system_it_comes_from(self, text: str, label: str) -> None:
        assert label_of(text) == label

    @given(st.text())
    def test_a_label_is_its_own_label_in_any_case(self, text: str) -> None:
        label = label_of(text)
        assert label.isprintable()
        assert len(label) <= 100
        assert label == label.strip()
