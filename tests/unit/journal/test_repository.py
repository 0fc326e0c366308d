"""What a folder tells about its repository."""

from __future__ import annotations

import os
import subprocess
from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from holdfast.journal.policy import read_policy
from holdfast.journal.remote import canonical_remote
from holdfast.journal.repository import Checkout, config_entries, git, look, root_commit

AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home" / "me"
    home.mkdir(parents=True)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)


def run(folder: Path, *args: str, **env: str) -> str:
    return subprocess.run(
        ["git", "-c", "user.name=A", "-c", "user.email=a@example.com", *args],
        cwd=folder,
        env={
            "PATH": os.environ["PATH"],
            "HOME": "/nonexistent",
            "GIT_CONFIG_GLOBAL": "/dev/null",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_ALLOW_PROTOCOL": "file",
            **env,
        },
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()


def repository(folder: Path, remote: str | None = None) -> Path:
    folder.mkdir(parents=True)
    run(folder, "init", "-q", "-b", "main")
    run(folder, "commit", "-q", "--allow-empty", "-m", f"begin {folder.name}")
    if remote is not None:
        run(folder, "remote", "add", "origin", remote)
    return folder


def seen(folder: Path) -> Checkout:
    checkout = look(folder)
    assert checkout is not None
    return checkout


class TestLookingAtAFolder:
    def test_a_folder_deep_inside_is_of_the_repository_around_it(self, tmp_path: Path) -> None:
        app = repository(tmp_path / "app", "https://github.com/acme/app.git")
        deep = app / "packages" / "web"
        deep.mkdir(parents=True)
        assert seen(deep) == Checkout(
            root=app,
            common_dir=app / ".git",
            worktree=str(app / ".git"),
            remote="github.com/acme/app",
            branch="main",
        )
        assert seen(deep) == seen(app) == seen(app / ".git" / "hooks")

    def test_a_folder_outside_any_repository_has_no_checkout(self, tmp_path: Path) -> None:
        assert look(tmp_path) is None

    @pytest.mark.parametrize("odd", ["", ".", "relative/folder", "/no\0ne", "/" + "x" * 9000])
    def test_a_name_that_is_no_folder_has_no_checkout(self, odd: str) -> None:
        assert look(odd) is None

    def test_a_deleted_folder_is_not_taken_for_its_parent(self, tmp_path: Path) -> None:
        app = repository(tmp_path / "app")
        assert look(app / "gone") is None

    def test_a_file_is_not_a_folder(self, tmp_path: Path) -> None:
        app = repository(tmp_path / "app")
        (app / "a.txt").write_text("a")
        assert look(app / "a.txt") is None

    def test_a_link_to_a_folder_is_the_folder(self, tmp_path: Path) -> None:
        app = repository(tmp_path / "app")
        (tmp_path / "link").symlink_to(app)
        assert seen(tmp_path / "link") == seen(app)

    def test_links_in_a_circle_are_no_folder(self, tmp_path: Path) -> None:
        (tmp_path / "a").symlink_to(tmp_path / "b")
        (tmp_path / "b").symlink_to(tmp_path / "a")
        assert look(tmp_path / "a") is None

    def test_an_empty_git_folder_does_not_hide_the_repository_above(self, tmp_path: Path) -> None:
        app = repository(tmp_path / "app")
        (app / "sub" / ".git").mkdir(parents=True)
        assert seen(app / "sub").root == app

    def test_a_worktree_shares_the_common_folder_and_keeps_its_own_name(self, tmp_path: Path) -> None:
        app = repository(tmp_path / "app", "git@github.com:acme/app.git")
        run(app, "worktree", "add", "-q", "-b", "fix/it", "../hot fix")
        main, fix = seen(app), seen(tmp_path / "hot fix")
        assert fix.common_dir == main.common_dir
        assert fix.remote == main.remote == "github.com/acme/app"
        assert fix.root == tmp_path / "hot fix"
        assert fix.branch == "fix/it"
        assert fix.worktree != main.worktree
        assert fix.linked
        assert not main.linked

    def test_a_worktree_that_was_moved_keeps_its_name(self, tmp_path: Path) -> None:
        app = repository(tmp_path / "app")
        run(app, "worktree", "add", "-q", "../fix")
        before = seen(tmp_path / "fix").worktree
        run(app, "worktree", "move", "../fix", "../elsewhere")
        assert seen(tmp_path / "elsewhere").worktree == before

    def test_a_pruned_worktree_still_belongs_to_its_repository(self, tmp_path: Path) -> None:
        app = repository(tmp_path / "app", "https://github.com/acme/app")
        run(app, "worktree", "add", "-q", "../fix")
        keep = (tmp_path / "fix" / ".git").read_text()
        run(app, "worktree", "remove", "../fix")
        (tmp_path / "fix").mkdir()
        (tmp_path / "fix" / ".git").write_text(keep)
        fix = seen(tmp_path / "fix")
        assert (fix.common_dir, fix.remote) == (app / ".git", "github.com/acme/app")
        assert fix.branch is None

    def test_a_git_file_that_points_nowhere_is_no_checkout(self, tmp_path: Path) -> None:
        app = repository(tmp_path / "app")
        (app / "sub").mkdir()
        (app / "sub" / ".git").write_text("gitdir: ../nowhere\n")
        assert look(app / "sub") is None

    def test_a_submodule_is_a_repository_of_its_own(self, tmp_path: Path) -> None:
        lib = repository(tmp_path / "lib")
        app = repository(tmp_path / "app", "https://github.com/acme/app")
        run(app, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(lib), "lib")
        run(app / "lib", "remote", "set-url", "origin", "https://github.com/acme/lib")
        sub = seen(app / "lib")
        assert sub.root == app / "lib"
        assert sub.common_dir == app / ".git" / "modules" / "lib"
        assert sub.remote == "github.com/acme/lib"

    def test_a_repository_inside_another_is_its_own(self, tmp_path: Path) -> None:
        app = repository(tmp_path / "app")
        assert seen(repository(app / "vendor" / "tool")).root == app / "vendor" / "tool"

    def test_a_git_folder_kept_elsewhere_is_found(self, tmp_path: Path) -> None:
        (tmp_path / "app").mkdir()
        run(tmp_path / "app", "init", "-q", "--separate-git-dir", "../store")
        assert seen(tmp_path / "app").common_dir == tmp_path / "store"
        assert not seen(tmp_path / "app").linked

    def test_a_bare_repository_and_its_worktrees_are_one(self, tmp_path: Path) -> None:
        app = repository(tmp_path / "app")
        run(tmp_path, "clone", "-q", "--bare", str(app), "app.git")
        run(tmp_path / "app.git", "worktree", "add", "-q", "main-tree")
        run(tmp_path / "app.git", "remote", "remove", "origin")
        bare, tree = seen(tmp_path / "app.git"), seen(tmp_path / "app.git" / "main-tree")
        assert bare.common_dir == tree.common_dir == tmp_path / "app.git"
        assert bare.worktree != tree.worktree

    def test_a_bare_repository_inside_a_checkout_cannot_pass_for_another_project(self, tmp_path: Path) -> None:
        """A clone can carry such folders as plain files, with a config of the author's choice."""
        app = repository(tmp_path / "app", "https://github.com/evil/app")
        inner = app / "inner"
        inner.mkdir()
        run(inner, "init", "-q", "--bare")
        run(inner, "config", "remote.origin.url", "https://github.com/acme/secret")
        assert seen(inner).remote == "github.com/evil/app"

    def test_a_detached_head_has_no_branch(self, tmp_path: Path) -> None:
        app = repository(tmp_path / "app")
        run(app, "checkout", "-q", "--detach")
        assert seen(app).branch is None

    def test_a_repository_without_commits_is_one_already(self, tmp_path: Path) -> None:
        run(tmp_path, "init", "-q", "-b", "trunk", "app")
        assert seen(tmp_path / "app").branch == "trunk"

    def test_a_checkout_cannot_be_changed(self, tmp_path: Path) -> None:
        checkout = seen(repository(tmp_path / "app"))
        with pytest.raises(FrozenInstanceError):
            checkout.branch = "other"  # type: ignore[misc]

    def test_no_git_program_is_needed_to_look(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        app = repository(tmp_path / "app", "https://github.com/acme/app")
        monkeypatch.setenv("PATH", str(tmp_path))
        assert seen(app).remote == "github.com/acme/app"


class TestOwnership:
    def test_a_repository_of_somebody_else_is_looked_at_when_git_accepts_it(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        app = repository(tmp_path / "app")
        real = os.geteuid()
        monkeypatch.setattr(os, "geteuid", lambda: real + 1)
        assert seen(app).root == app

    def test_a_repository_of_somebody_else_is_no_checkout_when_nobody_vouches_for_it(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        app = repository(tmp_path / "app")
        real = os.geteuid()
        monkeypatch.setattr(os, "geteuid", lambda: real + 1)
        monkeypatch.setenv("PATH", str(tmp_path))
        assert look(app) is None

    @AS_ROOT
    def test_what_git_refuses_as_dubious_is_no_checkout(self, tmp_path: Path) -> None:
        app = repository(tmp_path / "app")
        os.chown(app, 12345, 12345)
        assert look(app) is None

    @AS_ROOT
    def test_a_safe_directory_of_the_users_own_config_is_respected(self, tmp_path: Path) -> None:
        app = repository(tmp_path / "app")
        os.chown(app / ".git", 12345, 12345)
        (tmp_path / "home" / "me" / ".gitconfig").write_text("[safe]\n\tdirectory = *\n")
        assert seen(app).root == app


class TestChoosingTheRemote:
    def configured(self, tmp_path: Path, config: str) -> str | None:
        app = repository(tmp_path / "app")
        with (app / ".git" / "config").open("a") as file:
            file.write(config)
        return seen(app).remote

    def test_origin_comes_first(self, tmp_path: Path) -> None:
        config = '[remote "a"]\nurl = https://x.org/a/a\n[remote "origin"]\nurl = https://x.org/o/o\n'
        assert self.configured(tmp_path, config) == "x.org/o/o"

    def test_the_only_remote_is_taken_whatever_its_name(self, tmp_path: Path) -> None:
        assert self.configured(tmp_path, '[remote "z"]\nurl = https://x.org/z/z\n') == "x.org/z/z"

    def test_without_origin_the_remote_of_the_branch_is_taken(self, tmp_path: Path) -> None:
        config = (
            '[remote "a"]\nurl = https://x.org/a/a\n[remote "b"]\nurl = https://x.org/b/b\n'
            '[branch "main"]\nremote = b\n[branch "other"]\nremote = a\n'
        )
        assert self.configured(tmp_path, config) == "x.org/b/b"

    def test_else_the_first_of_the_alphabet(self, tmp_path: Path) -> None:
        config = '[remote "b"]\nurl = https://x.org/b/b\n[remote "a"]\nurl = https://x.org/a/a\n'
        assert self.configured(tmp_path, config) == "x.org/a/a"

    def test_of_several_addresses_the_first_counts(self, tmp_path: Path) -> None:
        config = '[remote "origin"]\nurl = https://x.org/a/a\nurl = https://x.org/b/b\n'
        assert self.configured(tmp_path, config) == "x.org/a/a"

    def test_an_address_that_identifies_nothing_gives_way_to_the_next(self, tmp_path: Path) -> None:
        config = '[remote "origin"]\nurl = /media/stick/app.git\n[remote "hub"]\nurl = https://x.org/a/a\n'
        assert self.configured(tmp_path, config) == "x.org/a/a"

    def test_rewriting_rules_and_included_files_are_not_applied(self, tmp_path: Path) -> None:
        (tmp_path / "more").write_text('[remote "origin"]\nurl = https://x.org/from/include\n')
        config = (
            f"[include]\npath = {tmp_path / 'more'}\n"
            '[url "https://evil.org/"]\ninsteadOf = https://x.org/\n'
            '[remote "z"]\nurl = https://x.org/a/a\n'
        )
        assert self.configured(tmp_path, config) == "x.org/a/a"

    def test_credentials_do_not_survive(self, tmp_path: Path) -> None:
        config = '[remote "origin"]\nurl = https://me:s3cr3t@x.org/a/a\n'
        self.configured(tmp_path, config)
        assert "s3cr3t" not in repr(seen(tmp_path / "app"))

    def test_a_clone_of_a_clone_on_this_machine_has_the_remote_of_the_first(self, tmp_path: Path) -> None:
        app = repository(tmp_path / "app", "https://github.com/acme/app")
        run(tmp_path, "clone", "-q", str(app), "second")
        run(tmp_path, "clone", "-q", f"file://{tmp_path}/second", "third")
        assert seen(tmp_path / "third").remote == "github.com/acme/app"

    def test_a_clone_of_a_repository_without_remote_names_its_common_folder(self, tmp_path: Path) -> None:
        app = repository(tmp_path / "app")
        run(tmp_path, "clone", "-q", str(app), "second")
        run(tmp_path / "second", "remote", "set-url", "origin", "../app")
        assert seen(tmp_path / "second").remote == str(app / ".git")

    def test_two_clones_of_one_bare_repository_have_one_remote(self, tmp_path: Path) -> None:
        run(tmp_path, "init", "-q", "--bare", "srv/app.git")
        for name, address in (("a", "srv/app.git"), ("b", "srv/app")):
            app = repository(tmp_path / name)
            run(app, "remote", "add", "origin", str(tmp_path / address))
            assert seen(app).remote == str(tmp_path / "srv" / "app.git")

    def test_repositories_that_name_each_other_come_to_an_end(self, tmp_path: Path) -> None:
        a = repository(tmp_path / "a", str(tmp_path / "b"))
        repository(tmp_path / "b", str(tmp_path / "a"))
        own = repository(tmp_path / "own", ".")
        assert seen(a).remote == str(tmp_path / "b" / ".git")
        assert seen(own).remote is None


SAME = [
    "https://github.com/acme/app",
    "https://github.com/acme/app.git",
    "https://github.com/acme/app.git/",
    "https://github.com//acme/./app/",
    "HTTPS://GitHub.COM/Acme/App.git",
    "https://www.github.com/acme/app",
    "https://github.com:443/acme/app",
    "https://user:token@github.com/acme/app",
    "https://token@github.com/acme/app.git?x=1#y",
    "https://us%40er:p%2Fw@github.com/acme/app",
    "https://p@ss:w@rd@github.com/acme/app",
    "https://github.com./acme/%61pp",
    "http://github.com:80/acme/app",
    "git://github.com/acme/app.git",
    "git://github.com:9418/acme/app.git",
    "ssh://git@github.com/acme/app.git",
    "ssh://git@github.com:22/acme/app.git",
    "git+ssh://git@github.com/acme/app.git",
    "ssh://git@ssh.github.com:443/acme/app.git",
    "git@github.com:acme/app.git",
    "git@github.com:/acme/app",
    "github.com:acme/app",
    "me:token@github.com:acme/app",
    "  git@github.com:acme/app.git\n",
]


class TestCanonicalRemotes:
    @pytest.mark.parametrize("url", SAME)
    def test_every_spelling_of_one_address_is_the_same(self, url: str) -> None:
        assert canonical_remote(url) == "github.com/acme/app"

    @pytest.mark.parametrize(
        ("url", "canonical"),
        [
            ("https://git.corp.example:8443/Team/App.git", "git.corp.example:8443/Team/App"),
            ("ssh://git@git.corp.example:7999/Team/App.git", "git.corp.example:7999/Team/App"),
            ("git@git.corp.example:Team/App.git", "git.corp.example/Team/App"),
            ("https://gitlab.com/Group/Sub/App", "gitlab.com/group/sub/app"),
            ("git@bitbucket.org:Acme/App.git", "bitbucket.org/acme/app"),
            ("https://codeberg.org/Acme/App", "codeberg.org/acme/app"),
            ("ssh://me@[::1]:2222/srv/app.git", "[::1]:2222/srv/app"),
            ("me@[::1]:srv/app.git", "[::1]/srv/app"),
            ("server:~me/app", "server/~me/app"),
            ("ssh://server/srv/app/.git", "server/srv/app"),
            ("https://x.org/a%20b/c", "x.org/a b/c"),
            ("server:a%20b", "server/a%20b"),
            ("https://x.org/@scope/app", "x.org/@scope/app"),
            ("x.org:@scope/app", "x.org/@scope/app"),
            ("codecommit://profile@app", "codecommit://app"),
            ("codecommit::us-east-1://profile@app", "us-east-1://app"),
            ("hg::https://me:pw@x.org/app", "x.org/app"),
        ],
    )
    def test_other_hosts_keep_their_case_and_their_ports(self, url: str, canonical: str) -> None:
        assert canonical_remote(url) == canonical

    @pytest.mark.parametrize(
        "url",
        [
            "",
            " ",
            "/srv/app.git",
            "./app",
            "../app",
            "app",
            "file:///srv/app.git",
            "C:\\code\\app",
            "C:/code/app",
            "https://",
            "https:///app",
            "https://github.com",
            "https://github.com/",
            "https://me:secret/x@github.com/acme/app",
            "https://x.org:99999/app",
            "https://[::1/app",
            "https://x.org/a%0ab",
            "https://x.org/a\x1b[31m",
            "ext::sh -c evil% %S",
            "fd::17",
            "hg::/srv/app",
        ],
    )
    def test_what_is_no_address_of_another_machine_is_none(self, url: str) -> None:
        assert canonical_remote(url) is None

    @given(
        user=st.text("abcdefgh", min_size=1, max_size=8),
        token=st.text("XYZ0123456789%@:", min_size=6, max_size=20),
        name=st.text("ijklm-_.", min_size=1, max_size=8).filter(lambda n: n.strip(".") != ""),
        form=st.sampled_from(
            [
                "https://{u}:{t}@x.org/q/{n}",
                "ssh://{u}:{t}@x.org/q/{n}",
                "{u}:{t}@x.org:q/{n}",
                "{u}:{t}@x.org/q/{n}",
                "{u}:{t}@x.org",
                "https://{t}@x.org/q/{n}",
                "odd://{u}:{t}@x.org/q/{n}",
            ]
        ),
    )
    def test_no_credential_survives_any_form(self, user: str, token: str, name: str, form: str) -> None:
        found = canonical_remote(form.format(u=user, t=token, n=name))
        assert found is None or not set(found) & set("XYZ0123456789%@")

    @given(st.text())
    def test_any_text_gives_an_address_or_none(self, text: str) -> None:
        found = canonical_remote(text)
        assert found is None or found.isprintable()


SECTIONS = ['[remote "a"]', '[remote "A\\"b\\\\c"]', "[REMOTE.Aa]", "[core]", "[branch"]
PIECES = [*SECTIONS, "url", "Url=", "remote = ", " = ", "=", " ", "\n", "\n\n", "\r\n", "\\\n", "\\\\", "\\n", '\\"']
PIECES += ["\\", '"', "#", ";", "x", "y z", "é"]


class TestReadingTheConfig:
    @given(
        st.lists(
            st.sampled_from(PIECES),
            max_size=14,
        ).map("".join)
    )
    @example('[remote "a"]\n\turl = x # comment\n')
    @example('[remote "a"] url = x ; comment\n')
    @example('[remote "a"]\nurl = "x # y" z "\n')
    @example('[remote "a"]\nurl = "x # y" z\n')
    @example('[remote "a"]\nurl = one\\\n  two\n')
    @example('[remote "a"]\nurl = a\\tb\\"c\\\\d\n')
    @example('\ufeff[remote "a"]\r\nurl = x\r\n')
    @example('[remote "a"]\nurl =    \nfetch\n[branch "b"]\nremote=a\n')
    @example('; top\n\n# more\n[remote "a"]\n\n  url = x   \n')
    @example('[remote "a"]\nurl = " x "\n[core]\nbare = false\n[remote "a"]\nurl = y')
    def test_whatever_git_accepts_is_read_as_git_reads_it(self, text: str) -> None:
        listed = subprocess.run(
            ["git", "config", "--file", "-", "--null", "--list"], input=text.encode(), capture_output=True, check=False
        )
        ours = [
            (".".join(part for part in (e.section or None, e.name, e.key) if part is not None), e.value)
            for e in config_entries(text)
        ]
        if listed.returncode == 0:
            theirs = [entry.partition("\n") for entry in listed.stdout.decode().split("\0") if entry]
            assert ours == [(name, value) for name, _, value in theirs]


class TestRootCommits:
    def test_the_root_stays_when_work_goes_on(self, tmp_path: Path) -> None:
        app = repository(tmp_path / "app")
        first = run(app, "rev-parse", "HEAD")
        run(app, "commit", "-q", "--allow-empty", "-m", "more")
        assert root_commit(seen(app)) == first

    @pytest.mark.parametrize("year", ["2001", "2099"])
    def test_history_merged_in_from_elsewhere_does_not_change_the_root(self, tmp_path: Path, year: str) -> None:
        app = repository(tmp_path / "app")
        first = run(app, "rev-parse", "HEAD")
        run(tmp_path, "init", "-q", "-b", "main", "lib")
        run(
            tmp_path / "lib", "commit", "-q", "--allow-empty", "-m", "lib", GIT_COMMITTER_DATE=f"{year}-01-01T00:00:00Z"
        )
        run(app, "fetch", "-q", str(tmp_path / "lib"), "main")
        run(app, "merge", "-q", "--allow-unrelated-histories", "-m", "join", "FETCH_HEAD")
        assert root_commit(seen(app)) == first

    def test_without_commits_there_is_no_root(self, tmp_path: Path) -> None:
        run(tmp_path, "init", "-q", "app")
        assert root_commit(seen(tmp_path / "app")) is None

    def test_the_edge_of_a_shallow_clone_is_not_its_root(self, tmp_path: Path) -> None:
        app = repository(tmp_path / "app")
        run(app, "commit", "-q", "--allow-empty", "-m", "more")
        run(tmp_path, "clone", "-q", "--depth", "1", f"file://{app}", "shallow")
        assert root_commit(seen(tmp_path / "shallow")) is None

    def test_without_git_there_is_no_root(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        app = repository(tmp_path / "app")
        monkeypatch.setenv("PATH", "")
        assert root_commit(seen(app)) is None


class TestGitCalls:
    def test_only_commands_that_touch_no_working_file_are_run(self, tmp_path: Path) -> None:
        app = repository(tmp_path / "app")
        assert git(app, "rev-parse", "--is-inside-work-tree") == "true\n"
        with pytest.raises(ValueError, match="status"):
            git(app, "status")

    def test_a_failing_call_is_none(self, tmp_path: Path) -> None:
        assert git(tmp_path, "rev-parse", "HEAD") is None

    def test_a_call_never_reaches_the_repository_above(self, tmp_path: Path) -> None:
        app = repository(tmp_path / "app")
        (app / "sub").mkdir()
        assert git(app / "sub", "rev-parse", "--git-dir") is None


class TestThePolicyOfARepository:
    def write(self, root: Path, text: str | bytes) -> Path:
        (root / ".holdfast").write_bytes(text.encode() if isinstance(text, str) else text)
        return root

    def test_without_a_file_nothing_is_reduced(self, tmp_path: Path) -> None:
        policy = read_policy(tmp_path)
        assert (policy.capture, policy.inject, policy.ignore, policy.warnings) == (True, True, (), ())

    def test_a_repository_may_ask_for_less(self, tmp_path: Path) -> None:
        text = 'capture = false\ninject = false\nignore = ["secrets/**", "*.pem"]\n'
        policy = read_policy(self.write(tmp_path, text))
        assert (policy.capture, policy.inject) == (False, False)
        assert policy.ignore == ("secrets/**", "*.pem")
        assert policy.warnings == ()

    @pytest.mark.parametrize(
        "line",
        [
            'url = "https://evil.example"',
            'sync = "https://evil.example"',
            'project = "other"',
            'store = "/tmp/x"',
            'key = "k"',
            'command = "sh"',
            "[observer]\ncommand = 'sh'",
            "inject_tokens = 99999",
        ],
    )
    def test_anything_else_is_ignored_and_said(self, tmp_path: Path, line: str) -> None:
        policy = read_policy(self.write(tmp_path, f"capture = false\n{line}\n"))
        assert (policy.capture, policy.inject, policy.ignore) == (False, True, ())
        assert len(policy.warnings) == 1
        assert "evil" not in policy.warnings[0]

    @pytest.mark.parametrize("value", ['"false"', "0", "[]", "{}", "1979-05-27"])
    def test_a_switch_of_the_wrong_type_is_ignored_and_said(self, tmp_path: Path, value: str) -> None:
        policy = read_policy(self.write(tmp_path, f"capture = {value}\n"))
        assert policy.capture
        assert "capture" in policy.warnings[0]

    @pytest.mark.parametrize(
        "text",
        [
            "capture = false\ncapture = false",
            "capture = fal",
            b"capture = false\n# \xff",
            "capture = false\nx = " + "[" * 8000,
            "capture = false\n#" + "x" * 16384,
        ],
    )
    def test_a_broken_or_huge_file_reduces_nothing_and_is_said(self, tmp_path: Path, text: str | bytes) -> None:
        policy = read_policy(self.write(tmp_path, text))
        assert (policy.capture, policy.inject, policy.ignore) == (True, True, ())
        assert len(policy.warnings) == 1

    def test_a_byte_order_mark_is_no_error(self, tmp_path: Path) -> None:
        assert not read_policy(self.write(tmp_path, "\ufeffcapture = false\r\n")).capture

    def test_a_link_out_of_the_repository_is_not_followed(self, tmp_path: Path) -> None:
        root = tmp_path / "app"
        root.mkdir()
        (tmp_path / "outside").write_text("capture = false")
        (root / ".holdfast").symlink_to("../outside")
        policy = read_policy(root)
        assert policy.capture
        assert len(policy.warnings) == 1

    def test_a_link_inside_the_repository_is_followed(self, tmp_path: Path) -> None:
        (tmp_path / "conf").write_text("capture = false")
        (tmp_path / ".holdfast").symlink_to("conf")
        assert not read_policy(tmp_path).capture

    def test_a_folder_of_that_name_is_no_policy(self, tmp_path: Path) -> None:
        """The home folder has one: the store itself."""
        (tmp_path / ".holdfast").mkdir()
        assert read_policy(tmp_path).warnings == ()

    @pytest.mark.parametrize("glob", ["!keep", "/", "", "../other", "a/../../b", "x" * 600, 7])
    def test_a_glob_that_cannot_reduce_is_ignored_and_said(self, tmp_path: Path, glob: object) -> None:
        value = f'"{glob}"' if isinstance(glob, str) else str(glob)
        policy = read_policy(self.write(tmp_path, f'ignore = ["ok", {value}]'))
        assert policy.ignore == ("ok",)
        assert len(policy.warnings) == 1

    @pytest.mark.parametrize(
        ("glob", "path", "ignored"),
        [
            ("secrets/**", "secrets/a/b", True),
            ("secrets/**", "other/secrets/a", False),
            ("secrets", "other/secrets/a", True),
            ("/secrets", "other/secrets/a", False),
            ("secrets/", "secrets/a", True),
            ("*.pem", "deep/down/key.PEM", True),
            ("*.pem", "key.pem.txt", False),
            ("a/*/c", "a/b/c/d", True),
            ("a/*/c", "a/b/b/c", False),
            ("a/**/c", "a/c", True),
            ("a/**/c", "a/b/b/c", True),
            ("**/.env*", ".env.local", True),
            ("config/[ab].yml", "config/b.yml", True),
            ("secrets", "src/../secrets/x", True),
            ("secrets", "secrets\\x", True),
            ("secrets", "secretsx", False),
            ("**", "../outside", False),
        ],
    )
    def test_globs_work_as_in_gitignore(self, tmp_path: Path, glob: str, path: str, ignored: bool) -> None:
        policy = read_policy(self.write(tmp_path, f'ignore = ["{glob}"]'))
        assert policy.ignores(path) is ignored
        if "\\" not in path:
            assert policy.ignores(str(tmp_path / path)) is ignored

    def test_a_link_to_an_ignored_folder_does_not_get_around_it(self, tmp_path: Path) -> None:
        (tmp_path / "secrets").mkdir()
        (tmp_path / "open").symlink_to("secrets")
        policy = read_policy(self.write(tmp_path, 'ignore = ["/secrets"]'))
        assert policy.ignores("open/key")
        assert policy.ignores(str(tmp_path / "open" / "key"))

    def test_a_glob_made_to_be_slow_is_not(self, tmp_path: Path) -> None:
        policy = read_policy(self.write(tmp_path, f'ignore = ["{"*a" * 200}b", "{"**/" * 150}b"]'))
        assert not policy.ignores("/".join(["a" * 200] * 20))
