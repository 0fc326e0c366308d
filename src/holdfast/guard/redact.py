# ruff: noqa: E501, SIM905 (a rule is one line of its table, and a list of words is words)
"""What must not be stored: private tags, secrets, and the length of a text.

This file stands alone: it is copied beside the hook client and loaded there by `python -IS`. It imports nothing when
it is loaded; `re` (4 ms) and each rule's expression wait until a literal of that rule occurs in a text.
Every expression is linear: it starts at a literal, runs are possessive or bounded, and none can restart inside its
own run.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Collection, Iterator

    Span = tuple[int, int, str]

TOOL_LIMIT = (6_000, 2_000)
WORDS_LIMIT = (60_000, 20_000)
MARGIN = 4_096  # looked at beyond a cut, so that a secret across it is seen whole
SLACK = 256  # a text this little over its limit stays whole, so that a cut text is not cut again
LOOK_BACK = 32_768  # how far before the tail the beginning of a key block is sought
DEPTH, NODES = 64, 20_000
TOO_DEEP, TOO_MANY = f"[left out: nested deeper than {DEPTH}]", f"[left out: more than {NODES} values]"
OPEN = "[redacted:"
UNSETTLED = OPEN + "text]"


class Rule:
    """One shape of secret. `anchors`: lower case; one of them occurs in any text that the rule can match.

    `group` is the part that is hidden, `floor` the least entropy in bits per character, `check` a further test;
    `solid`: what it matches has no blank inside and 16 characters at least (of base64: it begins with such a line).
    """

    __slots__ = ("anchors", "check", "floor", "group", "id", "regex", "solid", "words")

    def __init__(self, id: str, words: str, anchors: str, regex: str, *, group: int = 0, check: str = "", floor: float = 0.0) -> None:  # fmt: skip
        self.id, self.words, self.anchors, self.regex = id, words, tuple(anchors.split("|")), regex
        self.group, self.check, self.floor = group, check, floor
        self.solid = not group and check in ("", "random", "base64")


# What may stand before a prefix: nothing of a word, but the rest of an escape, of `%xx` or of a terminal colour.
_BEFORE = r"(?:(?<![\w-]{0})|(?<=\\[nrtbf]{0})|(?<=%[0-9A-Fa-f]{{2}}{0})|(?<=\[m{0})|(?<=[\[;]\dm{0})|(?<=[\[;]\d\dm{0}))"  # fmt: skip


def _at(*prefixes: str) -> str:
    """One of the literals where a word begins. A single one comes first, so that `re` can jump to it."""
    if len(prefixes) == 1:
        return prefixes[0] + _BEFORE.format(prefixes[0])
    either = "|".join(prefixes)
    return f"(?={either}){_BEFORE.format('')}(?:{either})"


_STEMS = ("pass", "pwd", "secret", "token", "key", "credential")  # one begins the end of each name that says secret
_NAME = r"(?P<name>pass(?:word|wd|phrase|code|wort)?|pwd|secret(?:[_ -]?(?:access[_ -]?)?key(?:[_-]?base)?)?|token|key(?:-data)?|credentials?)(?:[_.-]?(?:prod|production|dev|development|test|testing|staging|live|sandbox|value|old|new|current|base64|b64|hex|plain|text|raw|\d{1,3}))?"  # fmt: skip
_SEPARATOR = r"(?P<sign>(?:\\{0,15}[\"'`]\]?|\])?[ \t]{0,8}(?::[ \t]{0,4}[a-z_&*][\w.\[\]?]{0,40}(?: \| [\w.\[\]]{1,40}){0,3}[ \t]{0,4}=(?![=>])|(?<=[ \t])string[ \t]{0,4}=|(?<=[ \t])value[ \t]{0,2}=|=>|:=|\?=|\+=|={1,3}|!={1,2}|::?|>|%3[ad]|\\u003[ad]|,[ \t]{0,4}(?=\\{0,15}[\"'])|(?<=[ \t])))[ \t]{0,32}"  # fmt: skip
_KEYS = tuple("api access private encryption encrypt signing sign master account auth service storage shared sharedaccess subscription deploy license app admin webhook session jwt hmac cipher crypto preshared root ingest write secret client".split())  # fmt: skip
_PASSES = ("_", "-", ".", "db", "user", "root", "admin", "smtp", "mail", "ftp", "pg", "my")

RULES: tuple[Rule, ...] = (
    Rule("private-key", "PEM, OpenSSH and PGP private key blocks, to the end when unclosed", "private key", r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----", check="block"),
    Rule("putty-key", "PuTTY private key lines", "private-lines:", r"(?i)private-lines:[ \t]{0,4}\d{1,4}((?:(?:[\s\d|>]|\\{1,3}[nr]){1,24}[A-Za-z0-9+/=]{8,}+)++)", group=1),
    Rule("age-key", "age secret keys", "age-secret-key-", r"(?i)AGE-SECRET-KEY-(?:PQ-)?1[0-9A-Z]{20,}+"),
    Rule("jwk", "the private part of a JSON web key", '"kty', r'"(?:d|p|q|dp|dq|qi|k)\\{0,3}"\s{0,4}:\s{0,4}\\{0,3}"([A-Za-z0-9_-]{22,}+)', group=1),
    Rule("aws-access-key", "AWS access key ids", "akia|asia|abia|acca", _at("AKIA", "ASIA", "ABIA", "ACCA") + r"[A-Z0-9]{16}(?![A-Z0-9])"),
    Rule("aws-secret-key", "AWS secret keys that follow their id", "akia|asia", r"(?:AKIA|ASIA)[A-Z0-9]{16}[\s\"',;:|/]{1,8}([A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])", group=1),
    Rule("aws-session", "AWS session tokens and signatures of signed URLs", "fwogzxivyxdz|iqojb3jpz2lu|x-amz-signature|x-amz-security-token", r"(?:FwoGZXIvYXdz|IQoJb3JpZ2lu)[A-Za-z0-9+/=%_-]{40,}+|(?i:X-Amz-(?:Signature|Security-Token)(?:=|%3D))[A-Za-z0-9+/%_-]{16,}+"),
    Rule("aws-bedrock", "Amazon Bedrock API keys", "absk|bedrock-api-key-", r"ABSK[A-Za-z0-9+/]{80,}+={0,2}|bedrock-api-key-[A-Za-z0-9+/=]{20,}+"),
    Rule("github", "GitHub tokens: classic, fine-grained, OAuth, app, refresh", "ghp_|gho_|ghu_|ghs_|ghr_|github_pat_", r"gh[pousr]_[A-Za-z0-9]{20,}+|github_pat_[A-Za-z0-9_]{22,}+"),
    Rule("gitlab", "GitLab tokens of every kind", "glpat-|gldt-|glft-|glsoat-|glrt-|glptt-|glagent-|gloas-|glcbt-|glimt-|glffct-|gr1348941|_gitlab_session", r"gl(?:pat|dt|ft|soat|rt|ptt|agent|oas|cbt|imt|ffct)-[A-Za-z0-9_.-]{18,}+|GR1348941[\w-]{20,}+|_gitlab_session=\w{20,}+"),
    Rule("bitbucket", "Bitbucket app passwords and Atlassian tokens", "atbb|atatt3|atctt3|atcts", _at("ATBB", "ATATT3", "ATCTT3") + r"[A-Za-z0-9_=-]{24,}+"),
    Rule("slack", "Slack tokens", "xoxb-|xoxp-|xoxa-|xoxr-|xoxs-|xoxo-|xoxc-|xoxd-|xoxe|xapp-|xwfp-", r"xox[a-z]-[A-Za-z0-9%+/=-]{10,}+|xoxe\.xox[bp]-[A-Za-z0-9-]{20,}+|xapp-\d-[A-Za-z0-9-]{10,}+|xwfp-[A-Za-z0-9-]{20,}+"),
    Rule("slack-webhook", "Slack webhook addresses", "hooks.slack.com/", r"hooks\.slack\.com/(?:services|workflows|triggers)/([A-Za-z0-9+/_-]{20,}+)", group=1),
    Rule("discord-webhook", "Discord webhook addresses", "/api/webhooks/", r"/api/webhooks/\d{10,22}/([\w-]{30,}+)", group=1),
    Rule("teams-webhook", "Microsoft Teams webhook addresses", ".webhook.office.com/", r"\.webhook\.office\.com/webhookb2/([\w@/-]{30,}+)", group=1),
    Rule("discord", "Discord bot tokens", "discord|bot_token|bot token|bottoken", r"(?<![\w.-])([MNO][A-Za-z0-9_-]{23,27}\.[\w-]{6}\.[\w-]{27,40})(?![\w-])", group=1, floor=3.5),
    Rule("telegram", "Telegram bot tokens", ":aa", r"\d{6,12}:AA[\w-]{32,}+"),
    Rule("stripe", "Stripe secret, restricted and webhook keys", "sk_live_|sk_test_|rk_live_|rk_test_|sk_prod_|whsec_", r"[sr]k_(?:live|test|prod)_[A-Za-z0-9]{10,}+|whsec_[A-Za-z0-9+/=]{16,}+"),
    Rule("anthropic", "Anthropic API, admin and OAuth keys", "sk-ant-", r"sk-ant-[A-Za-z0-9_-]{16,}+"),
    Rule("openai", "OpenAI keys and those of its kind (`sk-…`)", "sk-", _at("sk-") + r"[A-Za-z0-9_-]{20,}+", check="random", floor=3.0),
    Rule("google-api-key", "Google API keys", "aiza", r"AIza[\w-]{30,}+", floor=3.0),
    Rule("google-oauth", "Google OAuth tokens and client secrets", "ya29.|gocspx-|1//0", r"ya29\.[\w-]{20,}+|GOCSPX-[\w-]{20,}+|" + _at("1//0") + r"[\w-]{30,}+"),
    Rule("firebase", "Firebase messaging keys", ":apa91b", r"[\w-]{4,40}:APA91b[\w-]{60,}+"),
    Rule("azure", "Azure client secrets", "q~", r"[\w~.-]{3}[78]Q~[\w~.-]{31,34}(?![\w~-])", floor=3.5),
    Rule("azure-sas", "signatures of Azure SAS addresses", "sig=", r"(?:[?&;]|%26|\\u0026)sig=([A-Za-z0-9%+/=_-]{20,}+)", group=1),
    Rule("npm", "npm tokens", "npm_", _at("npm_") + r"[A-Za-z0-9]{30,}+"),
    Rule("pypi", "PyPI tokens", "pypi-age", r"pypi-AgE[A-Za-z0-9_-]{30,}+"),
    Rule("rubygems", "RubyGems keys", "rubygems_", r"rubygems_[a-f0-9]{40,}+"),
    Rule("nuget", "NuGet keys", "oy2", _at("oy2") + r"[a-z0-9]{43}(?![A-Za-z0-9])"),
    Rule("crates", "crates.io tokens", "cio", _at("cio") + r"[A-Za-z0-9]{32}(?![A-Za-z0-9])", floor=3.5),
    Rule("docker", "Docker Hub tokens", "dckr_pat_|dckr_oat_", r"dckr_[po]at_[\w-]{20,}+"),
    Rule("docker-auth", "credentials in Docker's config.json", '"auth', r'"auth\\{0,3}"\s{0,4}:\s{0,4}\\{0,3}"([A-Za-z0-9+/=]{8,}+)', group=1, check="basic"),
    Rule("huggingface", "Hugging Face tokens", "hf_|api_org_", _at("hf_", "api_org_") + r"[A-Za-z]{30,}+"),
    Rule("sendgrid", "SendGrid keys", "sg.", _at("SG") + r"\.[\w-]{16,32}\.[\w-]{30,}+"),
    Rule("mailgun", "Mailgun keys", "key-", _at("key-") + r"[a-f0-9]{32}(?![\w-])"),
    Rule("mailchimp", "Mailchimp keys", "-us", r"[a-f0-9]{32}-us\d{1,2}(?!\w)"),
    Rule("brevo", "Brevo keys", "xkeysib-|xsmtpsib-", r"x(?:key|smtp)sib-[a-f0-9]{40,}+-[A-Za-z0-9]{8,}+"),
    Rule("twilio", "Twilio keys", "sk", _at("SK") + r"[0-9a-f]{32}(?![A-Za-z0-9])"),
    Rule("digitalocean", "DigitalOcean tokens", "dop_v1_|doo_v1_|dor_v1_", r"do[opr]_v1_[a-f0-9]{40,}+"),
    Rule("heroku", "Heroku keys", "hrku-", r"HRKU-[A-Za-z0-9_-]{20,}+"),
    Rule("cloudflare", "Cloudflare origin CA keys", "v1.0-", r"v1\.0-[a-f0-9]{24}-[a-f0-9]{100,}+"),
    Rule("databricks", "Databricks tokens", "dapi|dose|dkea", _at("dapi", "dose", "dkea") + r"[a-f0-9]{32}(?:-\d)?(?![A-Za-z0-9])"),
    Rule("linear", "Linear keys", "lin_api_|lin_oauth_", r"lin_(?:api|oauth)_[A-Za-z0-9]{20,}+"),
    Rule("notion", "Notion tokens", "ntn_|secret_", _at("ntn_", "secret_") + r"[A-Za-z0-9]{40,}+(?!_)"),
    Rule("vault", "Vault tokens", "hvs.|hvb.|hvr.", _at("hvs", "hvb", "hvr") + r"\.[\w-]{20,}+"),
    Rule("terraform", "Terraform Cloud tokens", ".atlasv1.", r"[A-Za-z0-9]{14}\.atlasv1\.[\w=-]{40,}+"),
    Rule("doppler", "Doppler tokens", "dp.", _at("dp") + r"\.(?:pt|st|ct|sa|scim|audit)\.(?:[\w-]{1,35}\.)?[A-Za-z0-9]{40,}+"),
    Rule("fly", "Fly.io tokens", "fm1|fm2_|fo1_", _at("fo1_", "fm1a_", "fm1r_", "fm2_") + r"[A-Za-z0-9+/=_-]{40,}+"),
    Rule("supabase", "Supabase tokens", "sbp_|sb_secret_", _at("sbp_", "sb_secret_") + r"[\w-]{20,}+"),
    Rule("planetscale", "PlanetScale credentials", "pscale_", r"pscale_(?:tkn|pw|oauth)_[\w=.-]{24,}+"),
    Rule("grafana", "Grafana tokens", "glc_|glsa_|eyjrijoi", _at("glc_", "glsa_", "eyJrIjoi") + r"[A-Za-z0-9+/_]{32,}+={0,3}"),
    Rule("sentry", "Sentry tokens", "sntrys_|sntryu_", r"sntry[su]_[A-Za-z0-9+/=_-]{40,}+"),
    Rule("shopify", "Shopify tokens", "shpat_|shpca_|shppa_|shpss_", r"shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}"),
    Rule("square", "Square tokens", "sq0atp-|sq0csp-|eaaae|eaaal", _at("sq0atp-", "sq0csp-", "EAAAE", "EAAAl") + r"[\w-]{22,}+", floor=3.0),
    Rule("facebook", "Facebook access tokens", "eaam|eaac|eaab", _at("EAAM", "EAAC", "EAAB") + r"[A-Za-z0-9]{80,}+(?![+/=_-])", floor=3.0),
    Rule("twitter", "Twitter bearer tokens", "aaaaaaaaaaaaaaaaaaaaa", _at("AAAAAAAAAAAAAAAAAAAAA") + r"[A-Za-z0-9]{6,18}%[A-Za-z0-9%]{40,}+"),
    Rule("postman", "Postman keys", "pmak-", r"PMAK-[A-Za-z0-9]{24}-[A-Za-z0-9]{30,}+"),
    Rule("newrelic", "New Relic keys", "nrak-|nrii-|nrjs-|nral", r"NR(?:AK|II|JS)-[A-Za-z0-9-]{19,}+|[a-f0-9]{36}NRAL"),
    Rule("sonar", "SonarQube tokens", "squ_|sqp_|sqa_", _at("squ_", "sqp_", "sqa_") + r"[a-f0-9]{40}"),
    Rule("artifactory", "Artifactory keys", "akcp|cmvmd", _at("AKCp", "cmVmd") + r"[A-Za-z0-9]{50,}+", floor=3.5),
    Rule("alibaba", "Alibaba access key ids", "ltai", _at("LTAI") + r"[A-Za-z0-9]{12,26}(?![A-Za-z0-9])", floor=3.0),
    Rule("tailscale", "Tailscale keys", "tskey-", r"tskey-[a-z]{2,12}-[A-Za-z0-9-]{16,}+"),
    Rule("onepassword", "1Password secret keys and service tokens", "ops_eyj|a3-", r"ops_eyJ[A-Za-z0-9+/_=-]{40,}+|" + _at("A3-") + r"[A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})(?:-[A-Z0-9]{5}){3}"),
    Rule("airtable", "Airtable tokens", "pat", _at("pat") + r"[A-Za-z0-9]{14}\.[a-f0-9]{64}"),
    Rule("dropbox", "Dropbox tokens", "sl.", _at("sl") + r"\.(?:u\.)?[\w=-]{100,}+"),
    Rule("dynatrace", "Dynatrace tokens", "dt0", r"dt0[a-z]\d{2}\.[A-Za-z0-9]{24}\.[A-Za-z0-9]{50,}+"),
    Rule("nostr", "Nostr secret keys", "nsec1", _at("nsec1") + r"[a-z0-9]{58}"),
    Rule("resend", "Resend keys", "re_", _at("re_") + r"[A-Za-z0-9]{6,10}_[A-Za-z0-9]{20,}+", floor=3.0),
    Rule("prefixed", "keys told by their prefix: Groq, xAI, Replicate, Perplexity, Pinecone, LangSmith, Figma, Netlify, Pulumi, Typeform, ReadMe, Prefect, Buildkite, "
         "CircleCI, Contentful, EasyPost, Duffel, Razorpay, Flutterwave, Infracost, Clojars, Sourcegraph, Tavily, Amazon MWS", "gsk_|xai-|r8_|pplx-|pcsk_|lsv2_|figd_|nfp_|pul-|tfp_|rdme_|pnu_|bkua_|ccipat_|cfpat-|ezak|eztk|duffel_|rzp_|flwseck|ico-|clojars_|sgp_|tvly-|amzn.mws.", _at("gsk_", "xai-", "r8_", "pplx-", "pcsk_", "lsv2_pt_", "lsv2_sk_", "figd_", "nfp_", "pul-", "tfp_", "rdme_", "pnu_", "bkua_", "CCIPAT_", "CFPAT-", "EZAK", "EZTK", "duffel_live_", "duffel_test_", "rzp_live_", "rzp_test_", "FLWSECK-", "FLWSECK_TEST-", "ico-", "CLOJARS_", "sgp_", "tvly-", "amzn[.]mws[.]") + r"[A-Za-z0-9_-]{12,}+", check="random", floor=3.0),
    Rule("jwt", "JSON web tokens", "eyj", _at("eyJ") + r"[A-Za-z0-9_-]{8,}+(?:(?:\.[A-Za-z0-9_-]{4,}+)(?:\.[A-Za-z0-9_-]*+){0,3}|\Z)", floor=3.0),
    Rule("bearer", "bearer tokens", "bearer", r"(?i)\bbearer(?:[ \t]{1,4}|%20|\+|[ \t]{0,2}[=:][ \t]{0,4})\\{0,15}[\"'`]?([A-Za-z0-9._~+/=:-]{12,}+)", group=1, check="drawn"),
    Rule("basic", "basic authorization", "basic", r"(?i)\bbasic(?:[ \t]{1,4}|%20)\\{0,15}[\"'`]?([A-Za-z0-9+/_-]{6,}+={0,2})", group=1, check="basic"),
    Rule("authorization", "authorization headers of any scheme", "authorization|x-api-key|x-auth-token|private-token", r"(?i)(?:authorization|x-api-key|x-auth-token|private-token)\\{0,15}[\"'`]?[ \t]{0,4}[:=,][ \t]{0,4}\\{0,15}[\"'`]?(?:[a-z][a-z0-9-]{2,24}[ \t]{1,4})?([A-Za-z0-9._~+/=:|@!$%^*-]{8,}+)", group=1, check="drawn"),
    Rule("cookie", "cookie headers", "cookie", r"(?i)cookies?\\{0,15}[\"'`]?[ \t]{0,4}(?:[:=,]|(?=[ \t]))[ \t]{0,4}\\{0,15}[\"'`]?([\w.%\[\]-]{1,64}=[^\r\n\"'`\\]{6,8192})", group=1, check="cookie"),
    Rule("session-id", "session ids under their usual cookie names", "phpsessid|jsessionid|asp.net_sessionid|connect.sid|laravel_session|_session=|sessionid=", r"(?i)(?:phpsessid|jsessionid|asp\.net_sessionid|connect\.sid|laravel_session|(?<![a-z])sessionid|\w{2,30}_session)\\{0,15}[\"']?[=;,:][ \t]{0,2}\\{0,15}[\"']?([A-Za-z0-9%._+/=:-]{16,}+)", group=1, check="drawn"),
    Rule("url-password", "passwords in addresses of any scheme", "://", r"://[^\s/:@\"'`<>\\?#\[\]()]{0,128}:(?!\d{1,5}[/?#]|//)([^\s@\"'`<>\\]{1,1024}(?:@[^\s@/\"'`<>\\]{1,64}(?=@))?)@(?=[\w\[.$%{-])", group=1),
    Rule("curl-user", "user and password on a command line", " -u| --user|sshpass|mysql|redis-cli", r"(?:\s(?:-u|--user)[ =]{0,2}[\"']?[^\s:\"'$]{1,64}:([^\s\"']{3,256}+)|sshpass[ \t]{1,4}-p[ \t]{0,4}[\"']?([^\s\"'$-][^\s\"']{2,256}+)|(?:mysql|mysqldump|mysqladmin|mariadb)\b[^\n|;&]{0,200}?[ \t]-p([^\s\"'$-][^\s\"']{2,128}+)|redis-cli\b[^\n|;&]{0,200}?[ \t]-a[ \t]{1,4}[\"']?([^\s\"'$-][^\s\"']{2,128}+))", group=1),
    Rule("netrc", "passwords of .netrc files", "login ", r"(?i)\blogin\s{1,4}\S{1,128}\s{1,8}password\s{1,4}(\S{2,256}+)", group=1),
    Rule("sql-password", "passwords in SQL", "identified|password '", r"(?i)(?:identified(?:\s{1,4}with\s{1,4}\w{1,40})?\s{1,4}(?:by|as)|password)\s{1,4}'([^'\n]{3,200})'", group=1),
    Rule("password-hash", "password hashes of crypt, bcrypt, argon2, scrypt", "$2|$5$|$6$|$y$|$argon2|$7$|pbkdf2", r"\$(?:2[abxy]\$\d\d\$[./A-Za-z0-9]{50,}+|[567]\$(?:rounds=\d{1,9}\$)?[./A-Za-z0-9]{1,32}\$[./A-Za-z0-9]{30,}+|y\$[./A-Za-z0-9$]{40,}+|argon2(?:id|i|d)\$[\w=,$+/.-]{30,}+)|pbkdf2_sha\d{1,3}\$\d{1,9}\$[\w+/=.-]{4,64}\$[\w+/=.-]{20,}+"),
    Rule("seed-phrase", "recovery phrases of wallets", "mnemonic|seed|recovery", r"(?i)(?:mnemonic|seed[_ -]?(?:phrase|words)|recovery[_ -]?(?:phrase|words))\\{0,15}[\"'`]?[ \t]{0,4}[:=][ \t]{0,4}\\{0,15}[\"'`]?((?:[a-z]{3,8}[ ,]{1,2}){11,23}[a-z]{3,8})", group=1),
    Rule("assignment", "what is assigned to a name that says password, secret, token, key; in code, JSON, YAML, TOML, XML, shell, flags, headers, addresses", "pass|pwd|secret|token|key|credential", _NAME + _SEPARATOR, check="assignment"),
    Rule("base64", "base64 of a text with any of these", "", r"(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{20,}+={0,2}(?:\r?\n[ \t]{0,16}[A-Za-z0-9+/_-]{4,}+={0,2})*+", check="base64"),
)  # fmt: skip

_WORDS = frozenset(
    "password passwd passphrase pass pwd passw0rd secret token key apikey api_key api-key changeme change_me change-me test testing example sample dummy "
    "fake mock foo bar baz foobar none null nil true false yes no on off undefined nan string str text number int integer float bytes bool boolean any "
    "object unknown never void list dict array map char varchar required optional redacted hidden masked removed empty missing invalid valid incorrect "
    "wrong default placeholder todo tbd fixme user username admin_password mypassword my_password my-password mysecret my_secret my-secret mytoken my_token "
    "my-token my_key my-key your_password your_token secretstr abc def value values name file path env prompt input stdin keyring option options flag flags "
    "argument arguments parameter field header body param description title label type kind auto generated random encrypted hashed plaintext private public "
    "internal bearer basic oauth jwt expired revoked unset enabled disabled allowed denied granted provided given supplied".split()
)
_PROSE = frozenset(
    "a an and are as at be been being but by can cannot could did do does enter failed for forgot from had has have how if in invalid is it its just key "
    "may must my new no not of on one or our password passwords please required reset same secret should that the their then there this to token used using "
    "was we were what when where which will with would you your".split()
)
_TEMPLATES = ("your", "change", "example", "placeholder", "insert", "replace", "dummy", "fake", "sample", "todo", "enter", "my-", "my_", "some", "the-", "test-", "test_", "mock")  # fmt: skip
_HARMLESS = r"(?:next|pag(?:e|ing|ination)|continuation|lock|idempoten(?:cy|t)|client[_-]?request|client|change|request|update|cancel(?:lation)?|sync|unit|start(?:ing)?|input|output|public(?:[_-]?key)?|limit|result|sort|partition|primary|foreign|cache|context|config|group|order|row|bucket)[_-]?(?:token|key)(?:[_-]?value)?$"  # fmt: skip
_PAIR = r"(?:host|user|user ?name|user id|uid|login|dbname|server|port|data source)="  # of a connection string
_MIXED = r"(?![A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+$).*(?:\d[A-Za-z]|[A-Za-z]\d)"  # and no path of names
_RUN = r"[A-Za-z0-9+/=_.~%-]*+"  # as long as the margin, at a cut, it may be a secret whose other end was not seen
_LEFT_OUT = "\n[{:,} of {:,} characters left out]\n"
_OPENS, _CLOSES = r"(?i)<[ \t]{0,8}private(?:\s[^<>]{0,256})?(?<!/)>", r"<[ \t]{0,8}/[ \t]{0,8}private\s{0,8}>"
_BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
_KEY_BODY = r"(?:(?:[\s\"'`+,|>.:\d\u2192-]|\\+[nr]|%0[AD])*+(?:[A-Z][A-Za-z-]{2,20}: [^\n\\]{0,100})?+){0,8}+[A-Za-z0-9+/=]{24}"
_LOOSE = [(anchor, nth) for nth, rule in enumerate(RULES) if not rule.solid for anchor in rule.anchors]  # by anchor
_SOLID = [(anchor, nth) for nth, rule in enumerate(RULES) if rule.solid for anchor in rule.anchors]
_compiled: "dict[str, re.Pattern[str]]" = {}


def _regex(source: str) -> "re.Pattern[str]":
    found = _compiled.get(source)
    if found is None:
        import re

        found = _compiled[source] = re.compile(source, re.ASCII)
    return found


def _entropy(value: str) -> float:
    from math import log2

    size = len(value)
    return -sum(n / size * log2(n / size) for n in map(value.count, set(value)))


def _random(value: str) -> bool:
    """Whether it looks drawn rather than written: some part mixes letters and digits, or cases without order."""
    parts = [
        _regex(r"[A-Z][a-z]{2,}").sub("", part) for part in _regex(r"[^A-Za-z0-9]+").split(value) if len(part) >= 2
    ]
    for part in (*parts, "".join(parts)):
        if len(part) >= 6:
            pairs = list(zip(part, part[1:], strict=False))  # noqa: RUF007 (itertools would be an import)
            turns = sum(a.isdigit() != b.isdigit() for a, b in pairs)
            rises = sum(a.islower() and b.isupper() for a, b in pairs)
            if turns >= 2 and (part in parts or rises >= 2 or (turns >= 5 and len(part) >= 20)):
                return True
            if len(part) >= 12 and rises >= max(4, len(part) // 5):
                return True
    return False


def _plain(value: str) -> bool:
    """Whether a value is no secret on the face of it: a placeholder, a reference, a word that only stands for one."""
    value = value.strip()
    low = value.lower()
    if OPEN in value or low in _WORDS or not any(map(str.isalnum, value)):
        return True
    if "xxxx" in low or "****" in value or "EXAMPLE" in value or "%s" in value or len(set(low)) < 3:
        return True
    if value.startswith(("${", "$(", "{{", "%(", "#{", "@@", "{%", "`", "$env:", "$[", "arn:")):
        return True
    if (value[0] == "<" and ">" in value) or (value[0] == "#" and len(value) in (4, 7, 9)):  # <name>, a colour
        return True
    if value[0] == value[-1] == "%" or (value[0] == "$" and value[1:].isidentifier()):
        return True
    if 0 <= value.find("...") < 16 or 0 <= value.find("\u2026") < 16:
        return True
    template = low.startswith(_TEMPLATES) or _regex(r"[^{}]{0,40}\{[A-Za-z_][\w.]{0,60}\}|\{\}").match(value)
    return bool(template) and not _random(value)


def _decoded(run: str) -> str:
    """The text in a run of base64, "" when there is none."""
    from binascii import a2b_base64

    if not _regex(r"[A-Za-z0-9+/_-]+={0,2}\Z").match(run):
        return ""
    run = run.rstrip("=").replace("-", "+").replace("_", "/")
    run = run[:-1] if len(run) % 4 == 1 else run
    for part in (run[:64], run):
        raw = a2b_base64(part + "=" * (-len(part) % 4)).replace(b"\0", b"")
        if len(raw.translate(None, bytes(range(32, 127)) + b"\t\r\n")) * 10 > len(raw):
            return ""
    return raw.decode("utf-8", "replace")


def _in_base64(text: str, depth: int) -> "Iterator[tuple[int, int]]":
    at = done = 0
    for word in text.split():
        if len(word) < 20 or word.islower() or word.isupper():
            continue
        pattern, at = _regex(RULES[-1].regex), text.index(word, at)
        for run in pattern.finditer(text, max(at, done), at + len(word)):
            done = run.start() + (text[run.start() - 1 : run.start()] == "\\")  # the letter of an escape
            found = pattern.match(text, run.start()) or run  # with the lines below
            lines = text[done : found.end()].split()
            whole = len(lines) > 1 and find(_decoded("".join(lines)), depth + 1)
            for line in lines:
                begin = text.index(line, done)
                done = begin + len(line)
                if whole or (len(line) >= 20 and find(_decoded(line), depth + 1)):
                    yield begin, done
        at += len(word)


def _blocks(text: str) -> "Iterator[tuple[int, int]]":
    """Key blocks: from BEGIN to END, from BEGIN to the end of the text, and what leads up to an END alone."""
    body = _regex(_KEY_BODY)
    opened, closed = -1, 0
    for match in _regex(RULES[0].regex).finditer(text):
        begins = match.group().startswith("-----BEGIN")
        start, end = match.span()
        if opened >= 0:
            yield opened, start if begins else end
        elif not begins:
            start = closed + len(text[closed:start].rstrip(_BASE64 + "\r\n\t \\"))
            if body.match(text, start, match.start()):
                yield start, end
        opened = start if begins and body.match(text, end) else -1
        closed = end
    if opened >= 0:
        yield opened, len(text)


def _valued(kind: str, value: str, *, quoted: bool = True, loose: bool = False, alone: bool = True) -> bool:
    """Whether what is assigned is a secret.

    `kind`: a password may be any value, a token is drawn, a key is drawn and long.
    `loose`: where it stands, only values stand (environment, flag, query, connection string).
    `alone`: it is the whole rest of its line.
    """
    if len(value) < (3 if loose else 4) or _plain(value):
        return False
    if kind == "header":
        return _random(value) or _CHECKS["basic"](value.rpartition(" ")[2])
    path = not (quoted or loose) and _regex(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+$").match(value)
    wordy = value.translate(dict.fromkeys(map(ord, "_-./:"))).isalpha()
    if path or (wordy and value.isupper() and (loose or quoted)):
        return False
    digits = any(map(str.isdigit, value))
    if kind == "password":
        return _password(value, quoted=quoted, loose=loose, free=digits or (alone and value.isalpha()))
    if (
        len(value) < (16 if kind == "key" else 6)
        or value.isdigit()
        or _regex(r"/[A-Za-z][a-z._-]*(?:/|$)|[.~]|\S*(?:\s|://)").match(value)
    ):
        return False
    if _random(value) or kind == "key":
        return kind != "key" or _random(value)
    if loose:
        return not wordy or (value.isalpha() and len(value) >= 8)
    return digits and len(value) >= 10 and any(c in "!@#$%^&*+=~?" for c in value) and _entropy(value) >= 3.0


def _password(value: str, *, quoted: bool, loose: bool, free: bool) -> bool:
    low = value.lower()
    if any(map(str.isspace, value)):
        words = _regex(r"[,.?!:]").sub(" ", low).split()
        return quoted and len(value) >= 6 and not any(word in _PROSE or word in _WORDS for word in words)
    if value.startswith(("/", "~/", "./", "C:\\", "file://")):
        return False
    if loose:
        return low not in _PROSE
    if quoted:
        return not ("pass" in low and low.replace("_", "").replace("-", "").replace(".", "").isalpha())
    if value.isidentifier() and not (free and low not in _PROSE):
        return False
    return not value.isalpha() or (value == low and len(value) >= 6)


def _kind(stem: str, name: str) -> str:
    """What a name promises: a password (any value may be one), a token (drawn), a key (drawn, and long), or nothing."""
    if name[0] == "p":
        return "" if name in ("pass", "pwd") and stem[-1:].isalnum() and not stem.endswith(_PASSES) else "password"
    qualified = name[:3] != "key" or stem.rstrip("_-. ").endswith(_KEYS)
    if not (qualified or (stem[-1:] == "_" and len(stem) > 1)) or _regex(_HARMLESS).search(stem + name):
        return ""
    return "token" if qualified else "key"


def _assigned(match: "re.Match[str]", text: str, low: str) -> "tuple[int, int] | None":
    """The span of the value that a name with its sign leads up to, when it is a secret."""
    start, at = match.span()
    name, sign = match["name"], match["sign"]
    while start and match.start() - start < 48 and (low[start - 1].isalnum() or low[start - 1] in "_-."):
        start -= 1
    start += start > 0 and low[start - 1] == "\\" and start < match.start()  # the letter of an escape
    before, stem = low[max(0, start - 12) : start], low[start : match.start()]
    kind = _kind(stem or (before if before[-1:] == " " else ""), name)
    if not kind or (before[-1:] == ":" and sign[-1:] == ":"):  # the last: part of an ARN
        return None
    blank = not sign.strip(" \t\"'`\\]")
    if blank and not (stem[:1] == "-" or before.endswith(("-", "env ", "setx ")) or stem + name == "_authtoken"):
        return None
    element = sign[-1:] == ">" and sign[-2:] != "=>"
    if element and not (before[-1:] == "<" and _regex(r"[^<>\n]{1,512}</").match(low, at)):
        return None
    opening = _regex(r"[bBfFrRuU@]{0,2}(\\{0,15})([\"'`])").match(text, at)
    if not opening:
        return _unquoted(kind, text, low, match, start)
    slashes, quote = opening.groups()
    if "," in sign and before.rstrip("\"'`\\")[-1:] + before[-1:] not in ("('", '("', "(`"):
        return None
    if not any(mark in sign for mark in "\"'`") and _closes(low, start, slashes, quote):
        return None
    found = _regex(rf"[^{quote}\\\r\n]*+" if slashes else rf"(?:[^{quote}\\\r\n]|\\.)*+").match(text, opening.end())
    return found.span() if found and _valued(kind, found.group(), alone=False) else None


def _unquoted(kind: str, text: str, low: str, match: "re.Match[str]", start: int) -> "tuple[int, int] | None":
    at, sign, name = match.end(), match["sign"], text[start : match.end("name")]
    found = _regex(r"[^\s\"'`\\]{1,4096}+").match(text, at)
    if found is None or name.lower() == "pass" or found.group()[0] in "([{<,;)]}":
        return None
    value, before = found.group(), low[max(0, start - 120) : start]
    tight = sign in ("=", "%3d", "\\u003d") and at == match.end("sign")
    environment = (tight or not sign.strip()) and name.isupper() and not before.endswith("-")
    pairs = before + " " + low[at : at + 120].partition(" ")[2]
    paired = kind == "password" and before.rstrip()[-1:] not in (",", "(") and _regex(_PAIR).search(pairs)
    parameter = sign.endswith(("=", "%3d", "003d")) and bool(paired or before[-1:] in ("?", "&", ";"))
    loose = environment or parameter or name[0] == "-" or before.endswith("-")
    if not environment:
        if _regex(r"[A-Za-z_][\w.]*[(\[]").match(value):
            return None
        cut = _regex(r"[&;#]" if parameter else r"[)\]};<|]|,(?=[\w-]{1,40}[:=])").search(value, 1)
        value = value[: cut.start()] if cut else value
    value = value.rstrip(",;)]}" if loose else ",;)]}>.:")
    end = at + len(value)
    alone = (tight or sign[-1:] == ":") and low[end : end + 1] in ("", "\n", "\r", "\\")
    return (at, end) if _valued(kind, value, quoted=False, loose=loose, alone=alone) else None


def _closes(low: str, at: int, slashes: str, quote: str) -> bool:
    """Whether a quote after `at` closes a string that began before it on the line."""
    start = low.rfind("\n", max(0, at - 2000), at) + 1
    mark = r"(?<!\\)" + slashes.replace("\\", r"\\") + quote
    mark = rf"(?<![a-z]){mark}|{mark}(?![a-z])" if quote == "'" else mark  # no apostrophe
    return (start > 0 or at <= 2000) and len(_regex(mark).findall(low, start, at)) % 2 == 1


_CHECKS: "dict[str, Callable[[str], bool]]" = {
    "": bool,
    "random": _random,
    "drawn": lambda value: _random(value) or (len(value) >= 16 and bool(_regex(_MIXED).match(value))),
    "basic": lambda value: ":" in (decoded := _decoded(value)) and len(decoded) > 3,
    "cookie": lambda value: any(_CHECKS["drawn"](part.partition("=")[2]) for part in value[:4096].split(";")),
}


def _matches(rule: Rule, text: str, low: str, depth: int) -> "Iterator[tuple[int, int]]":
    if rule.check == "assignment":
        pattern = _regex(rule.regex)
        for stem in _STEMS:
            at = low.find(stem)
            while at >= 0:
                match = pattern.match(low, at)
                at += len(stem)
                if match and (span := _assigned(match, text, low)):
                    yield span
                    at = max(at, span[1])
                at = low.find(stem, at)
    elif rule.check == "block":
        yield from _blocks(text)
    elif rule.check == "base64":
        yield from _in_base64(text, depth) if depth < 2 else ()
    else:
        check = _CHECKS[rule.check]
        for match in _regex(rule.regex).finditer(text):
            start, end = match.span(match.lastindex or 0) if rule.group else match.span()
            value = text[start:end]
            if not _plain(value) and check(value) and (not rule.floor or _entropy(value) >= rule.floor):
                yield start, end


def find(text: str, depth: int = 0) -> "list[Span]":
    """What would be hidden: (start, end, rule id), in order, never overlapping. `depth`: of base64 around it."""
    low = text.replace("\u0130", "i").lower()  # the one letter whose lower case is longer
    solid = "\n".join([word for word in text.split() if len(word) >= 16]).lower()
    met = {nth for anchor, nth in _LOOSE if anchor in low}
    met.update([nth for anchor, nth in _SOLID if anchor in solid] if solid else ())
    hits = [(start, end, RULES[nth].id) for nth in sorted(met) for start, end in _matches(RULES[nth], text, low, depth)]
    hits.sort(key=lambda hit: (hit[0], -hit[1]))
    merged: list[Span] = []
    for start, end, name in hits:
        if not merged or start >= merged[-1][1]:
            merged.append((start, end, name))
        elif end > merged[-1][1]:
            first = merged[-1]
            merged[-1] = (first[0], end, first[2] if end - start <= first[1] - first[0] else name)
    return merged


def _hidden(text: str, begin: int, stop: int) -> str:
    """text[begin:stop] with its secrets hidden, those across either cut as a whole."""
    parts, at = [], begin
    for start, end, name in find(text):
        if end > begin and start < stop:
            parts += [text[at : max(start, at)], OPEN, name, "]"]
            at = end
    return "".join([*parts, text[at:stop]]) if parts else text[begin:stop]


def _settled(text: str, step: "Callable[[str], str]", otherwise: str) -> str:
    """What a step makes of a text when it leaves it alone at last; a text that never settles was built not to."""
    for _ in range(40):
        after = step(text)
        if after == text:
            return text
        text = after
    return otherwise


def redact(text: str) -> str:
    """The text with each secret replaced by `[redacted:<rule id>]`; the same object when there is none."""
    return _settled(text, lambda now: _hidden(now, 0, len(now)), UNSETTLED)


def hide_private(text: str, *, written: bool) -> str:
    """`<private>…</private>` becomes `[private]`; unclosed, it hides the rest only of what was `written` by someone."""
    return _settled(text, lambda now: _private(now, written), "[private]")


def _private(text: str, written: bool) -> str:
    if "<" not in text or (len(text) < 1_000_000 and "private" not in text.lower()):
        return text
    pair = _regex(rf"{_OPENS}(?:[^<]|<(?![ \t]{{0,8}}/?[ \t]{{0,8}}private[\s>]))*+{_CLOSES}")  # an innermost one
    hidden = pair.sub("[private]", text)
    unclosed = _regex(_OPENS).search(text) if written and hidden == text else None
    return text[: unclosed.start()] + "[private]" if unclosed else hidden


def clip(text: str, head: int = TOOL_LIMIT[0], tail: int = TOOL_LIMIT[1]) -> str:
    """The beginning and the end of a long text, with a line between them that says how much is missing."""
    total = len(text)
    if total <= head + tail + SLACK:
        return text
    return text[:head] + _LEFT_OUT.format(total - head - tail, total) + text[total - tail :]


def _scrubbed(text: str) -> str:
    text = text.replace("\0", "")
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def clean(text: str, *, written: bool, limit: tuple[int, int] | None = None) -> str:
    """The whole guard for one string: private tags, secrets, length (head, tail), undecodable characters.

    What it returns it leaves alone, under the same limit. Without one: that of prompts and replies when `written`,
    else that of tool output.
    """
    head, tail = limit or (WORDS_LIMIT if written else TOOL_LIMIT)
    most = head + tail + SLACK

    def step(now: str) -> str:
        now = hide_private(now, written=written)
        total = size = len(now)
        if most < total <= 6 * most and OPEN in now:  # what stands for a secret makes no text too long
            size -= sum(len(mark[0]) for mark in _regex(r"\[redacted:[a-z0-9-]{1,32}\]").finditer(now))
        if size > most:
            return _first(now, head) + _LEFT_OUT.format(total - head - tail, total) + _last(now, total - tail)
        now = _scrubbed(now)
        return _hidden(now, 0, len(now))

    return _settled(text, step, UNSETTLED)


def _first(text: str, cut: int) -> str:
    kept = _scrubbed(text[:cut])
    window = kept + _scrubbed(text[cut : cut + MARGIN])
    end = len(kept)
    run = _regex(_RUN).match(window, end)
    if run and end < run.end() == len(window):
        back = _regex(_RUN).match(window[:end][::-1])
        if back and _random(window[end - back.end() :]):
            end -= back.end()
    return _hidden(window, 0, end)


def _last(text: str, cut: int) -> str:
    begin = max(0, cut - MARGIN)
    block = text.rfind("-----BEGIN ", max(0, cut - LOOK_BACK), cut)
    if block >= 0 and text.find("-----END ", block, begin) < 0:
        begin = min(begin, block)
    lead = _scrubbed(text[begin:cut])
    window = lead + _scrubbed(text[cut:])
    run = _regex(_RUN).match(window)
    start = run.end() if run and run.end() > len(lead) and _random(run[0]) else len(lead)
    return _hidden(window, start, len(window))


def _named(name: str) -> str:
    """What kind of secret a key's name promises: password, token, key, header, or none ("")."""
    low = name.replace("\u0130", "i").lower()[-64:]
    if low.endswith(("authorization", "cookie", "cookies")):
        return "header"
    for stem in _STEMS:
        at = low.rfind(stem)
        match = _regex(_NAME).match(low, at) if at >= 0 else None
        if match and match.end() == len(low):
            return _kind(low[:at], match["name"])
    return ""


def clean_json(value: object, *, written_keys: "Collection[str]") -> object:
    """A decoded JSON value with `clean` applied to each string and key.

    What stands under a key of `written_keys` was written by a person or the agent; a string directly under one has
    the limit of prompts. A value whose key's name says secret is hidden whole. Deeper than 64, or beyond 20,000
    values, a marker stands instead.
    """
    left = NODES

    def walk(value: object, written: bool, direct: bool, named: str, depth: int) -> object:
        nonlocal left
        if value in (TOO_DEEP, TOO_MANY):
            return value
        left -= 1
        if isinstance(value, str):
            if named and OPEN not in value and len(value) <= 8192 and _valued(named, value):
                return OPEN + "assignment]"
            return clean(value, written=written, limit=WORDS_LIMIT if direct else TOOL_LIMIT)
        if named == "password" and type(value) is int and value > 999:
            return OPEN + "assignment]"
        if not isinstance(value, dict | list):
            return value
        if depth >= DEPTH:
            return TOO_DEEP
        found: dict[object, object] = {}
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            if left <= 0:
                found[TOO_MANY] = TOO_MANY
                break
            if isinstance(value, list):
                found[key] = walk(item, written, direct, named, depth + 1)
                continue
            name, by = clean(str(key), written=False), key in written_keys
            while name in found:  # and not through all that are alike
                name += f"'{len(found)}" if name + "'" in found else "'"
            found[name] = walk(item, written or by, by, _named(str(key)), depth + 1)
        return found if isinstance(value, dict) else list(found.values())

    return walk(value, False, False, "", 0)
