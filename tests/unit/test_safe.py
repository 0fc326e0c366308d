"""What is sealed, what stands in its place, and what becomes of both."""

import base64
import io
import json
import random
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from tests.fixtures.served import Served

from holdfast.errors import HoldfastError, NotFound, Refused, UsageError
from holdfast.memory import Draft, Verdict
from holdfast.operations import offline
from holdfast.safe import LIMIT, hide
from holdfast.store.care.backup import restore
from holdfast.store.care.check import check
from holdfast.store.care.exporting import export
from holdfast.store.care.lines import FIELDS
from holdfast.store.care.repair import repair
from holdfast.store.database import Database

SECRET = "Tr0ub4dor&3-horse"
BODY = f"the staging database: password: {SECRET} on host b"
PIN = "the locker opens with 4711 sesame"
pytestmark = pytest.mark.requirement("memory-mcp:secrets")


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Served]:
    served = Served(tmp_path)
    yield served
    served.close()


def seen(*parts: str | bytes) -> bytes:
    return b"\0".join(part.encode() if isinstance(part, str) else part for part in parts)


def clear(where: bytes, *secrets: str) -> list[str]:
    """Which of the secrets stand there, as they are, in base64 or in hexadecimal digits."""
    found = []
    for secret in secrets:
        raw = secret.encode()
        forms = [raw, raw.hex().encode(), raw.hex().upper().encode(), raw.decode().encode("utf-16-le")]
        forms += [base64.b64encode(b"x" * shift + raw)[4 if shift else 0 : -4] for shift in range(3)]
        if any(form in where for form in forms):
            found.append(secret)
    return found


def settled(home: Served) -> bytes:
    home.database.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return home.bytes()


# -- keeping and asking --


def test_what_is_sealed_comes_back_and_stands_nowhere_in_clear(home: Served) -> None:
    told = home("remember", body=BODY, seal=True)
    assert (told["sealed"], told["secrets"]) == (True, ["assignment"])
    assert told["memory"]["body"] == "the staging database: password: [redacted:assignment] on host b"
    assert told["memory"]["sealed"] is True
    assert home.get(1) == BODY
    assert clear(seen(json.dumps(told), home.bytes(), settled(home)), SECRET) == []


def test_what_is_sensitive_is_sealed_whole_and_found_by_its_title(home: Served) -> None:
    told = home("remember", body=PIN, sensitive=True, title="the locker", tags=["gym"], kind="fact")
    assert (told["sealed"], told["secrets"]) == (True, [])
    memory = told["memory"]
    assert memory["body"] == "[sensitive: ask with secret_get(id=1)]"
    assert (memory["title"], memory["tags"], memory["kind"]) == ("the locker", ["gym"], "fact")
    assert home.get(1) == PIN
    for asked in ("locker", "gym"):
        assert [each["memory"]["number"] for each in home("search", words=asked)["hits"]] == [1], asked
    assert home("search", words="sesame")["hits"] == []
    assert clear(settled(home), PIN, "4711 sesame") == []


def test_without_being_asked_to_nothing_is_sealed_and_a_secret_is_gone_for_good(home: Served) -> None:
    told = home("remember", body=BODY)
    assert (told["sealed"], told["secrets"]) == (False, ["assignment"])
    with pytest.raises(Refused, match="memory #1 is not sensitive"):
        home.get(1)
    assert not (home.home.folder / "key").exists()
    assert clear(settled(home), SECRET) == []


def test_sealing_where_there_is_no_secret_keeps_the_memory_as_it_is(home: Served) -> None:
    told = home("remember", body="we release on Fridays", seal=True)
    assert (told["sealed"], told["secrets"], told["memory"]["body"]) == (False, [], "we release on Fridays")
    assert not (home.home.folder / "key").exists()


def test_a_secret_alone_is_sealed_whole(home: Served) -> None:
    token = "ghp_" + "a1B2c3D4e5" * 4
    told = home("remember", body=token, seal=True, title="the token of the bot")
    assert told["memory"]["body"] == "[sensitive: ask with secret_get(id=1)]"
    assert home.get(1) == token
    assert clear(settled(home), token) == []


def test_a_long_key_is_sealed_although_no_memory_may_be_so_long(home: Served) -> None:
    block = (
        "-----BEGIN PRIVATE KEY-----\n"
        + base64.encodebytes(random.Random(5).randbytes(3_000)).decode()
        + "-----END PRIVATE KEY-----"
    )
    number = home.remember("the deploy key:\n" + block, seal=True)
    assert home.get(number) == "the deploy key:\n" + block
    with pytest.raises(Refused, match="characters; the limit is"):
        home.remember("x" * (LIMIT + 1), sensitive=True)


def test_what_is_private_is_not_even_sealed(home: Served) -> None:
    number = home.remember(f"<private>not this</private> {BODY}", seal=True)
    assert home.get(number) == f"[private] {BODY}"
    with pytest.raises(Refused, match="nothing to remember"):
        home.remember("<private>only this</private>", sensitive=True)


def test_a_secret_leaves_the_parts_beside_the_body_too(home: Served) -> None:
    home.remember(BODY, seal=True, title=f"db {SECRET}", tags=[SECRET], topic_key=f"pw/{SECRET}", files=[f"a/{SECRET}"])
    home.remember(PIN, sensitive=True, title=PIN, kind=PIN[:40] + " sesame")
    assert home.database.value("SELECT title FROM memories WHERE id = 1") == "db [sensitive]"
    assert clear(settled(home), SECRET, PIN) == []


@pytest.mark.parametrize(
    ("body", "beside"),
    [
        ("The vault phrase is Zaunkönigsruh Kieselmund", "Zaunkönigsruh"),
        ("The vault phrase is Zaunkönigsruh Kieselmund", "ZAUNKONIGSRUH"),
        ("The vault phrase is Zaunkönigsruh Kieselmund", "zaunkönigsruh_kieselmund"),
        ("The vault phrase is Zaunkönigsruh Kieselmund", "Kiesel"),
        ("locker 417", "417"),
        ("locker 417", "the-417-one"),
        ("locker 4-1-7", "417"),
        ("locker 417", "４１７"),
        ("locker 417", "٤١٧"),
        ("locker ٤١٧", "417"),
        ("locker 417", "041700"),
        ("locker 417", "#8-41-78"),
        ("The vault phrase is Zaunkönigsruh Kieselmund", "k.i.e.s.e.l.m.u.n.d"),
        ("The vault phrase is Zaunkönigsruh Kieselmund", "Ki_es el-mu_nd"),
        ("the combination is 7", "7"),
        ("密码是 猫山", "猫山"),
    ],
)
def test_no_tag_no_keyword_and_no_kind_repeats_what_is_sealed_as_a_whole(home: Served, body: str, beside: str) -> None:
    told = home(
        "remember", body=body, sensitive=True, title="mine", tags=["gym", beside], keywords=["gym", beside],
        kind=beside,
    )["memory"]  # fmt: skip
    assert (told["tags"], told["kind"], told["label"]) == (["gym"], "note", None)
    assert [len(home("search", words=each)["hits"]) for each in ("gym", beside)] == [1, 0]


def test_what_a_secret_is_called_stays_beside_it_to_find_it_by(home: Served) -> None:
    told = home(
        "remember", body="the PIN of the bike shed is 417", sensitive=True, title="bike shed",
        tags=["pin", "shed", "bicycle"], keywords=["code", "bike"], kind="passwords",
    )["memory"]  # fmt: skip
    assert (told["tags"], told["label"]) == (["pin", "shed", "bicycle"], "passwords")
    assert all(home("search", words=each)["hits"] for each in ("code", "pin", "shed", "bicycle"))


def test_no_digits_of_what_is_sealed_as_a_whole_are_left_in_its_title(home: Served) -> None:
    told = home("remember", body="locker: 417", sensitive=True, title="locker 417", topic_key="gym/417")["memory"]
    assert (told["title"], told["topic_key"]) == ("locker [sensitive]", "gym/[sensitive]")


def test_beside_a_part_that_is_sealed_only_that_part_is_not_repeated(home: Served) -> None:
    told = home("remember", body=BODY, seal=True, tags=["staging", "host b", "horse"], keywords=["Tr0ub4dor", "db"])
    assert told["memory"]["tags"] == ["staging", "host b"]
    assert [len(home("search", words=each)["hits"]) for each in ("db", "Tr0ub4dor")] == [1, 0]


@pytest.mark.parametrize("ref", ["7", "not an id"])
def test_nobody_is_told_of_a_memory_that_is_not_there_and_the_question_is_noted(home: Served, ref: str) -> None:
    with pytest.raises(HoldfastError):
        home("secret.get", ref=ref, actor="somebody")
    (line,) = home("secret.audit")["audit"]
    assert (line["action"], line["number"], line["actor"]) == ("refused", None, "somebody")


def test_each_question_leaves_a_line_and_no_line_can_be_changed(home: Served) -> None:
    number = home.remember(BODY, seal=True)
    plain = home.remember("we release on Fridays")
    home("secret.get", ref="1", actor="agent\nof session 5")
    with pytest.raises(Refused):
        home("secret.get", ref=str(plain), actor=f"password: {SECRET}")
    told = [(line["action"], line["number"], line["actor"]) for line in home("secret.audit")["audit"]]
    assert told == [
        ("refused", plain, "password: [redacted:assignment]"),
        ("read", number, "agent of session 5"),
        ("sealed", number, "owner"),
    ]
    assert [line["number"] for line in home("secret.audit", ref="1", limit=1)["audit"]] == [1]
    for sql in ("DELETE FROM audit", "UPDATE audit SET actor = 'nobody'"):
        with pytest.raises(Exception, match="what is in the audit stays"):
            home.database.connection.execute(sql)


def test_what_cannot_be_noted_is_not_told(home: Served) -> None:
    home.remember(BODY, seal=True)
    home.database.connection.execute(
        "CREATE TEMP TRIGGER full BEFORE INSERT ON audit BEGIN SELECT raise(ABORT, 'full'); END"
    )
    with pytest.raises(Exception, match="full"):
        home.get(1)


def test_the_list_names_no_content(home: Served) -> None:
    home.remember(BODY, seal=True, title="staging", actor="a tool")
    home.remember(PIN, sensitive=True, title="locker")
    home.remember("we release on Fridays")
    home.get(1)
    told = home("secret.list")
    assert [
        (each["number"], each["title"], each["kinds"], each["actor"], each["reads"]) for each in told["secrets"]
    ] == [
        (2, "locker", [], "owner", 0),
        (1, "staging", ["assignment"], "a tool", 1),
    ]
    assert told["key"] == {"needed": True, "source": "file", "problem": None}
    assert clear(seen(json.dumps(told)), SECRET, PIN) == []


def test_an_error_repeats_nothing_of_the_body(home: Served) -> None:
    with pytest.raises(UsageError) as refused:
        home("remember", body=[SECRET])
    assert SECRET not in str(refused.value)


# -- the same words around another secret --


def test_two_secrets_in_the_same_words_are_two_memories(home: Served) -> None:
    first = home.remember(BODY, seal=True)
    other = home.remember(BODY.replace(SECRET, "an0ther-Secret!"), seal=True)
    assert other != first
    assert home.get(first) == BODY
    assert "an0ther-Secret!" in home.get(other)
    assert home.database.value("SELECT count(*) FROM sealed") == 2


@pytest.mark.parametrize("how", [{"seal": True}, {"sensitive": True, "title": "staging"}])
@pytest.mark.parametrize("topic", [{}, {"topic_key": "staging/db"}])
def test_who_guesses_a_secret_is_not_told_whether_he_is_right(
    home: Served, how: dict[str, Any], topic: dict[str, Any]
) -> None:
    home.remember(BODY, **how, **topic)
    told = []
    for guess in (SECRET, "Tr0ub4dor&3-mouse"):
        answer = home("remember", body=BODY.replace(SECRET, guess), **how, **topic)
        memory = answer["memory"]
        told.append((answer["folded"], answer["change"] is None, answer["sealed"], memory["repeats"]))
    assert told[0] == told[1]
    assert not told[0][0]


def test_a_secret_that_is_sent_again_with_its_nonce_is_kept_once(home: Served) -> None:
    first = home.remember(BODY, seal=True, nonce="n1")
    again = home("remember", body=BODY, seal=True, nonce="n1")
    assert (again["memory"]["number"], again["folded"], again["sealed"]) == (first, True, True)
    assert home.database.value("SELECT count(*) FROM sealed") == 1


def test_two_sensitive_memories_of_one_title_are_two(home: Served) -> None:
    first = home.remember(PIN, sensitive=True, title="locker")
    other = home.remember("it opens with 1234 now", sensitive=True, title="locker")
    assert (home.get(first), home.get(other)) == (PIN, "it opens with 1234 now")


def test_saving_under_a_topic_seals_the_new_secret(home: Served) -> None:
    number = home.remember(BODY, seal=True, topic_key="staging/db")
    body = BODY.replace(SECRET, "an0ther-Secret!")
    told = home("remember", body=body, seal=True, trust="owner", topic_key="staging/db")
    assert (told["memory"]["number"], told["folded"]) == (number, False)
    assert "an0ther-Secret!" in home.get(number)


# -- the life of a memory --


def test_what_is_revised_is_sealed_again_or_not_at_all(home: Served) -> None:
    number = home.remember(BODY, seal=True)
    told = home("revise", trust="owner", ref="1", body="now password: chang3d-Secret! on host c")
    assert (told["sealed"], told["secrets"]) == (True, ["assignment"])
    assert told["memory"]["body"] == "now password: [redacted:assignment] on host c"
    assert home.get(number) == "now password: chang3d-Secret! on host c"
    told = home("revise", trust="owner", ref="1", body="there is no password any more")
    assert (told["sealed"], told["memory"]["sealed"]) == (False, False)
    with pytest.raises(Refused, match="is not sensitive"):
        home.get(number)
    assert clear(settled(home), "chang3d-Secret!", SECRET) == []


def test_the_same_words_around_a_secret_that_is_not_to_be_sealed_leave_none_of_the_old_one(home: Served) -> None:
    number = home.remember(BODY, seal=True)
    told = home("revise", trust="owner", ref="1", body=BODY.replace(SECRET, "chang3d-Secret!"), seal=False)
    assert (told["sealed"], told["memory"]["sealed"]) == (False, False)
    with pytest.raises(Refused, match="is not sensitive"):
        home.get(number)
    home("undo")
    assert home.get(number) == BODY


def test_a_revision_is_undone_with_what_it_sealed(home: Served) -> None:
    number = home.remember(BODY, seal=True)
    home("revise", trust="owner", ref="1", body="now password: chang3d-Secret! on host c")
    home("undo", trust="owner")
    assert home.get(number) == BODY
    home("undo", trust="owner", change=home("history", ref="1")["steps"][0]["change"])
    assert "chang3d-Secret!" in home.get(number)


@pytest.mark.parametrize("fields", [{"title": "another"}, {"tags": ["db"]}, {"importance": 0.9}, {"kind": "fact"}])
@pytest.mark.parametrize("sensitive", [False, True])
def test_what_is_revised_beside_the_body_leaves_the_secret_sealed(
    home: Served, fields: dict[str, Any], sensitive: bool
) -> None:
    number = home.remember(BODY, seal=True, sensitive=sensitive)
    body = home.context.log.get(number).body
    told = home("revise", trust="owner", ref="1", **fields)
    assert told["sealed"] is True
    assert told["memory"]["body"] == body
    assert home.get(number) == BODY
    home("revise", trust="owner", ref="1", body=body, title="with the body as it is shown")
    assert home.get(number) == BODY


def test_what_was_sensitive_stays_so_when_it_is_written_anew(home: Served) -> None:
    number = home.remember(PIN, sensitive=True, title="locker")
    told = home("revise", trust="owner", ref="1", body="it opens with 1234 now")
    assert told["memory"]["body"] == "[sensitive: ask with secret_get(id=1)]"
    assert home.get(number) == "it opens with 1234 now"
    assert clear(settled(home), "1234 now", "4711 sesame") == []
    with pytest.raises(UsageError, match="what is to be sensitive"):
        home("revise", trust="owner", ref="1", sensitive=True, title="x")


def test_what_is_forgotten_is_not_told_and_comes_back_with_its_secret(home: Served) -> None:
    number = home.remember(BODY, seal=True)
    home("forget", ref="1")
    with pytest.raises(Refused, match="was forgotten"):
        home.get(number)
    home("undo")
    assert home.get(number) == BODY


def test_what_is_erased_takes_its_secret_along_for_good(home: Served) -> None:
    home.remember(BODY, seal=True)
    home("revise", trust="owner", ref="1", body="now password: chang3d-Secret! on host c")
    rows = [bytes(row[0]) for row in home.database.connection.execute("SELECT ciphertext FROM sealed")]
    assert len(rows) == 2
    home("erase", ref="1")
    assert home.database.value("SELECT count(*) FROM sealed") == 0
    assert not any(row[:16] in home.bytes() for row in rows)
    with pytest.raises(Refused, match="is not sensitive"):
        home.get(1)
    assert check(home.database) == []


def said_in_sessions(home: Served, *names: str) -> None:
    """Sessions of those names, in each of which something was asked."""
    execute = home.database.connection.execute
    for name in names:
        execute("INSERT INTO sessions (host, name, started, heard) VALUES ('host', ?, 1, 1)", (name,))
        execute(
            "INSERT INTO events (session, kind, at, text, terms, trust)"
            " VALUES ((SELECT max(id) FROM sessions), 'prompt', 1, ?, '', 'owner')",
            (home.database.keep_text(f"asked in {name}"),),
        )


def test_a_version_that_is_erased_takes_its_secret_along_and_no_older_export_brings_it_back(home: Served) -> None:
    said_in_sessions(home, "one", "two")
    home("remember", body=BODY, seal=True, topic_key="staging/db", session="one", trust="agent")
    (kept,) = [bytes(row[0]) for row in home.database.connection.execute("SELECT ciphertext FROM sealed")]
    home(
        "remember", body="now password: chang3d-Secret! on the xylophone host", seal=True, topic_key="staging/db",
        session="two", trust="agent",
    )  # fmt: skip
    (gone,) = [
        bytes(row[0]) for row in home.database.connection.execute("SELECT ciphertext FROM sealed") if row[0] != kept
    ]
    home("undo", trust="owner")
    out = io.BytesIO()
    export(home.database, out, journal=False, now_ms=5)

    done = home("erase", session="two")

    assert (done["memories"], done["changed"]) == ([], [1])
    for again in (False, True):
        if again:
            offline.import_(home.home, io.BytesIO(out.getvalue()), mine=True)
            home.reopen()
        assert home.get(1) == BODY
        held = settled(home)
        assert gone[:16] not in held
        assert kept[:16] in held
        assert b"xylophone" not in held
        assert (check(home.database), home.context.log.verify()) == ([], [])


def test_the_number_in_a_sensitive_body_is_that_of_this_store(home: Served, tmp_path: Path) -> None:
    home.remember("first")
    home.remember(PIN, sensitive=True)
    assert home.context.log.get(2).body == "[sensitive: ask with secret_get(id=2)]"
    assert b"secret_get(id=" not in settled(home)


# -- tampering --


def test_records_of_two_memories_cannot_change_places(home: Served) -> None:
    home.remember(BODY, seal=True)
    home.remember(PIN, sensitive=True)
    columns = ("wrapped", "nonce", "ciphertext")
    one, two = home.database.connection.execute(
        "SELECT wrapped, nonce, ciphertext FROM sealed ORDER BY number"
    ).fetchall()
    for number, row in ((1, two), (2, one)):
        values = ", ".join(f"{name} = ?" for name in columns)
        home.database.connection.execute(f"UPDATE sealed SET {values} WHERE number = {number}", row)
    for number in (1, 2):
        with pytest.raises(Refused, match="does not open") as refused:
            home.get(number)
        assert clear(seen(str(refused.value)), SECRET, PIN) == []


@pytest.mark.parametrize("column", ["memory", "store", "id"])
def test_a_record_that_says_it_belongs_elsewhere_does_not_open(home: Served, column: str) -> None:
    home.remember(BODY, seal=True)
    home.remember("we release on Fridays")
    entity = bytes(home.database.value("SELECT uuid FROM memories WHERE id = 2"))
    values = {"memory": entity, "store": bytes(16), "id": bytes(16)}
    home.database.connection.execute(f"UPDATE sealed SET {column} = ?", (values[column],))
    if column != "store":
        wanted = bytes(home.database.value("SELECT id FROM sealed"))
        home.database.connection.execute(
            "UPDATE changes SET patch = json_set(patch, '$.text.sealed', lower(hex(?))) WHERE text IS NOT NULL",
            (wanted,),
        )
    with pytest.raises(Refused, match="does not open"):
        home.get(2 if column == "memory" else 1)


def test_a_record_of_another_store_with_the_same_key_does_not_open_as_one_of_this(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    key = "0123456789abcdef" * 4
    with closing(Served(tmp_path / "a", key=key)) as one, closing(Served(tmp_path / "b", key=key)) as two:
        one.remember(BODY, seal=True)
        two.remember(PIN, sensitive=True)
        row = one.database.connection.execute("SELECT wrapped, nonce, ciphertext FROM sealed").fetchall()[0]
        two.database.connection.execute("UPDATE sealed SET wrapped = ?, nonce = ?, ciphertext = ?", row)
        with pytest.raises(Refused, match="does not open"):
            two.get(1)


# -- the key --


def test_with_the_key_lost_nothing_is_told_nothing_sealed_and_no_key_made(home: Served) -> None:
    home.remember(BODY, seal=True)
    (home.home.folder / "key").unlink()
    with pytest.raises(Refused, match="is not here"):
        home.get(1)
    for name, asked in (("seal", BODY), ("sensitive", PIN)):
        with pytest.raises(Refused, match="is not here"):
            home.remember(f"{asked} again", **{name: True})
    assert not (home.home.folder / "key").exists()
    assert home.remember("what is no secret is kept as ever") == 2
    assert home("secret.list")["key"]["problem"]["what"] == "the key to the sealed secrets is not here"
    assert [line["action"] for line in home("secret.audit")["audit"]] == ["refused", "sealed"]


def test_with_another_key_nothing_is_told_and_nothing_sealed(home: Served) -> None:
    home.remember(BODY, seal=True)
    home.reopen("0123456789abcdef" * 4)
    with pytest.raises(Refused, match="not the one"):
        home.get(1)
    with pytest.raises(Refused, match="not the one"):
        home.remember(PIN, sensitive=True)
    home.reopen()
    assert home.get(1) == BODY


def test_once_nothing_is_sealed_any_more_another_key_may_come(home: Served) -> None:
    home.remember(BODY, seal=True)
    (home.home.folder / "key").unlink()
    home("erase", ref="1")
    number = home.remember(PIN, sensitive=True)
    assert home.get(number) == PIN


def test_a_passphrase_opens_again_what_it_sealed(tmp_path: Path) -> None:
    with closing(Served(tmp_path, key="correct horse battery")) as home:
        home.remember(BODY, seal=True)
        assert not (home.home.folder / "key").exists()
        home.reopen("correct horse battery")
        assert home.get(1) == BODY
        home.reopen("correct horse batterz")
        with pytest.raises(Refused, match="not the one"):
            home.get(1)
        home.reopen()
        with pytest.raises(Refused, match="HOLDFAST_KEY") as refused:
            home.get(1)
        assert "serve --restart" in refused.value.fix


# -- rotating --


@pytest.mark.parametrize("given", [None, "0123456789abcdef" * 4, "correct horse battery"])
def test_a_new_key_opens_everything_and_the_old_one_nothing(home: Served, given: str | None) -> None:
    home.remember(BODY, seal=True)
    home("revise", trust="owner", ref="1", body="now password: chang3d-Secret! on host c")
    home.remember(PIN, sensitive=True)
    old = (home.home.folder / "key").read_bytes()
    told = home("secret.rotate", **({} if given is None else {"key": given}))
    assert (told["rewrapped"], told["left"]) == (3, 0)
    assert told["source"] == ("file" if given is None else "HOLDFAST_KEY")
    home.reopen(given)
    assert home.get(2) == PIN
    home("undo", trust="owner", ref="1")
    assert home.get(1) == BODY
    assert [path.name for path in home.home.folder.glob("key*")] == ["key" if given is None else "key.given"]
    (home.home.folder / "key").write_bytes(old)
    home.reopen()
    with pytest.raises(Refused, match="not the one"):
        home.get(2)


def test_a_key_that_was_given_can_be_left_to_the_file_again(tmp_path: Path) -> None:
    with closing(Served(tmp_path, key="correct horse battery")) as home:
        home.remember(BODY, seal=True)
        assert home("secret.rotate")["source"] == "file"
        assert home.get(1) == BODY
        assert home.database.value("SELECT count(*) FROM meta WHERE name LIKE 'key%'") == 1
        home.reopen()
        assert home.get(1) == BODY
        home.reopen("correct horse battery")
        with pytest.raises(Refused, match="not the one"):
            home.get(1)


def test_the_old_wrapping_is_gone_from_the_file(home: Served) -> None:
    home.remember(BODY, seal=True)
    wrapped = bytes(home.database.value("SELECT wrapped FROM sealed"))
    home("secret.rotate")
    assert wrapped not in home.bytes()


def test_a_rotation_that_meets_an_altered_record_changes_nothing(home: Served) -> None:
    home.remember(BODY, seal=True)
    home.remember(PIN, sensitive=True)
    home.database.connection.execute("UPDATE sealed SET wrapped = zeroblob(60) WHERE number = 2")
    with pytest.raises(Refused, match="altered"):
        home("secret.rotate")
    home.reopen()
    assert home.get(1) == BODY


def test_there_is_nothing_to_rotate_where_nothing_is_sealed_or_the_key_is_the_same(home: Served) -> None:
    with pytest.raises(Refused, match="nothing is sealed"):
        home("secret.rotate")
    home.reopen("0123456789abcdef" * 4)
    home.remember(BODY, seal=True)
    with pytest.raises(Refused, match="is the key that holds now"):
        home("secret.rotate", key="0123456789ABCDEF" * 4)


# -- copies, exports, damage --


def lines_of(home: Served) -> list[bytes]:
    out = io.BytesIO()
    export(home.database, out, journal=True, now_ms=5)
    return out.getvalue().splitlines(keepends=True)


def test_an_export_holds_ciphertext_and_opens_elsewhere_with_the_key_alone(home: Served, tmp_path: Path) -> None:
    home.remember("first")
    number = home.remember(BODY, seal=True)
    home.get(number)
    lines = lines_of(home)
    assert clear(b"".join(lines), SECRET) == []
    assert (home.home.folder / "key").read_bytes().strip() not in b"".join(lines)
    (tmp_path / "b").mkdir()
    with closing(Served(tmp_path / "b")) as other:
        other.remember("one that is here")
        other.database.close()
        done = offline.import_(other.home, io.BytesIO(b"".join(lines)), mine=True)
        assert done["sealed"] == 1
        assert offline.import_(other.home, io.BytesIO(b"".join(lines)), mine=True)["sealed"] == 0
        other.reopen()
        found = next(each["number"] for each in other("secret.list")["secrets"])
        with pytest.raises(Refused, match="is not here"):
            other.get(found)
        shutil.copy(home.home.folder / "key", other.home.folder / "key")
        assert other.get(found) == BODY
        actions = [line["action"] for line in other("secret.audit")["audit"]]
        assert actions == ["read", "refused", "read", "sealed"]
        assert check(other.database) == []


def test_every_field_of_a_sealed_line_and_of_the_audit_is_written_and_no_other(home: Served) -> None:
    home.remember(BODY, seal=True)
    said = {kind: found for line in lines_of(home) for kind, found in json.loads(line).items()}
    for kind in ("sealed", "audit"):
        assert said[kind].keys() == FIELDS[kind].keys()


def test_the_same_passphrase_opens_an_import_in_a_new_store(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    with closing(Served(tmp_path / "a", key="correct horse battery")) as home, closing(Served(tmp_path / "b")) as other:
        home.remember(BODY, seal=True)
        other.database.close()
        offline.import_(other.home, io.BytesIO(b"".join(lines_of(home))), mine=True)
        other.reopen("correct horse battery")
        assert other.get(1) == BODY


@pytest.mark.parametrize("key", [None, "correct horse battery"])
def test_what_another_store_sealed_takes_nobody_his_own_key(tmp_path: Path, key: str | None) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    theirs = Served(tmp_path / "a", key="their own passphrase")
    with closing(theirs), closing(Served(tmp_path / "b", key=key)) as other:
        theirs.remember(BODY, seal=True)
        other.database.close()
        offline.import_(other.home, io.BytesIO(b"".join(lines_of(theirs))))
        other.reopen(key)
        mine = other.remember(PIN, sensitive=True)
        assert other.get(mine) == PIN
        assert [(each["number"], each["foreign"]) for each in other("secret.list")["secrets"]] == [
            (mine, False),
            (1, True),
        ]
        with pytest.raises(Refused, match="not the one"):
            other.get(1)
        assert (other("secret.rotate", key="another horse battery")["left"], other.get(mine)) == (1, PIN)


def test_the_same_passphrase_opens_what_is_believed_later_as_long_as_nothing_is_sealed(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    with closing(Served(tmp_path / "a", key="correct horse battery")) as home, closing(Served(tmp_path / "b")) as other:
        home.remember(BODY, seal=True)
        other.database.close()
        for mine in (None, True):
            offline.import_(other.home, io.BytesIO(b"".join(lines_of(home))), mine=mine)
        other.reopen("correct horse battery")
        assert other.get(1) == BODY


def test_another_store_seals_nothing_into_a_memory_that_is_here(home: Served, tmp_path: Path) -> None:
    number = home.remember(BODY, seal=True, scope="personal", topic_key="staging/db")
    (tmp_path / "b").mkdir()
    with closing(Served(tmp_path / "b")) as other:
        other.remember(BODY, seal=True, scope="personal", topic_key="staging/db")
        lines = lines_of(other)
    home.database.close()
    done = offline.import_(home.home, io.BytesIO(b"".join(lines)))
    home.reopen()
    assert (done["sealed"], home.get(number)) == (0, BODY)
    assert check(home.database) == []


def test_a_store_with_secrets_of_its_own_keeps_its_key_and_the_imported_ones_theirs(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    with closing(Served(tmp_path / "a")) as home, closing(Served(tmp_path / "b")) as other:
        home.remember(BODY, seal=True)
        mine = other.remember(PIN, sensitive=True)
        other.database.close()
        offline.import_(other.home, io.BytesIO(b"".join(lines_of(home))), mine=True)
        other.reopen()
        assert other.get(mine) == PIN
        told = {each["number"]: each["foreign"] for each in other("secret.list")["secrets"]}
        assert told == {mine: False, 2: True}
        with pytest.raises(Refused, match="not the one"):
            other.get(2)
        rotated = other("secret.rotate")
        assert (rotated["rewrapped"], rotated["left"]) == (1, 1)


@pytest.mark.parametrize(
    "spoilt",
    [{"nonce": "00"}, {"wrapped": "AAAA"}, {"ciphertext": "§"}, {"ciphertext": ""}, {"memory": "00"}, {"kinds": [1]}],
)
def test_a_sealed_line_that_no_store_would_have_written_is_refused(home: Served, spoilt: dict[str, Any]) -> None:
    home.remember(BODY, seal=True)
    lines = lines_of(home)
    at = next(nth for nth, line in enumerate(lines) if line.startswith(b'{"sealed"'))
    lines[at] = json.dumps({"sealed": {**json.loads(lines[at])["sealed"], **spoilt}}).encode() + b"\n"
    home.database.close()
    with pytest.raises(Refused, match=f"line {at + 1} cannot be imported"):
        offline.import_(home.home, io.BytesIO(b"".join(lines)), mine=True)
    home.reopen()


def test_an_export_cannot_make_a_passphrase_cheap_to_guess(home: Served, tmp_path: Path) -> None:
    header = json.loads(lines_of(home)[0])
    header["key"] = {
        "fingerprint": "00" * 16, "salt": "00" * 16, "cost": {"iterations": 1, "lanes": 1, "kibibytes": 8},
    }  # fmt: skip
    home.database.close()
    offline.import_(home.home, io.BytesIO(json.dumps(header).encode() + b"\n"), mine=True)
    home.reopen("correct horse battery")
    home.remember(PIN, sensitive=True)
    cost = json.loads(home.database.value("SELECT value FROM meta WHERE name = 'key_cost'"))
    assert cost == {"iterations": 3, "lanes": 4, "kibibytes": 65_536}


def test_an_erasing_that_an_export_tells_of_takes_the_secret_along(home: Served, tmp_path: Path) -> None:
    home.remember(BODY, seal=True)
    before = lines_of(home)
    (tmp_path / "b").mkdir()
    with closing(Served(tmp_path / "b")) as other:
        other.database.close()
        offline.import_(other.home, io.BytesIO(b"".join(before)), mine=True)
        home("erase", ref="1")
        offline.import_(other.home, io.BytesIO(b"".join(lines_of(home))), mine=True)
        offline.import_(other.home, io.BytesIO(b"".join(before)), mine=True)
        other.reopen()
        assert other.database.value("SELECT count(*) FROM sealed") == 0


def test_a_backup_holds_what_is_sealed_but_not_the_key(home: Served) -> None:
    home.remember(BODY, seal=True)
    path = Path(home("backup")["path"])
    key = (home.home.folder / "key").read_bytes().strip()
    assert clear(path.read_bytes(), SECRET) == []
    assert key not in path.read_bytes()
    assert bytes.fromhex(key.decode()) not in path.read_bytes()
    home.remember(PIN, sensitive=True)
    home.database.close()
    restore(home.home.store, path, now_ms=5)
    home.reopen()
    assert home.get(1) == BODY
    home("secret.rotate")
    home.database.close()
    restore(home.home.store, path, now_ms=6)
    home.reopen()
    with pytest.raises(Refused, match="not the one"):
        home.get(1)


def test_a_secret_that_lost_its_memory_or_a_memory_its_secret_is_found(home: Served) -> None:
    home.remember(BODY, seal=True)
    assert check(home.database) == []
    home.database.connection.execute("UPDATE sealed SET id = zeroblob(16)")
    assert sorted(each.what for each in check(home.database)) == [
        "1 memories whose sealed secret is gone",
        "1 sealed secrets that no memory names",
    ]


def test_a_repair_carries_what_is_sealed_into_the_new_file(home: Served) -> None:
    home.remember(BODY, seal=True)
    home.remember(PIN, sensitive=True)
    home("erase", ref="2")
    home.remember("erased after the backup", sensitive=True)
    home("backup")
    home("erase", ref="3")
    home.get(1)
    path = home.home.store
    home.database.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    home.database.close()
    raw = bytearray(path.read_bytes())
    raw[0:100] = bytes(100)  # the header
    path.write_bytes(raw)
    done = repair(path, now_ms=5, folder=home.home.backups, rebuild=lambda database: offline._log(database).rebuild())
    assert done.damaged is not None
    home.reopen()
    assert home.get(1) == BODY
    assert home.database.value("SELECT count(*) FROM sealed") == 1
    assert [line["action"] for line in home("secret.audit")["audit"]][-3:] == ["sealed", "sealed", "sealed"]


# -- hiding, alone --


@pytest.mark.parametrize("body", ["", "   ", "[redacted:token]", "[private]", "<private>all</private>"])
def test_nothing_is_hidden_where_there_is_nothing(body: str) -> None:
    draft = Draft(body=body)
    assert hide(draft, sensitive=True, seal=True).draft == draft


def test_the_memory_that_has_no_such_number_is_told_as_ever(home: Served) -> None:
    with pytest.raises(NotFound):
        home("revise", trust="owner", ref="5", body="x")


def test_an_older_store_is_brought_to_the_table(tmp_path: Path) -> None:
    with closing(Database(tmp_path / "holdfast.db")) as database:
        names = {row[0] for row in database.connection.execute("SELECT name FROM sqlite_schema")}
    assert {"sealed", "audit", "held_secrets"} <= names


# -- beside relations --


def test_a_sensitive_memory_is_compared_by_its_title_alone(home: Served) -> None:
    home.remember("the door code is 4711", sensitive=True, title="the code of the door to the lab")
    told = home("remember", body="the alarm is off at 9", sensitive=True, title="when the alarm goes off", detect=True)
    assert (told["candidates"], told["sealed"]) == ([], True)
    told = home(
        "remember", body="the door code is 0815 now", sensitive=True, title="the code of the door to the lab now",
        detect=True,
    )  # fmt: skip
    assert [each["id"] for each in told["candidates"]] == [1]
    assert told["memory"]["sealed"]
    assert [each["other"] for each in told["memory"]["relations"]] == [1]


def test_a_superseded_secret_takes_no_repeat(home: Served) -> None:
    first = home.remember("token of the lab: password: first-One-9911", seal=True)
    second = home.remember("the lab has no token any more")
    log = home.context.log
    log.relations.compare(log.get(second), log.get(first), Verdict("supersedes", None, None, 1.0, "me", "owner", None))
    third = home("remember", body="token of the lab: password: first-One-9911", seal=True)
    assert not third["folded"]
    assert home.get(third["memory"]["number"]) == "token of the lab: password: first-One-9911"
