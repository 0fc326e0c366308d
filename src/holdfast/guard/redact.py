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
TOO_DEEP = f"[left out: nested deeper than {DEPTH}]"
TOO_MANY = f"[left out: more than {NODES} values]"
OPEN = "[redacted:"
UNSETTLED = OPEN + "text]"


class Rule:
    """One shape of secret. `anchors`: lower case; one of them occurs in any text that the rule can match.

    `group` is the part that is hidden, `floor` the least entropy in bits per character, `check` a further test.
    """

    __slots__ = ("anchors", "check", "floor", "group", "id", "regex", "words")

    def __init__(
        self, id: str, words: str, anchors: str, regex: str, group: int = 0, check: str = "", floor: float = 0.0
    ) -> None:
        self.id = id
        self.words = words
        self.anchors = tuple(anchors.split("|"))
        self.regex = regex
        self.group = group
        self.check = check
        self.floor = floor


def _at(*prefixes: str) -> str:
    """One of the literals, not in the middle of a word; what an escape, `%xx` or a terminal colour left there is no word."""
    before = (
        r"(?:(?<![\w-]{0})|(?<=\\[nrtbf]{0})|(?<=%[0-9A-Fa-f]{{2}}{0})|(?<=\[m{0})|(?<=[\[;]\dm{0})|(?<=[\[;]\d\dm{0}))"
    )
    return "(?:" + "|".join(p + before.format(p) for p in prefixes) + ")"


_END = r"-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----"
_KEYWORD = (
    r"(?:pass(?:word|wd|phrase|code|wort)|(?<![a-z])pwd|(?<=[_.-])(?:pass|pwd)|(?:db|user|root|admin|smtp|mail|ftp|pg|my)(?:pass|pwd)"
    r"|secret(?:[_ -]?(?:access[_ -]?)?key(?:[_-]?base)?)?|token|api[_ -]?key|appkey"
    r"|(?:access|private|encryption|encrypt|signing|sign|master|account|auth|service|storage|shared|sharedaccess|subscription"
    r"|deploy|license|app|client|admin|webhook|session|jwt|hmac|cipher|crypto|pre-?shared|root|ingest|write)[_ -]?key"
    r"|credentials?|client-key-data|(?<=[a-z0-9]_)key)"
    r"(?:[_-]?(?:prod|production|dev|development|test|testing|staging|live|sandbox|value|old|new|current|base64|b64|hex|plain|text|raw|\d{1,3}))?"
)
_SEPARATOR = (
    r"(?:\\{0,3}[\"'`]\]?|\])?[ \t]{0,8}"
    r"(?::[ \t]{0,4}[a-z_&*][\w.\[\]| ?]{0,40}?[ \t]{0,4}=(?![=>])|[ \t]string[ \t]{0,4}=|=>|:=|\?=|\+=|={1,3}|!={1,2}|::?|>"
    r"|%3[ad]|\\u003[ad]|\\{0,3}[\"'][ \t]{1,4}value[ \t]{0,2}=|,[ \t]{0,4}(?=\\{0,3}[\"'])|(?=[ \t]))[ \t]{0,32}"
)

RULES: tuple[Rule, ...] = (
    Rule("private-key", "PEM, OpenSSH and PGP private key blocks, to the end when unclosed", "private key",
         r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|" + _END, check="pem"),
    Rule("putty-key", "PuTTY private key lines", "private-lines:", r"(?i)private-lines:[ \t]{0,4}\d{1,4}((?:\s{1,4}[A-Za-z0-9+/=]{8,}+)++)", 1),
    Rule("age-key", "age secret keys", "age-secret-key-", r"(?i)AGE-SECRET-KEY-(?:PQ-)?1[0-9A-Z]{20,}+"),
    Rule("jwk", "the private part of a JSON web key", '"kty', r'"(?:d|p|q|dp|dq|qi|k)\\{0,3}"\s{0,4}:\s{0,4}\\{0,3}"([A-Za-z0-9_-]{22,}+)', 1),
    Rule("aws-access-key", "AWS access key ids", "akia|asia|abia|acca",
         r"(?:AKIA|ASIA|ABIA|ACCA)(?:(?<![A-Z0-9]....)|(?<=%[0-9A-F]{2}....))[A-Z0-9]{16}(?![A-Z0-9])"),
    Rule("aws-secret-key", "AWS secret keys that follow their id", "akia|asia",
         r"(?:AKIA|ASIA)[A-Z0-9]{16}[\s\"',;:|/]{1,8}([A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])", 1),
    Rule("aws-session", "AWS session tokens and signatures of signed URLs", "fwogzxivyxdz|iqojb3jpz2lu|x-amz-signature|x-amz-security-token",
         r"(?:FwoGZXIvYXdz|IQoJb3JpZ2lu)[A-Za-z0-9+/=%_-]{40,}+|(?i:X-Amz-(?:Signature|Security-Token)(?:=|%3D))[A-Za-z0-9+/%_-]{16,}+"),
    Rule("aws-bedrock", "Amazon Bedrock API keys", "absk|bedrock-api-key-", r"ABSK[A-Za-z0-9+/]{80,}+={0,2}|bedrock-api-key-[A-Za-z0-9+/=]{20,}+"),
    Rule("github", "GitHub tokens: classic, fine-grained, OAuth, app, refresh", "ghp_|gho_|ghu_|ghs_|ghr_|github_pat_",
         r"gh[pousr]_[A-Za-z0-9]{20,}+|github_pat_[A-Za-z0-9_]{22,}+"),
    Rule("gitlab", "GitLab tokens of every kind", "glpat-|gldt-|glft-|glsoat-|glrt-|glptt-|glagent-|gloas-|glcbt-|glimt-|glffct-|gr1348941|_gitlab_session",
         r"gl(?:pat|dt|ft|soat|rt|ptt|agent|oas|cbt|imt|ffct)-[A-Za-z0-9_.-]{18,}+|GR1348941[\w-]{20,}+|_gitlab_session=\w{20,}+"),
    Rule("bitbucket", "Bitbucket app passwords and Atlassian tokens", "atbb|atatt3|atctt3|atcts", r"AT(?:BB|ATT3|CTT3)[A-Za-z0-9_=-]{24,}+"),
    Rule("slack", "Slack tokens", "xoxb-|xoxp-|xoxa-|xoxr-|xoxs-|xoxo-|xoxc-|xoxd-|xoxe|xapp-|xwfp-",
         r"xox[a-z]-[A-Za-z0-9%+/=-]{10,}+|xoxe\.xox[bp]-[A-Za-z0-9-]{20,}+|xapp-\d-[A-Za-z0-9-]{10,}+|xwfp-[A-Za-z0-9-]{20,}+"),
    Rule("slack-webhook", "Slack webhook addresses", "hooks.slack.com/", r"hooks\.slack\.com/(?:services|workflows|triggers)/([A-Za-z0-9+/_-]{20,}+)", 1),
    Rule("discord-webhook", "Discord webhook addresses", "/api/webhooks/", r"/api/webhooks/\d{10,22}/([\w-]{30,}+)", 1),
    Rule("teams-webhook", "Microsoft Teams webhook addresses", ".webhook.office.com/", r"\.webhook\.office\.com/webhookb2/([\w@/-]{30,}+)", 1),
    Rule("discord", "Discord bot tokens", "discord|token|bot", r"(?<![\w.-])[MNO][A-Za-z0-9_-]{23,27}\.[\w-]{6}\.[\w-]{27,40}(?![\w-])", floor=3.5),
    Rule("telegram", "Telegram bot tokens", ":aa", r"(?<![A-Za-z0-9_])(?:bot)?\d{6,12}:AA[\w-]{32,}+"),
    Rule("stripe", "Stripe secret, restricted and webhook keys", "sk_live_|sk_test_|rk_live_|rk_test_|sk_prod_|whsec_",
         r"[sr]k_(?:live|test|prod)_[A-Za-z0-9]{10,}+|whsec_[A-Za-z0-9+/=]{16,}+"),
    Rule("anthropic", "Anthropic API, admin and OAuth keys", "sk-ant-", r"sk-ant-[A-Za-z0-9_-]{16,}+"),
    Rule("openai", "OpenAI keys and those of its kind (`sk-…`)", "sk-", _at("sk-") + r"[A-Za-z0-9_-]{20,}+", check="random", floor=3.0),
    Rule("google-api-key", "Google API keys", "aiza", r"AIza[\w-]{30,}+", floor=3.0),
    Rule("google-oauth", "Google OAuth tokens and client secrets", "ya29.|gocspx-|1//0", r"ya29\.[\w-]{20,}+|GOCSPX-[\w-]{20,}+|(?<![\w/.:])1//0[\w-]{30,}+"),
    Rule("firebase", "Firebase messaging keys", ":apa91b", r"[\w-]{4,40}:APA91b[\w-]{60,}+"),
    Rule("azure", "Azure client secrets", "q~", r"(?<![\w~.-])[\w~.-]{3}[78]Q~[\w~.-]{31,34}(?![\w~-])", floor=3.5),
    Rule("azure-sas", "signatures of Azure SAS addresses", "sig=", r"(?:[?&;]|%26|\\u0026)sig=([A-Za-z0-9%+/=_-]{20,}+)", 1),
    Rule("npm", "npm tokens", "npm_", r"(?<![A-Za-z0-9_])npm_[A-Za-z0-9]{30,}+"),
    Rule("pypi", "PyPI tokens", "pypi-age", r"pypi-AgE[A-Za-z0-9_-]{30,}+"),
    Rule("rubygems", "RubyGems keys", "rubygems_", r"rubygems_[a-f0-9]{40,}+"),
    Rule("nuget", "NuGet keys", "oy2", r"(?<![A-Za-z0-9])oy2[a-z0-9]{43}(?![A-Za-z0-9])"),
    Rule("crates", "crates.io tokens", "cio", r"(?<![A-Za-z0-9])cio[A-Za-z0-9]{32}(?![A-Za-z0-9])", floor=3.5),
    Rule("docker", "Docker Hub tokens", "dckr_pat_|dckr_oat_", r"dckr_[po]at_[\w-]{20,}+"),
    Rule("docker-auth", "credentials in Docker's config.json", '"auth', r'"auth\\{0,3}"\s{0,4}:\s{0,4}\\{0,3}"([A-Za-z0-9+/=]{8,}+)', 1, "basic"),
    Rule("huggingface", "Hugging Face tokens", "hf_|api_org_", r"(?<![A-Za-z0-9_])(?:hf_|api_org_)[A-Za-z]{30,}+"),
    Rule("sendgrid", "SendGrid keys", "sg.", r"(?<![A-Za-z0-9_])SG\.[\w-]{16,32}\.[\w-]{30,}+"),
    Rule("mailgun", "Mailgun keys", "key-", _at("key-") + r"[a-f0-9]{32}(?![\w-])"),
    Rule("mailchimp", "Mailchimp keys", "-us", r"(?<![\w-])[a-f0-9]{32}-us\d{1,2}(?!\w)"),
    Rule("brevo", "Brevo keys", "xkeysib-|xsmtpsib-", r"x(?:key|smtp)sib-[a-f0-9]{40,}+-[A-Za-z0-9]{8,}+"),
    Rule("twilio", "Twilio keys", "sk", r"(?<![A-Za-z0-9])SK[0-9a-f]{32}(?![A-Za-z0-9])"),
    Rule("digitalocean", "DigitalOcean tokens", "dop_v1_|doo_v1_|dor_v1_", r"do[opr]_v1_[a-f0-9]{40,}+"),
    Rule("heroku", "Heroku keys", "hrku-", r"HRKU-[A-Za-z0-9_-]{20,}+"),
    Rule("cloudflare", "Cloudflare origin CA keys", "v1.0-", r"(?<!\w)v1\.0-[a-f0-9]{24}-[a-f0-9]{100,}+"),
    Rule("databricks", "Databricks tokens", "dapi|dose|dkea", r"(?<![A-Za-z0-9])(?:dapi|dose|dkea)[a-f0-9]{32}(?:-\d)?(?![A-Za-z0-9])"),
    Rule("linear", "Linear keys", "lin_api_|lin_oauth_", r"lin_(?:api|oauth)_[A-Za-z0-9]{20,}+"),
    Rule("notion", "Notion tokens", "ntn_|secret_", r"(?<![A-Za-z0-9_])(?:ntn_[A-Za-z0-9]{40,}+|secret_[A-Za-z0-9]{43}(?![A-Za-z0-9_]))"),
    Rule("vault", "Vault tokens", "hvs.|hvb.|hvr.", r"(?<![A-Za-z0-9])hv[sbr]\.[\w-]{20,}+"),
    Rule("terraform", "Terraform Cloud tokens", ".atlasv1.", r"[A-Za-z0-9]{14}\.atlasv1\.[\w=-]{40,}+"),
    Rule("doppler", "Doppler tokens", "dp.", r"(?<!\w)dp\.(?:pt|st|ct|sa|scim|audit)\.(?:[\w-]{1,35}\.)?[A-Za-z0-9]{40,}+"),
    Rule("fly", "Fly.io tokens", "fm1|fm2_|fo1_", r"(?<![A-Za-z0-9_])(?:fo1_[\w-]{40,}+|fm(?:1[ar]|2)_[A-Za-z0-9+/=]{60,}+)"),
    Rule("supabase", "Supabase tokens", "sbp_|sb_secret_", r"(?<![A-Za-z0-9_])(?:sbp_[a-f0-9]{40}|sb_secret_[\w-]{20,}+)"),
    Rule("planetscale", "PlanetScale credentials", "pscale_", r"pscale_(?:tkn|pw|oauth)_[\w=.-]{24,}+"),
    Rule("grafana", "Grafana tokens", "glc_|glsa_|eyjrijoi", r"(?<![A-Za-z0-9_])(?:glc_[A-Za-z0-9+/]{32,}+={0,3}|glsa_[A-Za-z0-9]{32}_[A-Fa-f0-9]{8}|eyJrIjoi[A-Za-z0-9]{50,}+={0,3})"),
    Rule("sentry", "Sentry tokens", "sntrys_|sntryu_", r"sntry[su]_[A-Za-z0-9+/=_-]{40,}+"),
    Rule("shopify", "Shopify tokens", "shpat_|shpca_|shppa_|shpss_", r"shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}"),
    Rule("square", "Square tokens", "sq0atp-|sq0csp-|eaaa", r"(?<![A-Za-z0-9])(?:sq0(?:atp|csp)-[\w-]{22,}+|EAAA[A-Za-z0-9_-]{56,60}(?![\w-]))", floor=3.0),
    Rule("facebook", "Facebook access tokens", "eaam|eaac|eaab", r"(?<![A-Za-z0-9+/=_-])EAA[MCB][A-Za-z0-9]{80,}+(?![+/=_-])", floor=3.0),
    Rule("twitter", "Twitter bearer tokens", "aaaaaaaaaaaaaaaaaaaaa", r"(?<![A-Za-z0-9+/=])A{21,22}[A-Za-z0-9]{6,16}%[A-Za-z0-9%]{40,}+"),
    Rule("postman", "Postman keys", "pmak-", r"PMAK-[A-Za-z0-9]{24}-[A-Za-z0-9]{30,}+"),
    Rule("newrelic", "New Relic keys", "nrak-|nrii-|nrjs-|nral", r"NR(?:AK|II|JS)-[A-Za-z0-9-]{19,}+|[a-f0-9]{36}NRAL"),
    Rule("sonar", "SonarQube tokens", "squ_|sqp_|sqa_", r"(?<![A-Za-z0-9_])sq[upa]_[a-f0-9]{40}"),
    Rule("artifactory", "Artifactory keys", "akcp|cmvmd", r"(?<![A-Za-z0-9])(?:AKCp[A-Za-z0-9]{60,}+|cmVmd[A-Za-z0-9]{50,}+)", floor=3.5),
    Rule("alibaba", "Alibaba access key ids", "ltai", r"(?<![A-Za-z0-9])LTAI[A-Za-z0-9]{12,26}(?![A-Za-z0-9])", floor=3.0),
    Rule("tailscale", "Tailscale keys", "tskey-", r"tskey-[a-z]{2,12}-[A-Za-z0-9-]{16,}+"),
    Rule("onepassword", "1Password secret keys and service tokens", "ops_eyj|a3-", r"ops_eyJ[A-Za-z0-9+/_=-]{40,}+|(?<!\w)A3-[A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})(?:-[A-Z0-9]{5}){3}"),
    Rule("airtable", "Airtable tokens", "pat", r"(?<![A-Za-z0-9])pat[A-Za-z0-9]{14}\.[a-f0-9]{64}"),
    Rule("dropbox", "Dropbox tokens", "sl.", r"(?<![\w.])sl\.(?:u\.)?[\w=-]{100,}+"),
    Rule("dynatrace", "Dynatrace tokens", "dt0", r"dt0[a-z]\d{2}\.[A-Za-z0-9]{24}\.[A-Za-z0-9]{50,}+"),
    Rule("nostr", "Nostr secret keys", "nsec1", r"(?<![A-Za-z0-9])nsec1[a-z0-9]{58}"),
    Rule("prefixed", "keys told by their prefix: Groq, xAI, Replicate, Perplexity, Pinecone, LangSmith, Figma, Netlify, Pulumi, Typeform, "
         "ReadMe, Prefect, Buildkite, CircleCI, Contentful, Resend, EasyPost, Duffel, Razorpay, Flutterwave, Infracost, Clojars, Sourcegraph, Tavily, Voyage",
         "gsk_|xai-|r8_|pplx-|pcsk_|lsv2_|figd_|nfp_|pul-|tfp_|rdme_|pnu_|bkua_|ccipat_|cfpat-|re_|ezak|eztk|duffel_|rzp_|flwseck|ico-|clojars_|sgp_|tvly-|amzn.mws.|pa-",
         r"(?<![A-Za-z0-9_-])(?:(?:gsk_|xai-|r8_|pplx-|pcsk_|lsv2_(?:pt|sk)_|figd_|nfp_|pul-|tfp_|rdme_|pnu_|bkua_|CCIPAT_|CFPAT-|re_|EZ[AT]K|"
         r"duffel_(?:test|live)_|rzp_(?:test|live)_|FLWSECK(?:_TEST)?-|ico-|CLOJARS_|sgp_|tvly-|amzn\.mws\.|pa-)[A-Za-z0-9_-]{20,}+)", check="random", floor=3.3),
    Rule("jwt", "JSON web tokens", "eyj", _at("eyJ") + r"[A-Za-z0-9_-]{8,}+(?:(?:\.[A-Za-z0-9_-]{4,}+)(?:\.[A-Za-z0-9_-]*+){0,3}|\Z)", floor=3.0),
    Rule("bearer", "bearer tokens", "bearer", r"(?i)\bbearer(?:[ \t]{1,4}|%20|\+|[ \t]{0,2}[=:][ \t]{0,4})\\{0,3}[\"'`]?([A-Za-z0-9._~+/=:-]{12,}+)", 1, "random"),
    Rule("basic", "basic authorization", "basic", r"(?i)\bbasic(?:[ \t]{1,4}|%20)\\{0,3}[\"'`]?([A-Za-z0-9+/_-]{6,}+={0,2})", 1, "basic"),
    Rule("authorization", "authorization headers of any scheme", "authorization|x-api-key|x-auth-token|private-token",
         r"(?i)(?:authorization|x-api-key|x-auth-token|private-token)\\{0,3}[\"'`]?[ \t]{0,4}[:=,][ \t]{0,4}\\{0,3}[\"'`]?(?:[a-z][a-z0-9-]{2,24}[ \t]{1,4})?"
         r"([A-Za-z0-9._~+/=:|@!$%^*-]{8,}+)", 1, "random"),
    Rule("cookie", "cookie headers", "cookie", r"(?i)cookies?\\{0,3}[\"'`]?[ \t]{0,4}(?:[:=,]|(?=[ \t]))[ \t]{0,4}\\{0,3}[\"'`]?([\w.%\[\]-]{1,64}=[^\r\n\"'`\\]{6,8192})", 1, "cookie"),
    Rule("session-id", "session ids under their usual cookie names", "phpsessid|jsessionid|asp.net_sessionid|connect.sid|laravel_session|_session=|sessionid=",
         r"(?i)(?:phpsessid|jsessionid|asp\.net_sessionid|connect\.sid|laravel_session|(?<![a-z])sessionid|\w{2,30}_session)\\{0,3}[\"']?[=;,:][ \t]{0,2}\\{0,3}[\"']?([A-Za-z0-9%._+/=:-]{16,}+)", 1, "random"),
    Rule("url-password", "passwords in addresses of any scheme", "://", r"://[^\s/:@\"'`<>\\?#\[\]()]{0,128}:(?!\d{1,5}[/?#])((?:[^\s@\"'`<>\\]{1,256}@)+?)(?=[\w\[.$%{-])", 1, "url"),
    Rule("curl-user", "user and password on a command line", " -u| --user|sshpass|mysql|redis-cli",
         r"(?:\s(?:-u|--user)[ =]{0,2}[\"']?[^\s:\"'$]{1,64}:([^\s\"']{3,256}+)|\bsshpass[ \t]{1,4}-p[ \t]{0,4}[\"']?([^\s\"'$-][^\s\"']{2,256}+)"
         r"|\b(?:mysql|mysqldump|mysqladmin|mariadb)\b[^\n|;&]{0,200}?[ \t]-p([^\s\"'$-][^\s\"']{2,128}+)|\bredis-cli\b[^\n|;&]{0,200}?[ \t]-a[ \t]{1,4}[\"']?([^\s\"'$-][^\s\"']{2,128}+))", -1, "plain"),
    Rule("netrc", "passwords of .netrc files", "login ", r"(?i)\blogin\s{1,4}\S{1,128}\s{1,8}password\s{1,4}(\S{2,256}+)", 1, "plain"),
    Rule("sql-password", "passwords in SQL", "identified|password '", r"(?i)(?:identified(?:\s{1,4}with\s{1,4}\w{1,40})?\s{1,4}(?:by|as)|password)\s{1,4}'([^'\n]{3,200})'", 1, "plain"),
    Rule("password-hash", "password hashes of crypt, bcrypt, argon2, scrypt", "$2|$5$|$6$|$y$|$argon2|$7$|pbkdf2",
         r"\$(?:2[abxy]\$\d\d\$[./A-Za-z0-9]{50,}+|[567]\$(?:rounds=\d{1,9}\$)?[./A-Za-z0-9]{1,32}\$[./A-Za-z0-9]{30,}+|y\$[./A-Za-z0-9$]{40,}+|argon2(?:id|i|d)\$[\w=,$+/.-]{30,}+)"
         r"|pbkdf2_sha\d{1,3}\$\d{1,9}\$[\w+/=.-]{4,64}\$[\w+/=.-]{20,}+"),
    Rule("seed-phrase", "recovery phrases of wallets", "mnemonic|seed|recovery",
         r"(?i)(?:mnemonic|seed[_ -]?(?:phrase|words)|recovery[_ -]?(?:phrase|words))\\{0,3}[\"'`]?[ \t]{0,4}[:=][ \t]{0,4}\\{0,3}[\"'`]?((?:[a-z]{3,8}[ ,]{1,2}){11,23}[a-z]{3,8})", 1),
    Rule("assignment", "what is assigned to a name that says password, secret, token, key; in code, JSON, YAML, TOML, XML, shell, flags, headers, addresses",
         "pass|pwd|secret|token|key|credential", _KEYWORD + _SEPARATOR, check="assignment"),
    Rule("base64", "base64 of a text with any of these", "", r"[A-Za-z0-9+/_-]{20,}+={0,2}(?:\r?\n[ \t]{0,16}[A-Za-z0-9+/_-]{4,}+={0,2})*+", check="base64"),
)  # fmt: skip

_WORDS = frozenset(
    "password passwd passphrase pass pwd passw0rd secret token key apikey api_key api-key changeme change_me change-me test testing "
    "example sample dummy fake mock foo bar baz foobar none null nil true false yes no on off undefined nan string str text number int "
    "integer float bytes bool boolean any object unknown never void list dict array map char varchar required optional redacted hidden "
    "masked removed empty missing invalid valid incorrect wrong default placeholder todo tbd fixme user username admin_password mypassword "
    "my_password my-password mysecret my_secret my-secret mytoken my_token my-token my_key my-key your_password your_token secretstr "
    "abc def value values name file path env prompt input stdin keyring option options flag flags argument arguments parameter field header body param "
    "description title label type kind auto generated random encrypted hashed plaintext private public internal bearer basic oauth jwt "
    "expired revoked unset enabled disabled allowed denied granted provided given supplied".split()
)
_PROSE = frozenset(
    "a an and are as at be been being but by can cannot could did do does enter failed for forgot from had has have how if in invalid is it "
    "its just key may must my new no not of on one or our password passwords please required reset same secret should that the their then "
    "there this to token used using was we were what when where which will with would you your".split()
)
_TEMPLATES = ("your", "changeme", "change-", "change_", "example", "placeholder", "insert", "replace", "dummy", "fake", "sample", "todo", "enter-", "enter_", "my-", "my_", "some-", "some_", "the-", "test-", "test_", "mock")  # fmt: skip

_HARMLESS = (
    r"(?:next|page|paging|pagination|continuation|lock|idempotency|idempotent|client[_-]?request|client|change|request|update|cancel|cancellation|sync"
    r"|unit|start|starting|input|output|public[_-]?key|limit|result|sort|partition|primary|foreign|cache|context|config|group|order|row|bucket|pagination)"
    r"[_-]?(?:token|key)(?:[_-]?value)?$"
)

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
    camel = _regex(r"[A-Z][a-z]{2,}")
    part = ""
    for c in value + "-":
        if c.isalnum():
            part += c
            continue
        part = camel.sub("", part) if len(part) >= 6 else ""
        if len(part) >= 6:
            pairs = list(zip(part, part[1:], strict=False))
            if sum(a.isdigit() != b.isdigit() for a, b in pairs) >= 2:
                return True
            rises = sum(a.islower() and b.isupper() for a, b in pairs)  # few in CamelCase
            if len(part) >= 12 and rises >= max(4, len(part) // 5):
                return True
        part = ""
    return False


def _plain(value: str) -> bool:
    """Whether a value is no secret on the face of it: a placeholder, a reference, a word that only stands for one."""
    value = value.strip()
    low = value.lower()
    if OPEN in value or low in _WORDS or not any(map(str.isalnum, value)):
        return True
    if "xxxx" in low or "****" in value or "EXAMPLE" in value or low.strip("x*.-_0") == "":
        return True
    if (
        value[0] == "<"
        and ">" in value
        or value.startswith(("${", "$(", "{{", "%(", "#{", "@@", "{%", "`", "$env:", "$["))
    ):
        return True
    if value[0] == "$" and value[1:].replace("_", "").isalnum() and not value[1].isdigit():
        return True
    if "%s" in value or low.startswith("arn:") or _regex(r"[^{}]{0,40}\{[A-Za-z_][\w.]{0,60}\}|\{\}").match(value) and not _random(value):
        return True
    if value[0] == "#" and len(value) in (4, 7, 9):  # a colour
        return True
    if value[0] == value[-1] == "%" or (value[0] == "{" and value[-1] == "}"):
        return True
    if 0 <= value.find("...") < 16 or 0 <= value.find("\u2026") < 16:
        return True
    return low.startswith(_TEMPLATES) and not _random(value)


def _dense(value: str) -> bool:
    return any(map(str.isdigit, value)) and any(map(str.islower, value)) and any(map(str.isupper, value))


def _basic(value: str) -> bool:
    """Whether base64 of `user:password`."""
    decoded = _decoded(value)
    return ":" in decoded.strip(":") or (decoded[:1] == ":" and len(decoded) > 4)


def _decoded(run: str) -> str:
    """The text in a run of base64, "" when there is none."""
    from binascii import Error, a2b_base64

    run = run.rstrip("=").replace("-", "+").replace("_", "/")
    run = run[: len(run) - 1] if len(run) % 4 == 1 else run
    try:
        head = a2b_base64(run[:64] + "=" * (-len(run[:64]) % 4)).replace(b"\0", b"")
        if not _printable(head):
            return ""
        raw = a2b_base64(run + "=" * (-len(run) % 4)).replace(b"\0", b"")
    except Error:
        return ""
    return raw.decode("utf-8", "replace") if _printable(raw) else ""


def _printable(raw: bytes) -> bool:
    odd = raw.translate(None, bytes(range(32, 127)) + b"\t\r\n")
    return len(odd) * 10 <= len(raw)


def _base64(match: "re.Match[str]", text: str, depth: int) -> "Iterator[tuple[int, int]]":
    start, end = match.span()
    if start and text[start - 1] == "\\":
        start += 1
    run = text[start:end]
    lines = run.split()
    decoded = _decoded("".join(lines)) if len(lines) > 1 else ""
    if decoded and _spans(decoded, depth + 1):
        yield start, end
        return
    at = start
    for line in lines:
        at = text.index(line, at)
        decoded = _decoded(line) if len(line) >= 20 else ""
        if decoded and _spans(decoded, depth + 1):
            yield at, at + len(line)
        at += len(line)


def _blocks(matches: "Iterator[re.Match[str]]", text: str) -> "Iterator[tuple[int, int]]":
    """Key blocks: from BEGIN to END, from BEGIN to the end of the text, and what leads up to an END alone."""
    body = _regex(r"[A-Za-z0-9+/=]{24}")
    opened = closed = -1
    for match in matches:
        begins = match.group().startswith("-----BEGIN")
        if opened >= 0:
            if begins:  # a second beginning: the first was never closed
                yield opened, match.start()
                opened = match.start() if body.search(text, match.end(), match.end() + 400) else -1
            else:
                yield opened, match.end()
                opened, closed = -1, match.end()
        elif begins:
            if body.search(text, match.end(), match.end() + 400):
                opened = match.start()
        else:
            start = match.start()
            floor = max(closed, 0)
            while start > floor and (
                text[start - 1] in "+/=\r\n\t \\" or (text[start - 1].isascii() and text[start - 1].isalnum())
            ):
                start -= 1
            if body.search(text, start, match.start()):
                yield start, match.end()
            closed = match.end()
    if opened >= 0:
        yield opened, len(text)


def _kind(name: str) -> str:
    return "password" if any(word in name for word in ("pass", "pwd")) else "key" if name.endswith("_key") and "api" not in name and "secret" not in name else "token"  # fmt: skip


def _value(kind: str, value: str, *, quoted: bool, loose: bool, alone: bool) -> bool:
    """Whether what is assigned is a secret.

    `loose`: where it stands, only values stand (environment, flag, query, connection string).
    `alone`: it is the whole rest of its line.
    """
    if len(value) < (3 if loose else 4) or _plain(value):
        return False
    low = value.lower()
    if kind != "password":
        if any(map(str.isspace, value)) or len(value) < 6 or value.isdigit():
            return False
        if value[0] in "/.~" or "://" in value or not (quoted or loose) and _regex(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+$").match(value):
            return False
        if kind == "key" and len(value) < 16:
            return False
        if _random(value):
            return True
        wordy = value.replace("_", "").replace("-", "").replace(".", "").replace("/", "").replace(":", "").isalpha()
        if loose and kind == "token":
            return not (value.isupper() and wordy) and (not wordy or (value.isalpha() and len(value) >= 8))
        signs = any(c in "!@#$%^&*+=~?" for c in value)
        return kind == "token" and signs and any(map(str.isdigit, value)) and len(value) >= 10 and _entropy(value) >= 3.0
    if any(map(str.isspace, value)):
        words = low.replace(",", " ").replace(".", " ").replace("?", " ").replace("!", " ").replace(":", " ").split()
        return quoted and len(value) >= 6 and not any(word in _PROSE or word in _WORDS for word in words)
    if value[0] in "/~" or low.startswith("c:\\") or value.startswith("./"):
        return False
    if loose:
        return low not in _PROSE and not (value.isupper() and value.replace("_", "").isalpha())
    if quoted:
        return not (value.isupper() and value.replace("_", "").isalpha()) and not ("pass" in low and value.replace("_", "").replace("-", "").replace(".", "").isalpha())  # fmt: skip
    if _regex(r"[A-Za-z_][\w.]*[(\[]|[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+$").match(value):
        return False
    if value.isidentifier() or value.isalpha():
        return any(map(str.isdigit, value)) or (
            alone and value.isalpha() and value.islower() and len(value) >= 6 and low not in _PROSE
        )
    return len(value) >= 4 and (not value.isdigit() or len(value) >= 4)


def _assigned(match: "re.Match[str]", text: str, low: str) -> "tuple[int, int] | None":
    """The span of the value that a name with its sign leads up to, when it is a secret."""
    start, at = match.span()
    while start and match.start() - start < 48 and (low[start - 1].isalnum() or low[start - 1] in "_-."):
        start -= 1
    sign = match.group()
    name = sign.rstrip("=:>?+!, \t\"'`\\]")
    before = low[max(0, start - 12) : start]
    flag = low[start] == "-" or before.endswith("-")
    if (kind := _kind(name)) != "password" and _regex(_HARMLESS).search(low[start : match.start() + len(name)]):
        return None
    if before.endswith(":") and sign.endswith(":"):  # a part of an ARN
        return None
    bare = sign == sign.rstrip() + sign[len(sign.rstrip()) :] and not sign.rstrip().endswith(
        ("=", ":", ">", ",", "%3d", "%3a", "003d", "003a")
    )
    if bare and not (flag or before.endswith(("env ", "setx ")) or low[start:at].startswith("_authtoken")):
        return None
    element = sign.endswith(">") and not sign.endswith("=>")
    if element and not (before.endswith("<") and _regex(r"[^<>\n]{1,512}</").match(low, at)):
        return None
    opening = _regex(r"[bBfFrRuU@]{0,2}(\\{0,3})([\"'`])").match(text, at)
    if opening:
        slashes, quote = opening.groups()
        if "," in sign and before.rstrip("\"'`\\")[-1:] + before[-1:] not in ("('", '("', "(`"):
            return None
        if not any(q in sign for q in "\"'`") and _closes(low, start, quote):
            return None
        inner = rf"[^{quote}\\\r\n]*+" if slashes else rf"(?:[^{quote}\\\r\n]|\\.)*+"
        found = _regex(inner).match(text, opening.end())
        if found is None:
            return None
        span = found.span()
        loose = alone = False
    else:
        found = _regex(r"[^\s\"'`\\]{1,2048}+").match(text, at)
        if found is None:
            return None
        equals = sign.endswith("=")
        original = text[start : match.start() + len(name)]
        environment = equals and any(map(str.isupper, original)) and not any(map(str.islower, original))
        parameter = (equals or "%3d" in sign or "003d" in sign) and (
            low[start - 1 : start] in ("?", "&", ";") or sign.startswith(("pwd=", "password=")) and _dsn(low, start, at)
        )
        loose = environment or parameter or flag
        value = found.group()
        if value[0] in "([{,;)]}":
            return None
        if not environment and _regex(r"[A-Za-z_][\w.]*[(\[]").match(value):
            return None
        if not environment:
            cut = _regex(r"[&;#]" if parameter else r"[)\]};<|]|,(?=[\w-]{1,40}[:=])").search(value, 1)
            value = value[: cut.start()] if cut else value
        value = value.rstrip(",;)]}>.:" if not loose else ",;)]}")
        span = (at, at + len(value))
        alone = low[span[1] : span[1] + 1] in ("", "\n", "\r", "\\") and (sign.endswith(": ") or sign.endswith("="))
    value = text[span[0] : span[1]]
    if _value(kind, value, quoted=bool(opening), loose=loose, alone=alone):
        return span
    return None


def _closes(low: str, at: int, quote: str) -> bool:
    """Whether a quote after `at` closes a string that began before it on the line."""
    line = low[max(low.rfind("\n", 0, at) + 1, at - 400) : at]
    return len(_regex(rf"(?<![a-z\\]){quote}|{quote}(?![a-z])" if quote == "'" else quote).findall(line)) % 2 == 1


def _dsn(low: str, start: int, at: int) -> bool:
    """Whether a `password=` stands in a connection string of `name=value` pairs."""
    if low[max(0, start - 9) : start].rstrip()[-1:] in (",", "("):  # arguments
        return False
    around = low[max(0, start - 120) : start] + " " + low[at : at + 120].partition(" ")[2]
    return any(
        word in around
        for word in (
            "host=",
            "user=",
            "dbname=",
            "server=",
            "uid=",
            "port=",
            "user id=",
            "data source=",
            "username=",
            "login=",
        )
    )


def _cookie(value: str) -> bool:
    return any(_random(part.partition("=")[2]) for part in value[:4096].split(";"))


def _url(value: str) -> bool:
    return not _plain(value.rstrip("@")) and not value.startswith("//")


_CHECKS: "dict[str, Callable[[str], bool]]" = {
    "": bool,
    "plain": bool,
    "random": _random,
    "basic": _basic,
    "cookie": _cookie,
    "url": _url,
}


def _spans(text: str, depth: int = 0) -> "list[Span]":
    """Every stretch to hide, in order, apart from one another."""
    low = text.replace("\u0130", "i").lower()  # the one letter whose lower case is longer
    hits: list[Span] = []
    for rule in RULES:
        if rule.check == "base64":
            if depth < 2 and max(map(len, low.split()), default=0) >= 20:
                for match in _regex(rule.regex).finditer(text):
                    hits.extend((*span, rule.id) for span in _base64(match, text, depth))
            continue
        for anchor in rule.anchors:
            if anchor in low:
                break
        else:
            continue
        if rule.check == "assignment":
            for match in _regex(rule.regex).finditer(low):
                span = _assigned(match, text, low)
                if span and OPEN not in text[span[0] : span[1]]:
                    hits.append((*span, rule.id))
        elif rule.check == "pem":
            for start, end in _blocks(_regex(rule.regex).finditer(text), text):
                hits.extend(_around(text, start, end, rule.id))
        else:
            check = _CHECKS[rule.check]
            for match in _regex(rule.regex).finditer(text):
                start, end = match.span(match.lastindex or 0) if rule.group < 0 else match.span(rule.group)
                end -= rule.check == "url"
                value = text[start:end]
                if not _plain(value) and check(value) and (not rule.floor or _entropy(value) >= rule.floor):
                    hits.append((start, end, rule.id))
    if len(hits) > 1:
        hits = _merged(hits)
    return hits


def _around(text: str, start: int, end: int, name: str) -> "Iterator[Span]":
    """A stretch without what is hidden in it already."""
    while start < end:
        at = text.find(OPEN, start, end)
        stop = end if at < 0 else at
        if any(map(str.isalnum, text[start:stop])):
            yield start, stop, name
        closing = text.find("]", stop, end) if at >= 0 else -1
        start = end if closing < 0 else closing + 1


def _merged(hits: "list[Span]") -> "list[Span]":
    hits.sort(key=lambda hit: (hit[0], -hit[1]))
    merged = [hits[0]]
    longest = hits[0][1] - hits[0][0]
    for start, end, name in hits[1:]:
        last = merged[-1]
        if start >= last[1]:
            merged.append((start, end, name))
            longest = end - start
        elif end > last[1]:
            merged[-1] = (last[0], end, last[2] if end - start <= longest else name)
            longest = max(longest, end - start)
    return merged


def find(text: str) -> "list[Span]":
    """What would be hidden: (start, end, rule id), in order, never overlapping."""
    return _spans(text)


def _once(text: str) -> str:
    hits = _spans(text)
    if not hits:
        return text
    parts, at = [], 0
    for start, end, name in hits:
        parts += [text[at:start], OPEN, name, "]"]
        at = end
    return "".join([*parts, text[at:]])


def redact(text: str) -> str:
    """The text with each secret replaced by `[redacted:<rule id>]`; the same object when there is none."""
    for _ in range(10):
        hidden = _once(text)
        if hidden == text:
            return text
        text = hidden
    return UNSETTLED  # built to keep changing: nothing that a person or a program writes


def hide_private(text: str, *, written: bool) -> str:
    """`<private>…</private>` becomes `[private]`; unclosed, it hides the rest only of what was `written` by someone."""
    for _ in range(10):
        if "<" not in text or "private" not in text.lower():
            return text
        hidden = _private(text, written)
        if hidden == text:
            return text
        text = hidden
    return "[private]"


def _private(text: str, written: bool) -> str:
    spans: list[tuple[int, int]] = []
    opened: list[int] = []
    for tag in _regex(r"(?i)<[ \t]{0,8}(/?)[ \t]{0,8}private(?:[\s/][^<>]{0,256})?>").finditer(text):
        if not tag.group(1):
            if not tag.group().endswith("/>"):
                opened.append(tag.start())
        elif opened:
            start = opened.pop()
            while spans and spans[-1][0] > start:
                spans.pop()
            spans.append((start, tag.end()))
    if written and opened:
        while spans and spans[-1][0] > opened[0]:
            spans.pop()
        spans.append((opened[0], len(text)))
    parts, at = [], 0
    for start, end in spans:
        parts += [text[at:start], "[private]"]
        at = end
    return "".join([*parts, text[at:]])


def _marker(left_out: int, total: int) -> str:
    return f"\n[{left_out:,} of {total:,} characters left out]\n"


def clip(text: str, head: int = TOOL_LIMIT[0], tail: int = TOOL_LIMIT[1]) -> str:
    """The beginning and the end of a long text, with a line between them that says how much is missing."""
    total = len(text)
    if total <= head + tail + SLACK:
        return text
    return text[:head] + _marker(total - head - tail, total) + text[total - tail :]


def _scrubbed(text: str) -> str:
    if "\0" in text:
        text = text.replace("\0", "")
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def clean(text: str, *, written: bool, limit: tuple[int, int] | None = None) -> str:
    """The whole guard for one string: private tags, secrets, length (head, tail), undecodable characters.

    What it returns it leaves alone, under the same limit. Without one: that of prompts and replies when `written`,
    else that of tool output.
    """
    head, tail = limit or (WORDS_LIMIT if written else TOOL_LIMIT)
    for _ in range(10):
        step = _step(text, written, head, tail)
        if step == text:
            return text
        text = step
    return UNSETTLED


def _step(text: str, written: bool, head: int, tail: int) -> str:
    text = hide_private(text, written=written)
    total = len(text)
    most = head + tail + SLACK
    if total > most and (total > 6 * most or OPEN not in text or _size(text) > most):
        return _first(text, head) + _marker(total - head - tail, total) + _last(text, total - tail)
    return _once(_scrubbed(text))


def _size(text: str) -> int:
    """The length without what only stands for a secret, so that hiding one never makes a text too long."""
    return len(text) - sum(len(match.group()) for match in _regex(r"\[redacted:[a-z0-9-]{1,32}\]").finditer(text))


_RUN = r"[A-Za-z0-9+/=_.~%-]*+"


def _first(text: str, cut: int) -> str:
    kept = _scrubbed(text[:cut])
    window = kept + _scrubbed(text[cut : cut + MARGIN])
    run = _regex(_RUN).match(window, len(kept))
    end = len(kept)
    if run and run.end() == len(window):  # as long as the margin: the beginning of something whose end was not seen
        while end and _in_run(window[end - 1]):
            end -= 1
        end = len(kept) if not _dense(window[end:]) else end
    return _trimmed(window, 0, end)


def _last(text: str, cut: int) -> str:
    begin = max(0, cut - MARGIN)
    block = text.rfind("-----BEGIN ", max(0, cut - LOOK_BACK), cut)
    if block >= 0 and text.find("-----END ", block, begin) < 0:
        begin = min(begin, block)
    lead = _scrubbed(text[begin:cut])
    window = lead + _scrubbed(text[cut:])
    run = _regex(_RUN).match(window, 0)
    start = len(lead)
    if run and run.end() > start and _dense(run.group()):
        start = run.end()
    return _trimmed(window, start, len(window))


def _in_run(c: str) -> bool:
    return (c.isascii() and c.isalnum()) or c in "+/=_.~%-"


def _trimmed(window: str, begin: int, stop: int) -> str:
    """window[begin:stop] with its secrets hidden, those across either cut as a whole."""
    parts, at = [], begin
    for start, end, name in _spans(window):
        if end <= begin or start >= stop:
            continue
        parts += [window[at : max(start, at)], OPEN, name, "]"]
        at = end
    return "".join([*parts, window[at:stop]])


_NAMES = r"(?:.*(?:^|[_.\-x ]|\b))?(?:proxy-)?(?:authorization|cookie|set-cookie)$"


def _named(name: str) -> str:
    """What kind of secret a key's name promises: password, token, cookie, or none ("")."""
    low = name.replace("\u0130", "i").lower()[-64:]
    if low.endswith(("authorization", "cookie", "cookies")):
        return "cookie"
    if not any(word in low for word in ("pass", "pwd", "secret", "token", "key", "credential")):
        return ""
    for match in _regex(_KEYWORD).finditer(low):
        if match.end() == len(low):
            return _kind(match.group())
    return ""


def clean_json(value: object, *, written_keys: "Collection[str]") -> object:
    """A decoded JSON value with `clean` applied to each string and key.

    What stands under a key of `written_keys` was written by a person or the agent; a string directly under one has
    the limit of prompts. A value whose key's name says secret is hidden whole. Deeper than 64, or beyond 20,000
    values, a marker stands instead.
    """
    budget = [NODES]
    return _walk(value, frozenset(written_keys), False, False, "", 0, budget)


def _walk(
    value: object, keys: frozenset[str], written: bool, direct: bool, named: str, depth: int, budget: list[int]
) -> object:
    if isinstance(value, str):
        if value in (TOO_DEEP, TOO_MANY):
            return value
        budget[0] -= 1
        if named and _whole(named, value):
            return OPEN + "assignment]"
        return clean(value, written=written, limit=WORDS_LIMIT if direct else TOOL_LIMIT)
    budget[0] -= 1
    if named == "password" and isinstance(value, int) and not isinstance(value, bool) and value > 999:
        return OPEN + "assignment]"
    if not isinstance(value, dict | list):
        return value
    if depth >= DEPTH:
        return TOO_DEEP
    if isinstance(value, list):
        items: list[object] = []
        for item in value:
            if budget[0] <= 0:
                items.append(TOO_MANY)
                break
            items.append(_walk(item, keys, written, direct, named, depth + 1, budget))
        return items
    found: dict[str, object] = {}
    for key, item in value.items():
        if budget[0] <= 0:
            found[TOO_MANY] = TOO_MANY
            break
        name = clean(str(key), written=False)
        while name in found:
            name += "'"
        by = key in keys
        found[name] = _walk(item, keys, written or by, by, _named(str(key)), depth + 1, budget)
    return found


def _whole(named: str, value: str) -> bool:
    if OPEN in value or len(value) > 8192 or not value:
        return False
    if named == "cookie":
        return not _plain(value) and (_cookie(value) or _random(value) or _basic(value.rpartition(" ")[2]))
    return _value(named, value, quoted=True, loose=False, alone=True)
