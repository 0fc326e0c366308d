"""Secrets go, what only looks like one stays."""

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest
from tests.unit.guard.made_up import everywhere, remains

from holdfast.guard import RULES, find, redact

FILE = Path(redact.__code__.co_filename)

HARMLESS = r"""
the password is wrong
The token budget is 400, of which 120 tokens are left.
Reset your password: click the link we sent you.
Error: password authentication failed for user "postgres"
error: invalid password: must have at least 8 characters
What is a bearer token? Bearer authentication is described in RFC 6750.
Basic authentication sends the user and the password with every request.
the secret: never give up; the key: patience
password = os.environ["DB_PASSWORD"]
password = os.environ.get("DB_PASSWORD", "")
token = process.env.GITHUB_TOKEN;
const apiKey = config.get("api_key");
api_key=${API_KEY}
export GITHUB_TOKEN=$(gh auth token)
GITHUB_TOKEN: ${{ secrets.GITHUB_TOKEN }}
DB_PASSWORD=<your password>
API_KEY=your_api_key_here
API_KEY=xxxxxxxxxxxxxxxxxxxx
SECRET_KEY=changeme
"password": "********"
"token": null, "secret": true, "api_key": ""
password: string;
password: Optional[SecretStr] = None
def login(user: str, password: str) -> Token:
token: str | None = None
private_key: Ed25519PrivateKey
public_key: X25519PublicKey
class Token(NamedTuple): kind: TokenKind
    self.password = password
    self.api_key = api_key or settings.api_key
    token = await getToken(request)
    token = tokens[index + 1]
    key = tuple(sorted(row.items()))
    const { token, secret } = props;
    cache_key = f"{user_id}:{page}"
    primary_key = "customer_id_2024"
    if token == "identifier": return parse_identifier()
    NAME_KEY = "holdfast.session.name"
    parser.add_argument("--password", help="the password to use")
    parser.add_argument("--token", type=str, default=None)
  --password string   Password to use
  --api-key <key>     the key to use
max_tokens=4096, input_tokens: 128, "cache_read_input_tokens": 20413
eos_token="<|endoftext|>" pad_token_id=50256
nextPageToken: "CAUQAA1b2c3d4e5f6"
commit 9f162f9c0a4c1d2e3b4a5968778695a4b3c2d1e0
"version": "1.2.3", "integrity": "sha256-v2kDEe57lecTulaDIuNTPy3Ry4gLGJ6Z1O3vE1krgXY="
    --hash=sha256:1f3b0f1f8c2a4d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6f708192a3b4c5d6
session_id: 7c9e6679-7425-40de-944b-e07fc1f90ae7
"uuid": "53ac3eec-b89d-4939-bd0b-ddac5853b8ef"
http://localhost:3000/@vite/client and http://127.0.0.1:8080/path?email=a@example.com
git@github.com:example/project.git
ssh://git@example.com:22/project.git
https://user@example.com/path
postgres://${DB_USER}:${DB_PASSWORD}@localhost/app
https://user:password@example.com is how an address with a password looks
re.compile(r"-----BEGIN [A-Z ]+PRIVATE KEY-----")
if "-----BEGIN PRIVATE KEY-----" in text: raise Refused
PWD=/home/me/project
OLDPWD=/home/me
pass: 12, fail: 0
task-runner-configuration-for-production and sk-folding-cube sk-circle-fade-dot
.sk-chasing-dot-before-animation-delay { color: #fff }
import { useAuthToken } from "@/hooks/use-auth-token";
arn:aws:secretsmanager:eu-west-1:123456789012:secret:app/database
/usr/lib/python3/dist-packages/keyring/backends/SecretService.py
Cookie: a small file. Set-Cookie: theme=dark
document.cookie = "theme=dark; path=/"
the mnemonic: Every Good Boy Does Fine
the quick brown fox jumps over the lazy dog and then some more words for good measure
iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==
""".strip("\n").splitlines()


@pytest.mark.parametrize("seed", range(3))
def test_nothing_is_left_of_a_made_up_secret_wherever_it_stands(seed: int) -> None:
    kept = [
        (secret.rule, place, part)
        for secret, place, text in everywhere(seed)
        if (part := remains(secret, redact(text)))
    ]
    assert kept == []


@pytest.mark.parametrize("between", ["\n", " ; "])
def test_nothing_is_left_of_many_secrets_in_one_text(between: str) -> None:
    found = [(secret, text) for secret, _, text in everywhere(8) if secret.rule != "private-key"]
    random.Random(8).shuffle(found)
    for at in range(0, len(found), 40):
        part = found[at : at + 40]
        hidden = redact(between.join(text for _, text in part))
        assert len(hidden) > 12 * len(part)  # what stands around them is left
        assert [secret.rule for secret, _ in part if remains(secret, hidden)] == []


def test_many_secrets_on_one_long_line_are_hidden_one_by_one() -> None:
    line = json.dumps([{"text": 'client_secret = "0a1b2c3d4e5f6a7b"'}] * 200)
    assert redact(line) == line.replace("0a1b2c3d4e5f6a7b", "[redacted:assignment]")


def test_each_rule_has_a_made_up_secret() -> None:
    assert {secret.rule for secret, _, _ in everywhere(0)} | {"base64"} == {rule.id for rule in RULES}


def test_each_shape_told_by_itself_is_found_by_its_own_rule() -> None:
    wrong = [
        (secret.rule, names)
        for secret, place, text in everywhere(1)
        if secret.bare and place == "sentence" and secret.rule not in (names := {name for *_, name in find(text)})
    ]
    assert wrong == []


@pytest.mark.parametrize("line", HARMLESS)
def test_what_only_looks_like_a_secret_stays(line: str) -> None:
    assert redact(line) is line


def test_a_page_of_such_lines_stays_as_well() -> None:
    page = "\n".join(HARMLESS)
    assert redact(page) is page


def test_only_the_secret_is_hidden() -> None:
    assert redact('{"user": "me", "password": "hunter2!", "port": 5432}') == (
        '{"user": "me", "password": "[redacted:assignment]", "port": 5432}'
    )
    assert redact("postgres://me:pa55w0rd@db/app") == "postgres://me:[redacted:url-password]@db/app"
    assert redact("Authorization: Bearer 0a1b2c3d4e5f6a7b8c9d") == "Authorization: Bearer [redacted:bearer]"


def test_spans_are_in_order_apart_and_within_the_text() -> None:
    for _, _, text in everywhere(2):
        at = 0
        for start, end, name in find(text):
            assert at <= start < end <= len(text)
            assert name in {rule.id for rule in RULES}
            at = end


def test_what_is_hidden_is_left_alone_the_second_time() -> None:
    for _, _, text in everywhere(3):
        hidden = redact(text)
        assert redact(hidden) is hidden


def test_an_unclosed_key_block_hides_the_rest() -> None:
    block = "-----BEGIN OPENSSH PRIVATE KEY-----\n" + "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAA\n" * 5
    assert redact("before\n" + block) == "before\n[redacted:private-key]"


def test_the_end_of_a_key_block_hides_what_led_up_to_it() -> None:
    end = "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAA\n" * 5 + "-----END OPENSSH PRIVATE KEY-----"
    assert redact(f"(cut) {end}\nafter") == "(cut)[redacted:private-key]\nafter"


@pytest.mark.parametrize(
    "value", ["\ud800", "a\0b", "\udfff\ud800 password=\udc80\udc81abc1", "İ" * 99 + "password=hunter2x"]
)
def test_no_text_is_too_odd(value: str) -> None:
    assert "hunter2x" not in redact(value)


def test_a_letter_that_grows_in_lower_case_does_not_shift_the_span() -> None:
    assert redact("İİİ password=hunter2x İ") == "İİİ password=[redacted:assignment] İ"


HOSTILE = {
    "one letter": "a" * 200_000,
    "prefixes": "sk-" * 70_000,
    "token starts": "eyJ" * 70_000,
    "escaped starts": "\\neyJ" * 40_000,
    "percent": "%41eyJ" * 33_000,
    "colours": "\x1b[0meyJ" * 28_000,
    "dots": "eyJaaaaaaaaaa." * 14_000,
    "addresses": "://a:" * 40_000,
    "address without end": "://" + "a:" * 100_000,
    "at signs": "://a:b" + "@" * 200_000,
    "names": "password=" * 22_000,
    "names and quotes": "password='\"`" * 16_000,
    "names and spaces": "password" + " " * 200_000 + "=x",
    "escapes": 'token="\\' * 25_000,
    "long name": "a_" * 100_000 + "token=x",
    "begins": "-----BEGIN PRIVATE KEY-----\n" * 7_000,
    "ends": "-----END PRIVATE KEY-----\n" * 7_000,
    "key lines": ("A" * 64 + "\n") * 3_000,
    "begins with bodies": ("-----BEGIN PRIVATE KEY-----" + "A" * 40) * 3_000,
    "ends with bodies": ("A" * 40 + "-----END PRIVATE KEY-----") * 3_000,
    "cookies": "cookie: a=b;" * 16_000,
    "bearers": "bearer " * 28_000,
    "mysql": "mysql -" * 28_000,
    "curl": " -u a" * 40_000,
    "login": "login a " * 25_000,
    "base64": "QUFBQUFBQUFBQUFBQUFBQUFBQUFB " * 7_000,
    "base64 in one": "cGFzc3dvcmQ9" * 16_000,
    "words": "seed phrase: " + "word " * 40_000,
    "private lines": "private-lines: 1 " + "1 " * 100_000,
    "nested tags": "<private " * 22_000,
    "hex": "0123456789abcdef" * 12_000 + "-us1",
    "slashes": "\\" * 200_000 + '"password"',
    "digits": "1" * 200_000 + ":AA",
    "placeholders": "password=[redacted:assignment]" * 6_000,
    "xml": "<password>" * 20_000,
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.timeout(60)  # each takes a fraction of a second; one that is not linear takes minutes
def test_a_hostile_text_of_200_kb_costs_little(name: str) -> None:
    hidden = redact(HOSTILE[name])
    assert redact(hidden) == hidden


def test_the_file_stands_alone_and_loads_nothing(tmp_path: Path) -> None:
    (tmp_path / "redact.py").write_bytes(FILE.read_bytes())
    code = (
        "import sys; before = set(sys.modules); sys.path.insert(0, sys.argv[1]); import redact; "
        "print(redact.redact('nothing here'), sorted(set(sys.modules) - before), redact.redact('password=hunter2'))"
    )
    command = [sys.executable, "-IS", "-c", code, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "nothing here ['redact'] password=[redacted:assignment]\n"


def test_no_rule_and_no_word_is_listed_twice() -> None:
    ids = [rule.id for rule in RULES]
    assert len(ids) == len(set(ids))
    assert all(anchor == anchor.lower() for rule in RULES for anchor in rule.anchors)
    assert all(rule.words for rule in RULES)
