"""A repository that sets every program git could run to a canary: none of them sings."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from tests.processes import runs, wait_for

from holdfast.journal.policy import Policy, read_policy
from holdfast.journal.projects import identify
from holdfast.journal.repository import git, look, root_commit

CONFIG = """
[core]
	fsmonitor = {canary}
	hooksPath = {hooks}
	pager = {canary}
	editor = {canary}
	askPass = {canary}
	sshCommand = {canary}
	gitProxy = {canary}
	alternateRefsCommand = {canary}
	attributesFile = {attributes}
	worktree = {elsewhere}
[pager]
	rev-list = {canary}
	rev-parse = {canary}
[alias]
	rev-list = !{canary}
	rev-parse = !{canary}
	config = !{canary}
[diff]
	external = {canary}
[diff "canary"]
	textconv = {canary}
	command = {canary}
[filter "canary"]
	clean = {canary}
	smudge = {canary}
	process = {canary}
	required = true
[merge "canary"]
	driver = {canary}
[credential]
	helper = {canary}
	helper = !{canary}
[gpg]
	program = {canary}
[log]
	showSignature = true
[uploadpack]
	packObjectsHook = {canary}
[protocol]
	allow = always
[protocol "ext"]
	allow = always
[remote "origin"]
	url = ext::{canary} %S
	uploadpack = {canary}
	vcs = canary
	promisor = true
	partialclonefilter = blob:none
[include]
	path = {included}
[includeIf "gitdir:/"]
	path = {included}
"""


class Hostile:
    """A checkout whose configuration names a canary everywhere, and the record of its singing."""

    def __init__(self, base: Path) -> None:
        self.record = base / "sung"
        self.canary = base / "canary"
        self.root = base / "app"
        self.root.mkdir()
        self.run("init", "-q", "-b", "main")
        (self.root / "a.txt").write_text("a\n")
        (self.root / ".gitattributes").write_text("* filter=canary diff=canary merge=canary\n")
        self.run("add", ".")
        self.run("commit", "-q", "-m", "begin")
        self.canary.write_text(f'#!/bin/sh\necho "$0 $*" >> {self.record}\n')
        self.canary.chmod(0o755)
        for hooks in (base / "hooks", self.root / ".git" / "hooks"):
            hooks.mkdir(exist_ok=True)
            for name in ("post-index-change", "reference-transaction", "fsmonitor-watchman", "post-checkout"):
                (hooks / name).write_bytes(self.canary.read_bytes())
                (hooks / name).chmod(0o755)
        for name in ("git", "git-remote-ext", "git-remote-canary", "ssh", "sh"):
            (self.root / name).write_bytes(self.canary.read_bytes())
            (self.root / name).chmod(0o755)
        (base / "attributes").write_text("* filter=canary diff=canary\n")
        (base / "included").write_text(f"[core]\n\tfsmonitor = {self.canary}\n\tsshCommand = {self.canary}\n")
        config = CONFIG.format(
            canary=self.canary,
            hooks=base / "hooks",
            attributes=base / "attributes",
            included=base / "included",
            elsewhere=base,
        )
        with (self.root / ".git" / "config").open("a") as file:
            file.write(config.replace(f"\tworktree = {base}\n", ""))
        self.worktree_line = f"[core]\n\tworktree = {base}\n"

    def run(self, *args: str) -> None:
        subprocess.run(
            ["git", "-c", "user.name=A", "-c", "user.email=a@example.com", *args],
            cwd=self.root,
            env={"PATH": os.environ["PATH"], "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"},
            check=True,
            capture_output=True,
        )

    def lose_head(self) -> None:
        """HEAD names a commit that is not here: with a promisor remote, git goes and fetches it."""
        (self.root / ".git" / "refs" / "heads" / "main").write_text("1" * 40 + "\n")


@pytest.fixture
def hostile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Hostile:
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    base = tmp_path / "work"
    base.mkdir()
    return Hostile(base)


def everything(root: Path) -> None:
    """All that we do with a repository before its owner has said anything."""
    identify(str(root))
    identify(str(root), named="x", project_dir=str(root))
    read_policy(root)
    git(root, "rev-parse", "HEAD")
    checkout = look(root)
    if checkout is not None:
        root_commit(checkout)


def test_the_canary_would_sing_under_an_ordinary_git(hostile: Hostile) -> None:
    (hostile.root / "a.txt").write_text("changed\n")
    subprocess.run(["git", "status"], cwd=hostile.root, capture_output=True, check=False)
    assert hostile.record.exists()


@pytest.mark.parametrize("damage", ["none", "lost head", "moved worktree", "no remote", "worktree config"])
def test_no_program_that_a_repository_configures_is_run(
    hostile: Hostile, damage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = hostile.root / ".git" / "config"
    if damage == "lost head":
        hostile.lose_head()
    elif damage == "moved worktree":
        config.write_text(config.read_text() + hostile.worktree_line)
    elif damage == "no remote":
        config.write_text(config.read_text().replace("url = ext::", "pushurl = ext::"))
    elif damage == "worktree config":
        (hostile.root / ".git" / "config.worktree").write_text(f"[core]\n\tfsmonitor = {hostile.canary}\n")
        config.write_text(config.read_text() + "[extensions]\n\tworktreeConfig = true\n")
    everything(hostile.root)
    assert not hostile.record.exists()
    # And once more the way that asks git for the owner's consent.
    real = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: real + 1)
    everything(hostile.root)
    assert not hostile.record.exists()


def test_a_fetch_that_a_lost_head_would_start_is_what_the_guards_hold(hostile: Hostile) -> None:
    """The control of the case above: without the guards, git does start the configured transport."""
    hostile.lose_head()
    config = hostile.root / ".git" / "config"
    config.write_text(config.read_text().replace("vcs = canary", "").replace("ext::", "ssh://x.example/"))
    command = ["git", "rev-list", "--max-parents=0", "HEAD"]
    subprocess.run(command, cwd=hostile.root, capture_output=True, check=False)
    assert hostile.record.exists()
    hostile.record.unlink()
    everything(hostile.root)
    assert not hostile.record.exists()


def test_a_program_named_git_in_the_repository_is_not_run(hostile: Hostile, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(hostile.root)
    monkeypatch.setenv("PATH", f".{os.pathsep}{os.pathsep}{os.environ['PATH']}")
    everything(hostile.root)
    assert git(hostile.root, "rev-parse", "--git-dir") is not None
    assert not hostile.record.exists()


def test_an_address_that_is_a_command_identifies_nothing(hostile: Hostile) -> None:
    assert identify(str(hostile.root)).key == f"git:{hostile.root}/.git"


class FakeGit:
    """Stands in for git on PATH, and writes down how it was called."""

    def __init__(self, base: Path, monkeypatch: pytest.MonkeyPatch, then: str = "exit 0") -> None:
        self.notes = base / "notes"
        self.notes.mkdir()
        program = base / "bin" / "git"
        program.parent.mkdir()
        program.write_text(
            f"#!/bin/sh\nprintf '%s\\n' \"$@\" > {self.notes}/argv\n/usr/bin/env > {self.notes}/env\n"
            f"/bin/pwd > {self.notes}/cwd\n/bin/cat > {self.notes}/stdin\n{then}\n"
        )
        program.chmod(0o755)
        monkeypatch.setenv("PATH", str(program.parent))

    def read(self, name: str) -> list[str]:
        return (self.notes / name).read_text().splitlines()


def test_every_call_is_guarded_and_its_environment_is_clean(
    hostile: Hostile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dirty = ("GIT_DIR", "GIT_WORK_TREE", "GIT_CONFIG_COUNT", "GIT_SSH_COMMAND", "GIT_EXTERNAL_DIFF", "LD_PRELOAD_X")
    for name in (*dirty, "GIT_ASKPASS", "SSH_ASKPASS", "GIT_TRACE", "GIT_EXEC_PATH", "ANTHROPIC_API_KEY"):
        monkeypatch.setenv(name, "0")
    fake = FakeGit(tmp_path, monkeypatch)
    git(hostile.root, "rev-parse", "HEAD")
    options = fake.read("argv")
    before = options[: options.index("rev-parse")]
    assert {"core.fsmonitor=", "core.hooksPath=/dev/null", "protocol.allow=never"} <= set(before)
    assert {"--no-optional-locks", "--no-pager"} <= set(before)
    env = dict(line.partition("=")[::2] for line in fake.read("env"))
    assert set(env) - {"PWD", "OLDPWD", "SHLVL", "_"} == {
        "HOME",
        "PATH",
        "LC_ALL",
        "GIT_CEILING_DIRECTORIES",
        "GIT_NO_LAZY_FETCH",
        "GIT_NO_REPLACE_OBJECTS",
        "GIT_OPTIONAL_LOCKS",
        "GIT_PAGER",
        "GIT_TERMINAL_PROMPT",
    }
    assert (env["GIT_NO_LAZY_FETCH"], env["GIT_TERMINAL_PROMPT"], env["GIT_OPTIONAL_LOCKS"]) == ("1", "0", "0")
    assert fake.read("cwd") == ["/"]
    assert fake.read("stdin") == []


def test_a_git_that_hangs_is_ended_with_all_it_started(
    hostile: Hostile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = FakeGit(
        tmp_path, monkeypatch, then="/bin/sleep 600 &\necho $! > $(/usr/bin/dirname $0)/../notes/child\nwait"
    )
    assert git(hostile.root, "rev-parse", "HEAD") is None
    child = int(fake.read("child")[0])
    wait_for(lambda: not runs(child), "the end of what the hanging git had started")


@pytest.mark.parametrize("name", [".git", ".git/config", ".git/HEAD", ".git/commondir", ".holdfast"])
@pytest.mark.parametrize("kind", ["pipe", "device", "huge", "loop"])
def test_files_that_never_end_do_not_hold_us_up(hostile: Hostile, name: str, kind: str) -> None:
    file = hostile.root / name
    if name == ".git":
        file.rename(hostile.root / "was")
    else:
        file.unlink(missing_ok=True)
    if kind == "pipe":
        os.mkfifo(file)
    elif kind == "device":
        file.symlink_to("/dev/zero")
    elif kind == "huge":
        with file.open("wb") as stream:
            stream.write(b"gitdir: x\n" if name == ".git" else b"capture = false\n")
            stream.truncate(1 << 40)
    else:
        file.symlink_to(file)
    identity = identify(str(hostile.root))
    assert identity.key.endswith(("/app", "/.git"))
    assert read_policy(hostile.root).capture


def test_a_huge_file_is_not_read_to_its_end(tmp_path: Path) -> None:
    file = tmp_path / ".holdfast"
    with file.open("wb") as stream:
        stream.truncate(1 << 40)
    assert read_policy(tmp_path).warnings == (f".holdfast cannot be read, or is larger than 16 KB; {_NOTHING}",)


_NOTHING = "nothing of it is applied."


def test_a_file_of_the_repository_cannot_widen_what_is_done(hostile: Hostile) -> None:
    """Every field of a policy is a reduction: a repository without the file gets the most."""
    (hostile.root / ".holdfast").write_text(
        'capture = true\ninject = true\nignore = []\nproject = "other"\nsync = true\ntrust = "owner"\n'
        '[hub]\nurl = "https://evil.example"\ntoken = "t"\n[observer]\ncommand = ["sh"]\n'
    )
    found = read_policy(hostile.root)
    assert (found.capture, found.inject, found.ignore) == (True, True, ())
    assert len(found.warnings) == 5
    assert set(Policy.__dataclass_fields__) == {
        "root",
        "capture",
        "inject",
        "ignore",
        "warnings",
    }
    assert identify(str(hostile.root)).label == "app"


def test_a_name_in_the_file_cannot_write_to_the_terminal(hostile: Hostile) -> None:
    (hostile.root / ".holdfast").write_text('"\\u001b[31m\\u202e' + "x" * 500 + '" = 1\n', encoding="utf-8")
    (warning,) = read_policy(hostile.root).warnings
    assert warning.isprintable()
    assert len(warning) < 200
