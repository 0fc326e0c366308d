"""Where the key comes from, and when there is none."""

import stat
import sys
import types
from pathlib import Path

import pytest

from holdfast.errors import Refused
from holdfast.sealing import USUAL, Keys, Known, derive, fingerprint

STORE = "00000000-0000-0000-0000-000000000001"
NEW = Known(STORE)
DIGITS = "0123456789abcdef" * 4


def keys(folder: Path, given: str | None = None, *, ring: bool = False) -> Keys:
    return Keys(folder, keyring=lambda: ring, given=given)


def bound(to: bytes, **more: object) -> Known:
    return Known(STORE, fingerprint=fingerprint(to), bound=True, **more)  # type: ignore[arg-type]


def test_a_key_is_drawn_when_one_is_needed_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="nothing was sealed yet"):
        keys(tmp_path).current(NEW)
    assert list(tmp_path.iterdir()) == []
    key = keys(tmp_path).current(NEW, make=True)
    assert (len(key.raw), key.source) == (32, "file")
    (path,) = tmp_path.iterdir()
    assert path.name == "key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert keys(tmp_path).current(bound(key.raw)).raw == key.raw
    assert keys(tmp_path).current(NEW, make=True).raw == key.raw
    assert keys(tmp_path / "..").given is None


def test_two_homes_have_two_keys(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    assert keys(tmp_path / "a").current(NEW, make=True).raw != keys(tmp_path / "b").current(NEW, make=True).raw


def test_what_is_given_goes_before_the_file(tmp_path: Path) -> None:
    keys(tmp_path).current(NEW, make=True)
    key = keys(tmp_path, DIGITS).current(NEW)
    assert (key.raw, key.source, key.salt) == (bytes.fromhex(DIGITS), "HOLDFAST_KEY", None)


def test_a_passphrase_is_derived_with_the_salt_that_the_store_knows(tmp_path: Path) -> None:
    salt = b"s" * 16
    key = keys(tmp_path, "correct horse battery").current(Known(STORE, salt=salt))
    assert key.raw == derive("correct horse battery", salt, USUAL)
    assert (key.salt, key.cost) == (salt, USUAL)


def test_the_first_salt_is_drawn_and_stays_the_same_until_the_store_knows_it(tmp_path: Path) -> None:
    mine = keys(tmp_path, "correct horse battery")
    assert mine.current(NEW).salt == mine.current(NEW).salt != keys(tmp_path, "correct horse battery").current(NEW).salt


WEAK = [
    ("", "too short"),
    ("sesame", "too short"),
    ("0f" * 5, "too short"),
    (" " * 12, "too short"),
    ("\n" * 12, "too short"),
    ("  sesame      ", "too short"),
    ("a" * 12, "too easily guessed"),
    ("aBaB " * 4, "too easily guessed"),
    ("0" * 64, "too easily guessed"),
    ("0f" * 32, "too easily guessed"),
    (DIGITS[:63], "not whole"),
    (DIGITS + "0", "not whole"),
    (DIGITS + "\r", "not whole"),
    (DIGITS[:40], "not whole"),
]


@pytest.mark.parametrize(("given", "why"), WEAK)
def test_a_key_that_could_be_guessed_or_was_cut_is_refused(tmp_path: Path, given: str, why: str) -> None:
    for rotated in (False, True):
        with pytest.raises(Refused, match=why) as refused:
            keys(tmp_path).prepare(NEW, given) if rotated else keys(tmp_path, given).current(NEW, make=True)
        assert not given.strip() or given.strip() not in str(refused.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "given", ["vier Wörter sind genug", "a1b2c3d4e5f60718", "0123456789ABCDEF" * 4, "猫山川花海空 一二三四五六"]
)
def test_a_passphrase_of_some_length_and_a_whole_key_are_taken(tmp_path: Path, given: str) -> None:
    assert keys(tmp_path, given).current(NEW, make=True).source == "HOLDFAST_KEY"


def test_a_weak_key_still_opens_what_was_sealed_with_it_so_that_another_takes_its_place(tmp_path: Path) -> None:
    salt = b"s" * 16
    known = bound(derive("a" * 12, salt, USUAL), salt=salt)
    mine = keys(tmp_path, "a" * 12)
    assert mine.current(known).fingerprint == known.fingerprint
    assert mine.prepare(known, DIGITS).raw == bytes.fromhex(DIGITS)


def test_another_key_than_that_of_the_records_is_refused(tmp_path: Path) -> None:
    mine = keys(tmp_path).current(NEW, make=True)
    with pytest.raises(Refused, match="not the one that the secrets were sealed with") as refused:
        keys(tmp_path, DIGITS).current(bound(mine.raw), make=True)
    assert DIGITS not in str(refused.value)
    assert mine.raw.hex() not in str(refused.value)


def test_no_key_is_made_while_records_need_another(tmp_path: Path) -> None:
    known = bound(bytes(32))
    with pytest.raises(Refused, match="is not here") as refused:
        keys(tmp_path).current(known, make=True)
    assert "HOLDFAST_KEY" in refused.value.fix
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("said", ["", "zz" * 32, "0f" * 31, "0f" * 33])
def test_a_file_that_holds_no_key_is_never_replaced(tmp_path: Path, said: str) -> None:
    (tmp_path / "key").write_text(said)
    with pytest.raises(Refused, match="holds no key"):
        keys(tmp_path).current(NEW, make=True)
    assert (tmp_path / "key").read_text() == said


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="cannot be written"):
        keys(tmp_path / "gone").current(NEW, make=True)


# -- rotating --


def test_the_old_key_stays_until_the_store_knows_the_new_one(tmp_path: Path) -> None:
    mine = keys(tmp_path)
    old = mine.current(NEW, make=True)
    new = mine.prepare(bound(old.raw), None)
    assert stat.S_IMODE((tmp_path / "key.next").stat().st_mode) == 0o600
    assert keys(tmp_path).current(bound(old.raw)).raw == old.raw
    assert keys(tmp_path).current(bound(new.raw)).raw == new.raw  # as a daemon that comes after a crash
    mine.adopt(bound(new.raw), None)
    assert [path.name for path in tmp_path.iterdir()] == ["key"]
    assert keys(tmp_path).current(bound(new.raw)).raw == new.raw
    with pytest.raises(Refused, match="not the one"):
        keys(tmp_path).current(bound(old.raw))


def test_an_interrupted_rotation_is_finished_or_taken_back_as_the_store_says(tmp_path: Path) -> None:
    mine = keys(tmp_path)
    old = mine.current(NEW, make=True)
    never = mine.prepare(bound(old.raw), None)
    mine.settle(bound(old.raw))
    assert not (tmp_path / "key.next").exists()
    assert never.raw != old.raw
    new = mine.prepare(bound(old.raw), None)
    mine.settle(bound(new.raw))
    assert [path.name for path in tmp_path.iterdir()] == ["key"]
    assert mine.current(bound(new.raw)).raw == new.raw


def test_neither_key_is_removed_when_the_store_knows_neither(tmp_path: Path) -> None:
    mine = keys(tmp_path)
    mine.current(NEW, make=True)
    mine.prepare(NEW, None)
    mine.settle(bound(bytes(32)))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["key", "key.next"]


def test_a_given_key_takes_the_place_of_the_file(tmp_path: Path) -> None:
    mine = keys(tmp_path)
    old = mine.current(NEW, make=True)
    new = mine.prepare(bound(old.raw), "correct horse battery")
    assert new.salt is not None
    mine.adopt(bound(new.raw), "correct horse battery")
    assert [path.name for path in tmp_path.iterdir()] == ["key.given"]
    assert mine.current(bound(new.raw, salt=new.salt)).raw == new.raw


# -- the keyring --


@pytest.fixture
def ring(monkeypatch: pytest.MonkeyPatch) -> dict[tuple[str, str], str]:
    """A keyring of the system's kind."""
    held: dict[tuple[str, str], str] = {}
    module = types.SimpleNamespace(
        get_password=lambda service, name: held.get((service, name)),
        set_password=lambda service, name, value: held.__setitem__((service, name), value),
        delete_password=lambda service, name: held.__delitem__((service, name)),
    )
    monkeypatch.setitem(sys.modules, "keyring", module)
    return held


def test_a_keyring_holds_the_key_instead_of_a_file(tmp_path: Path, ring: dict[tuple[str, str], str]) -> None:
    mine = keys(tmp_path, ring=True)
    old = mine.current(NEW, make=True)
    assert list(ring.values()) == [old.raw.hex()]
    assert old.source == "keyring"
    assert list(tmp_path.iterdir()) == []
    new = mine.prepare(bound(old.raw), None)
    assert keys(tmp_path, ring=True).current(bound(new.raw)).raw == new.raw
    mine.adopt(bound(new.raw), None)
    assert list(ring.values()) == [new.raw.hex()]


def test_a_key_in_the_file_goes_over_to_the_keyring_with_a_rotation(
    tmp_path: Path, ring: dict[tuple[str, str], str]
) -> None:
    old = keys(tmp_path).current(NEW, make=True)
    mine = keys(tmp_path, ring=True)
    assert mine.current(bound(old.raw), make=True).raw == old.raw
    assert ring == {}
    new = mine.prepare(bound(old.raw), None)
    mine.adopt(bound(new.raw), None)
    assert list(ring.values()) == [new.raw.hex()]
    assert list(tmp_path.iterdir()) == []


def test_a_keyring_that_cannot_be_used_is_told_and_no_file_is_made_instead(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(Refused, match="keyring cannot be used") as refused:
        keys(tmp_path, ring=True).current(NEW, make=True)
    assert "pipx install --force '.[keyring]'" in refused.value.fix
    assert list(tmp_path.iterdir()) == []


def test_a_locked_keyring_says_nothing_of_what_it_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(*_: str) -> str:
        raise RuntimeError("the secret is 1234")

    monkeypatch.setitem(sys.modules, "keyring", types.SimpleNamespace(get_password=locked))
    with pytest.raises(Refused, match="keyring refuses") as refused:
        keys(tmp_path, ring=True).current(NEW, make=True)
    assert "1234" not in str(refused.value)


@pytest.mark.parametrize("where", ["file", "keyring"])
def test_a_wrong_given_key_before_the_right_one_is_told_with_the_cure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    ring: dict[str, str] = {}
    fake = types.SimpleNamespace(
        get_password=lambda _, name: ring.get(name), set_password=lambda _, name, key: ring.update({name: key})
    )
    monkeypatch.setitem(sys.modules, "keyring", fake)
    key = keys(tmp_path, ring=where == "keyring").current(NEW, make=True)

    with pytest.raises(Refused, match="HOLDFAST_KEY is not the one") as refused:
        keys(tmp_path, DIGITS, ring=where == "keyring").current(bound(key.raw))

    assert refused.value.fix == f"without HOLDFAST_KEY, as the {where} holds the right one: holdfast serve --restart"
    with pytest.raises(Refused) as refused:
        keys(tmp_path, DIGITS).current(bound(b"k" * 32))
    assert "with HOLDFAST_KEY set to the right key" in refused.value.fix
