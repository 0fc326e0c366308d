# ruff: noqa: E501 (one shape a line)
"""Made-up secrets of every shape, drawn from a seed, and the places where they turn up."""

import base64
import json
import random
import string
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

LETTERS = string.ascii_letters
BASE62 = LETTERS + string.digits
WORD = BASE62 + "_-"
HEX = "0123456789abcdef"
BASE64 = BASE62 + "+/"


@dataclass(frozen=True, slots=True)
class Secret:
    rule: str  # the rule that it was made for
    text: str  # how it is written down
    core: str  # what must not remain
    bare: bool  # told by itself, wherever it stands


type_of_draw = Callable[[random.Random], str]


def draw(rng: random.Random, alphabet: str, size: int) -> str:
    return "".join(rng.choices(alphabet, k=size))


def mixed(rng: random.Random, alphabet: str, size: int) -> str:
    """Letters and digits in turn somewhere, as in nearly all that is drawn."""
    while True:
        value = draw(rng, alphabet, size)
        if sum(a.isdigit() != b.isdigit() for a, b in pairwise(value)) >= 4 and value[0] not in "-_":
            return value


def shaped(prefix: str, alphabet: str, size: int, end: str = "") -> type_of_draw:
    return lambda rng: prefix + mixed(rng, alphabet, size) + end


def jwt(rng: random.Random) -> str:
    def part(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    claims = {"sub": draw(rng, string.digits, 10), "iat": rng.randrange(10**9), "jti": draw(rng, HEX, 16)}
    return f"{part({'alg': 'HS256', 'typ': 'JWT'})}.{part(claims)}.{mixed(rng, WORD, 43)}"


BARE: tuple[tuple[str, type_of_draw], ...] = (
    ("aws-access-key", shaped("AKIA", "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16)),
    ("aws-access-key", shaped("ASIA", "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16)),
    ("aws-session", shaped("IQoJb3JpZ2lu", BASE64, 300)),
    ("aws-session", shaped("FwoGZXIvYXdz", BASE64, 300)),
    ("aws-bedrock", shaped("ABSK", BASE64, 128)),
    *(("github", shaped(f"gh{kind}_", BASE62, 36)) for kind in "pousr"),
    ("github", lambda rng: f"github_pat_{mixed(rng, BASE62, 22)}_{mixed(rng, BASE62, 59)}"),
    ("gitlab", shaped("glpat-", WORD, 20)),
    ("gitlab", shaped("glrt-", WORD, 20)),
    ("gitlab", shaped("gldt-", WORD, 20)),
    ("gitlab", shaped("glptt-", HEX, 40)),
    ("bitbucket", shaped("ATBB", BASE62, 32)),
    ("bitbucket", shaped("ATATT3xFfGF0", WORD, 170, "=1A2B3C4D")),
    ("slack", lambda rng: f"xoxb-{draw(rng, string.digits, 12)}-{draw(rng, string.digits, 12)}-{mixed(rng, BASE62, 24)}"),
    ("slack", lambda rng: f"xoxp-{draw(rng, string.digits, 12)}-{draw(rng, string.digits, 12)}-{mixed(rng, HEX, 32)}"),
    ("slack", lambda rng: f"xapp-1-A{mixed(rng, BASE62, 10)}-{draw(rng, string.digits, 13)}-{mixed(rng, HEX, 64)}"),
    ("slack-webhook", lambda rng: f"https://hooks.slack.com/services/T{mixed(rng, BASE62, 8)}/B{mixed(rng, BASE62, 10)}/{mixed(rng, BASE62, 24)}"),
    ("discord-webhook", lambda rng: f"https://discord.com/api/webhooks/{draw(rng, '123456789', 18)}/{mixed(rng, WORD, 68)}"),
    ("teams-webhook", lambda rng: f"https://a.webhook.office.com/webhookb2/{uuid.UUID(int=rng.getrandbits(128))}@{mixed(rng, HEX, 36)}"),
    ("resend", lambda rng: f"re_{mixed(rng, BASE62, 8)}_{mixed(rng, BASE62, 24)}"),
    ("telegram", lambda rng: f"{draw(rng, '123456789', 10)}:AA{mixed(rng, WORD, 33)}"),
    ("stripe", shaped("sk_live_", BASE62, 24)),
    ("stripe", shaped("rk_test_", BASE62, 99)),
    ("stripe", shaped("whsec_", BASE62, 32)),
    ("anthropic", shaped("sk-ant-api03-", WORD, 93, "AA")),
    ("anthropic", shaped("sk-ant-oat01-", WORD, 93, "AA")),
    ("openai", lambda rng: f"sk-{mixed(rng, BASE62, 20)}T3BlbkFJ{mixed(rng, BASE62, 20)}"),
    ("openai", lambda rng: f"sk-proj-{mixed(rng, WORD, 74)}T3BlbkFJ{mixed(rng, WORD, 74)}"),
    ("openai", shaped("sk-or-v1-", HEX, 64)),
    ("openai", shaped("sk-", HEX, 32)),
    ("google-api-key", shaped("AIza", WORD, 35)),
    ("google-oauth", shaped("ya29.a0", WORD, 160)),
    ("google-oauth", shaped("GOCSPX-", WORD, 28)),
    ("google-oauth", shaped("1//0", WORD, 60)),
    ("firebase", lambda rng: f"AAAA{mixed(rng, WORD, 7)}:APA91b{mixed(rng, WORD, 134)}"),
    ("azure", lambda rng: f"{mixed(rng, BASE62, 12)[:3]}8Q~{mixed(rng, BASE62, 34)}"),
    ("azure-sas", lambda rng: f"https://a.blob.core.windows.net/c?sv=2022-11-02&sig={mixed(rng, BASE62, 40)}%2B{mixed(rng, BASE62, 9)}%3D&se=1"),
    ("npm", shaped("npm_", BASE62, 36)),
    ("pypi", shaped("pypi-AgEIcHlwaS5vcmc", WORD, 150)),
    ("rubygems", shaped("rubygems_", HEX, 48)),
    ("nuget", shaped("oy2", string.ascii_lowercase + string.digits, 43)),
    ("crates", shaped("cio", BASE62, 32)),
    ("docker", shaped("dckr_pat_", WORD, 27)),
    ("huggingface", lambda rng: "hf_" + draw(rng, LETTERS, 34)),
    ("sendgrid", lambda rng: f"SG.{mixed(rng, WORD, 22)}.{mixed(rng, WORD, 43)}"),
    ("mailgun", shaped("key-", HEX, 32)),
    ("mailchimp", lambda rng: mixed(rng, HEX, 32) + "-us12"),
    ("brevo", lambda rng: f"xkeysib-{mixed(rng, HEX, 64)}-{mixed(rng, BASE62, 16)}"),
    ("twilio", shaped("SK", HEX, 32)),
    ("digitalocean", shaped("dop_v1_", HEX, 64)),
    ("heroku", shaped("HRKU-AA", WORD, 58)),
    ("cloudflare", lambda rng: f"v1.0-{mixed(rng, HEX, 24)}-{mixed(rng, HEX, 146)}"),
    ("databricks", shaped("dapi", HEX, 32)),
    ("linear", shaped("lin_api_", BASE62, 40)),
    ("notion", shaped("ntn_", BASE62, 46)),
    ("notion", shaped("secret_", BASE62, 43)),
    ("vault", shaped("hvs.", WORD, 95)),
    ("vault", shaped("hvb.", WORD, 140)),
    ("terraform", lambda rng: f"{mixed(rng, BASE62, 14)}.atlasv1.{mixed(rng, WORD, 67)}"),
    ("doppler", shaped("dp.pt.", BASE62, 43)),
    ("fly", shaped("fo1_", WORD, 43)),
    ("fly", shaped("fm2_", BASE64, 200)),
    ("supabase", shaped("sbp_", HEX, 40)),
    ("planetscale", shaped("pscale_tkn_", WORD, 43)),
    ("grafana", lambda rng: f"glsa_{mixed(rng, BASE62, 32)}_{mixed(rng, HEX, 8)}"),
    ("sentry", shaped("sntryu_", HEX, 64)),
    ("shopify", shaped("shpat_", HEX, 32)),
    ("square", shaped("sq0atp-", WORD, 22)),
    ("facebook", shaped("EAAM", BASE62, 180)),
    ("twitter", lambda rng: "A" * 22 + mixed(rng, BASE62, 8) + "%3D" + mixed(rng, BASE62, 60)),
    ("postman", lambda rng: f"PMAK-{mixed(rng, HEX, 24)}-{mixed(rng, HEX, 34)}"),
    ("newrelic", shaped("NRAK-", "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", 27)),
    ("sonar", shaped("squ_", HEX, 40)),
    ("artifactory", shaped("AKCp", BASE62, 69)),
    ("alibaba", shaped("LTAI", BASE62, 20)),
    ("tailscale", lambda rng: f"tskey-auth-{mixed(rng, BASE62, 12)}-{mixed(rng, BASE62, 32)}"),
    ("onepassword", lambda rng: "A3-" + "-".join(mixed(rng, string.ascii_uppercase + string.digits, n)[:m] for n, m in ((12, 6), (12, 6), (12, 5), (12, 5), (12, 5), (12, 5)))),
    ("airtable", lambda rng: f"pat{mixed(rng, BASE62, 14)}.{mixed(rng, HEX, 64)}"),
    ("dropbox", shaped("sl.", WORD, 136)),
    ("dynatrace", lambda rng: f"dt0c01.{mixed(rng, BASE62, 24)}.{mixed(rng, BASE62, 64)}"),
    ("nostr", shaped("nsec1", string.ascii_lowercase + string.digits, 58)),
    ("age-key", shaped("AGE-SECRET-KEY-1", "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L", 58)),
    *(("prefixed", shaped(prefix, BASE62, 40)) for prefix in ("gsk_", "xai-", "r8_", "pplx-", "pcsk_", "figd_", "tvly-", "nfp_")),
    ("jwt", jwt),
    ("password-hash", lambda rng: f"$2b$12${mixed(rng, BASE62 + './', 53)}"),
    ("password-hash", lambda rng: f"$6$rounds=5000${mixed(rng, BASE62, 16)}${mixed(rng, BASE62 + './', 86)}"),
    ("password-hash", lambda rng: f"$argon2id$v=19$m=65536,t=3,p=4${mixed(rng, BASE62, 22)}${mixed(rng, BASE62, 43)}"),
)  # fmt: skip


def password(rng: random.Random) -> str:
    """As people make them up."""
    word = rng.choice(("winter", "Kestrel", "tr0ub4dor", "sommer", "Hafen", "lighthouse", "mosel", "Quark"))
    return (
        word
        + draw(rng, string.digits, rng.randint(2, 4))
        + rng.choice(("", "!", "$x", "#", "_Q", "%7", "@z", "&", "~b"))
    )


def token(rng: random.Random) -> str:
    kind = rng.randrange(5)
    if kind == 0:
        return mixed(rng, HEX, rng.choice((32, 40, 64)))
    if kind == 1:
        return str(uuid.UUID(int=rng.getrandbits(128)))
    if kind == 2:
        return mixed(rng, BASE64, 40)
    if kind == 3:
        return mixed(rng, WORD, rng.randint(20, 48)).strip("-_") + "9"
    return mixed(rng, BASE62, rng.randint(16, 40))


def camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(map(str.capitalize, rest))


PASSWORDS = ("password", "db_password", "passwd", "pwd", "smtp_pass", "admin_password", "passphrase", "password_prod")
TOKENS = (
    "secret", "token", "api_key", "client_secret", "access_token", "auth_token", "secret_key", "private_key", "access_key", "refresh_token",
    "aws_secret_access_key", "encryption_key", "webhook_secret", "bot_token", "stripe_api_key", "account_key", "signing_key", "jwt_secret",
)  # fmt: skip
STYLES: tuple[tuple[str, Callable[[str, str], str]], ...] = (
    ("python", lambda n, v: f'{n} = "{v}"'),
    ("python single", lambda n, v: f"{n}='{v}'"),
    ("python typed", lambda n, v: f'{n}: str = "{v}"'),
    ("python bytes", lambda n, v: f'{n} = b"{v}"'),
    ("argument", lambda n, v: f'connect(host, {n}="{v}", retries=3)'),
    ("subscript", lambda n, v: f'os.environ["{n.upper()}"] = "{v}"'),
    ("compared", lambda n, v: f'if {n} == "{v}":'),
    ("call", lambda n, v: f'os.environ.setdefault("{n.upper()}", "{v}")'),
    ("go", lambda n, v: f'{camel(n)} := "{v}"'),
    ("typescript", lambda n, v: f"const {camel(n)}: string = '{v}';"),
    ("javascript", lambda n, v: f"  {camel(n)}: '{v}',"),
    ("backquoted", lambda n, v: f"let {camel(n)} = `{v}`;"),
    ("ruby", lambda n, v: f'  :{n} => "{v}",'),
    ("java properties", lambda n, v: f"spring.datasource.{n.replace('_', '.')}={v}"),
    ("json", lambda n, v: json.dumps({n: v, "user": "me"})),
    ("json camel", lambda n, v: json.dumps({"user": "me", camel(n): v}, indent=2)),
    ("json compact", lambda n, v: json.dumps({n: v, "user": "me"}, separators=(",", ":"))),
    ("json twice", lambda n, v: json.dumps(json.dumps({n: v, "user": "me"}))),
    ("yaml", lambda n, v: f"database:\n  {n}: {v}\n  port: 5432"),
    ("yaml quoted", lambda n, v: f"  {n}: '{v}'"),
    ("toml", lambda n, v: f'[a]\n{n} = "{v}"'),
    ("ini", lambda n, v: f"[a]\n{n} = {v}\n"),
    ("env", lambda n, v: f"A=1\n{n.upper()}={v}\nB=2"),
    ("env quoted", lambda n, v: f'{n.upper()}="{v}"'),
    ("export", lambda n, v: f"export {n.upper()}={v}"),
    ("prefixed env", lambda n, v: f"MYAPP_{n.upper()}={v} npm start"),
    ("docker", lambda n, v: f"docker run -e {n.upper()}={v} image"),
    ("dockerfile", lambda n, v: f"ENV {n.upper()} {v}"),
    ("powershell", lambda n, v: f'$env:{n.upper()} = "{v}"'),
    ("flag", lambda n, v: f"tool --{n.replace('_', '-')} {v} --verbose"),
    ("flag equals", lambda n, v: f"tool --{n.replace('_', '-')}={v} --verbose"),
    ("flag quoted", lambda n, v: f"tool --{n.replace('_', '-')} '{v}'"),
    ("header", lambda n, v: f"X-{n.replace('_', '-').title()}: {v}"),
    ("xml", lambda n, v: f"<{n}>{v}</{n}>"),
    ("log", lambda n, v: f"2026-01-02 03:04:05 DEBUG config loaded {n}={v} retries=3"),
)  # fmt: skip


def assignments(rng: random.Random) -> Iterator[Secret]:
    for style, write in STYLES:
        name = rng.choice(PASSWORDS)
        value = password(rng)
        if style == "log" or "equals" in style or style == "xml":
            value = value.replace("&", "")
        yield Secret("assignment", write(name, value), value, bare=False)
        name = rng.choice(TOKENS)
        value = token(rng)
        yield Secret("assignment", write(name, value), value, bare=False)


def key_block(rng: random.Random, kind: str, *, closed: bool) -> Secret:
    body = "\n".join(mixed(rng, BASE64, 64) for _ in range(rng.randint(4, 30)))
    end = f"\n-----END {kind}-----\n" if closed else "\n" + mixed(rng, BASE64, 20)
    return Secret("private-key", f"-----BEGIN {kind}-----\n{body}{end}", body, bare=False)


def in_context(rng: random.Random) -> Iterator[Secret]:
    """Secrets that only what stands around them tells."""
    yield from assignments(rng)
    for kind in (
        "RSA PRIVATE KEY",
        "PRIVATE KEY",
        "OPENSSH PRIVATE KEY",
        "EC PRIVATE KEY",
        "PGP PRIVATE KEY BLOCK",
        "ENCRYPTED PRIVATE KEY",
    ):
        yield key_block(rng, kind, closed=True)
        yield key_block(rng, kind, closed=False)
    block = key_block(rng, "PRIVATE KEY", closed=True)
    yield Secret(
        "private-key",
        json.dumps({"type": "service_account", "key": block.text}),
        block.core.replace("\n", "\\n"),
        bare=False,
    )
    value = mixed(rng, WORD, 32)
    yield Secret("bearer", f"Authorization: Bearer {value}", value, bare=False)
    yield Secret("bearer", f"curl -H 'Authorization: Bearer {value}' https://example.com", value, bare=False)
    yield Secret("bearer", json.dumps({"headers": {"authorization": f"Bearer {value}"}}), value, bare=False)
    yield Secret("authorization", f"Authorization: token {value}", value, bare=False)
    yield Secret("authorization", f"PRIVATE-TOKEN: {value}", value, bare=False)
    value = base64.b64encode(f"me:{password(rng)}".encode()).decode()
    yield Secret("basic", f"Authorization: Basic {value}", value, bare=False)
    yield Secret("docker-auth", json.dumps({"auths": {"registry": {"auth": value}}}), value, bare=False)
    for scheme in ("postgres", "postgresql+asyncpg", "mysql", "mongodb+srv", "redis", "amqp", "https", "ftp", "smtp"):
        value = password(rng).replace("#", "").replace("%7", "")
        yield Secret(
            "url-password",
            f"{scheme}://{rng.choice(('', 'me', 'svc_user'))}:{value}@db.internal:5432/app?x=1",
            value,
            bare=True,
        )
    value = mixed(rng, BASE62, 26)
    yield Secret("cookie", f"Cookie: theme=dark; session={value}; lang=de", value, bare=False)
    yield Secret("cookie", f"< Set-Cookie: sid={value}; Path=/; HttpOnly", value, bare=False)
    yield Secret("session-id", f"GET /x?PHPSESSID={value} HTTP/1.1", value, bare=False)
    value = password(rng).replace("&", "")
    yield Secret("assignment", f"Server=tcp:db,1433;User Id=me;Password={value};Encrypt=True", value, bare=False)
    yield Secret("assignment", f"host=db user=me password={value} dbname=app", value, bare=False)
    yield Secret("assignment", f"https://example.com/login?user=me&password={value}&next=1", value, bare=False)
    yield Secret("assignment", f'<add key="Password" value="{value}"/>', value, bare=False)
    value = mixed(rng, BASE64, 86) + "=="
    yield Secret(
        "assignment",
        f"DefaultEndpointsProtocol=https;AccountName=a;AccountKey={value};EndpointSuffix=x",
        value[:-2],
        bare=False,
    )
    yield Secret(
        "assignment",
        f"Endpoint=sb://a.servicebus.windows.net/;SharedAccessKeyName=n;SharedAccessKey={value}",
        value[:-2],
        bare=False,
    )
    value = password(rng)
    yield Secret("curl-user", f"curl -u me:{value} https://example.com", value, bare=False)
    yield Secret("curl-user", f"sshpass -p {value} ssh me@host", value, bare=False)
    yield Secret("curl-user", f"mysql -u root -p{value} app", value, bare=False)
    yield Secret("netrc", f"machine example.com login me password {value}", value, bare=False)
    yield Secret("sql-password", f"CREATE USER me WITH PASSWORD '{value}';", value, bare=False)
    yield Secret("sql-password", f"CREATE USER 'me'@'%' IDENTIFIED BY '{value}';", value, bare=False)
    identity, value = mixed(rng, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16), mixed(rng, BASE64, 40)
    yield Secret("aws-secret-key", f"me,AKIA{identity},{value}", value, bare=False)
    value = f"M{mixed(rng, BASE62, 25)}.G{mixed(rng, BASE62, 8)[:5]}.{mixed(rng, WORD, 38)}"
    yield Secret("discord", f"discord bot login {value}", value, bare=False)
    value = mixed(rng, WORD, 43)
    yield Secret("jwk", json.dumps({"kty": "OKP", "crv": "Ed25519", "d": value}), value, bare=False)
    value = mixed(rng, BASE64, 64)
    yield Secret("putty-key", f"Private-Lines: 1\n{value}\nPrivate-MAC: 00", value, bare=False)
    words = "abandon legal thunder winner coral copper orbit velvet canyon mirror rocket silver"
    value = " ".join(rng.sample(words.split(), 12))
    yield Secret("seed-phrase", f'mnemonic = "{value}"', value, bare=False)


WRAPS: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("alone", lambda s: s),
    ("prose", lambda s: f"I tried it with this one:\n{s}\nand it was refused."),
    ("json", lambda s: json.dumps({"stdout": s, "stderr": ""})),
    ("json in json", lambda s: json.dumps({"content": json.dumps({"text": f"first\n{s}\nlast"})})),
    ("log", lambda s: f"2026-01-02T03:04:05Z INFO [worker-3] {s}"),
    ("numbered", lambda s: "\n".join(f"{n:6}\t{line}" for n, line in enumerate(s.split("\n"), 1))),
    ("base64", lambda s: f"data: {base64.b64encode(f'shift {s} end'.encode()).decode()}"),
)  # fmt: skip
AROUND: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("sentence", lambda s: f"Please use {s} for the deployment, thanks."),
    ("stop", lambda s: f"The key is {s}."),
    ("code", lambda s: f'client = Client("{s}", timeout=3)'),
    ("shell", lambda s: f"curl -sS -d '{s}' https://example.com/hook | jq ."),
    ("environment", lambda s: f"SOME_NAME={s}\nOTHER=1"),
    ("yaml", lambda s: f"some:\n  value: {s}\n"),
    ("query", lambda s: f"https://example.com/cb?state=1&code={s}"),
    ("escaped", lambda s: f'"line\\n{s}\\nnext"'),
    ("coloured", lambda s: f"\x1b[32m{s}\x1b[0m"),
    ("quoted", lambda s: f"> `{s}`"),
    ("tuple", lambda s: f"('{s}', None)"),
    ("base64", lambda s: base64.b64encode(f"see {s} there".encode()).decode()),
    ("base64 lines", lambda s: base64.encodebytes(f"name: x\nsee {s} there\nand more of it".encode()).decode()),
)  # fmt: skip


def everywhere(seed: int) -> Iterator[tuple[Secret, str, str]]:
    """(secret, name of the place, the text there), about 2,500 for one seed."""
    rng = random.Random(seed)
    for rule, drawn in BARE:
        value = drawn(rng)
        secret = Secret(rule, value, value.rpartition("/")[2] if "-webhook" in rule else value, bare=True)
        if rule == "azure-sas":
            secret = Secret(rule, value, value.partition("sig=")[2].removesuffix("&se=1"), bare=True)
        for place, write in AROUND:
            yield secret, place, write(value)
    for secret in in_context(rng):
        for place, write in WRAPS:
            yield secret, place, write(secret.text)


def remains(secret: Secret, text: str) -> str:
    """A part of the secret's core that is still in the text, else ""."""
    core = secret.core
    for line in core.replace("\\n", "\n").split("\n"):
        size = min(len(line), max(8, len(line) // 3))
        if secret.rule == "seed-phrase":
            size = len(line) // 2
        for at in range(len(line) - size + 1):
            part = line[at : at + size]
            if len(part) >= 4 and part in text:
                return part
    return ""
