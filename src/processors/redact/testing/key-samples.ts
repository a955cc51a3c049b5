import {
  ALNUM,
  BASE32,
  BASE64,
  DIGITS,
  HEX,
  LOWER,
  Maker,
  seededRandom,
  UPPER,
  WORD,
} from "./maker.ts";

/** A text with a secret of a documented format, or with something that only looks like one. */
export interface KeySample {
  readonly format: string;
  readonly text: string;
  /** What must be found; undefined where nothing may be. */
  readonly secret: string | undefined;
}

/** Formats as their vendors document them. */
const SECRETS: Readonly<Record<string, (make: Maker) => string>> = {
  "aws access key id": (m) => `${m.pick(["AKIA", "ASIA"])}${m.of(BASE32, 16)}`,
  "google api key": (m) => `AIza${m.of(WORD, 35)}`,
  "google oauth client secret": (m) => `GOCSPX-${m.of(WORD, 28)}`,
  "google oauth access token": (m) => `ya29.${m.of(WORD, 120)}`,
  "azure storage key alone": (m) => m.base64(64),
  "azure client secret": (m) => `${m.of(ALNUM, 3)}${m.of(DIGITS, 1)}Q~${m.of(`${WORD}.~`, 33)}a`,
  "github token": (m) => `${m.pick(["ghp", "gho", "ghu", "ghs", "ghr"])}_${m.of(ALNUM, 36)}`,
  "github fine-grained": (m) => `github_pat_${m.of(ALNUM, 22)}_${m.of(ALNUM, 59)}`,
  "gitlab token": (m) => `${m.pick(["glpat", "gldt", "glrt"])}-${m.of(WORD, 20)}`,
  "slack bot token": (m) => `xoxb-${m.of(DIGITS, 12)}-${m.of(DIGITS, 13)}-${m.of(ALNUM, 24)}`,
  "slack user token": (m) =>
    `xoxp-${m.of(DIGITS, 12)}-${m.of(DIGITS, 12)}-${m.of(DIGITS, 12)}-${m.of(HEX, 32)}`,
  "slack app token": (m) =>
    `xapp-1-A${m.of(UPPER + DIGITS, 10)}-${m.of(DIGITS, 13)}-${m.of(HEX, 64)}`,
  "slack webhook": (m) =>
    `hooks.slack.com/services/T${m.of(UPPER + DIGITS, 10)}/B${m.of(UPPER + DIGITS, 10)}/${m.of(ALNUM, 24)}`,
  "stripe key": (m) =>
    `${m.pick(["sk_live", "sk_test", "rk_live", "rk_test"])}_${m.of(ALNUM, m.pick([24, 99]))}`,
  "stripe webhook secret": (m) => `whsec_${m.of(ALNUM, 32)}`,
  "openai key": (m) => `sk-${m.of(ALNUM, 20)}T3BlbkFJ${m.of(ALNUM, 20)}`,
  "openai project key": (m) =>
    `sk-${m.pick(["proj", "svcacct", "admin"])}-${m.of(WORD, 74)}T3BlbkFJ${m.of(WORD, 73)}A`,
  "anthropic key": (m) => `sk-ant-${m.pick(["api03", "admin01"])}-${m.of(WORD, 93)}AA`,
  "twilio key": (m) => `SK${m.of(HEX, 32)}`,
  "twilio account": (m) => `AC${m.of(HEX, 32)}`,
  "sendgrid key": (m) => `SG.${m.of(WORD, 22)}.${m.of(WORD, 43)}`,
  "mailgun key": (m) => `key-${m.of(HEX, 32)}`,
  "mailchimp key": (m) => `${m.of(HEX, 32)}-us${1 + m.below(20)}`,
  "npm token": (m) => `npm_${m.of(ALNUM, 36)}`,
  "pypi token": (m) => `pypi-AgEIcHlwaS5vcmc${m.of(WORD, 80)}`,
  "rubygems key": (m) => `rubygems_${m.of(HEX, 48)}`,
  "docker token": (m) => `dckr_pat_${m.of(WORD, 27)}`,
  "hugging face token": (m) => `hf_${m.of(UPPER + LOWER, 34)}`,
  "digitalocean token": (m) => `dop_v1_${m.of(HEX, 64)}`,
  "shopify token": (m) => `${m.pick(["shpat", "shpca", "shppa", "shpss"])}_${m.of(HEX, 32)}`,
  "square token": (m) => `sq0atp-${m.of(WORD, 22)}`,
  "databricks token": (m) => `dapi${m.of(HEX, 32)}`,
  "vault token": (m) => `hvs.${m.of(WORD, 95)}`,
  "grafana token": (m) => `glsa_${m.of(ALNUM, 32)}_${m.of(HEX, 8)}`,
  "new relic key": (m) => `NRAK-${m.of(UPPER + DIGITS, 27)}`,
  "linear key": (m) => `lin_api_${m.of(ALNUM, 40)}`,
  "atlassian token": (m) => `ATATT3${m.of(WORD, 180)}=${m.of("0123456789ABCDEF", 8)}`,
  "postman key": (m) => `PMAK-${m.of(HEX, 24)}-${m.of(HEX, 34)}`,
  "telegram token": (m) => `${1 + m.below(9)}${m.of(DIGITS, 8)}:AA${m.of(WORD, 33)}`,
  "discord token": (m) => `M${m.of(ALNUM, 23)}.${m.of(WORD, 6)}.${m.of(WORD, 38)}`,
  "json web token": (m) =>
    [
      m.base64Url({ alg: "HS256", typ: "JWT" }),
      m.base64Url({ sub: m.of(DIGITS, 10), name: m.of(LOWER, 8), iat: 1_700_000_000 }),
      m.of(WORD, 43),
    ].join("."),
  "private key": (m) => {
    const kind = m.pick(["RSA ", "EC ", "", "OPENSSH "]);
    const lines = Array.from({ length: 12 }, () => m.of(BASE64, 64)).join("\n");
    return `-----BEGIN ${kind}PRIVATE KEY-----\n${lines}\n-----END ${kind}PRIVATE KEY-----`;
  },
  "two long parts": (m) => `${m.of(ALNUM, 32)}-${m.of(ALNUM, 20)}`,
};

/** Secrets without a form of their own, which only their name tells. `@` stands for them. */
const NAMED: Readonly<Record<string, (make: Maker) => readonly [text: string, secret: string]>> = {
  "aws secret key": (m) => [
    m.pick(["aws_secret_access_key = @", "AWS_SECRET_ACCESS_KEY=@", '"SecretAccessKey": "@"']),
    m.of(BASE64, 40),
  ],
  "azure storage key": (m) => [
    "DefaultEndpointsProtocol=https;AccountName=shop;AccountKey=@;EndpointSuffix=core.windows.net",
    m.base64(64),
  ],
  "azure shared access": (m) => [
    "Endpoint=sb://x.servicebus.windows.net/;SharedAccessKeyName=Root;SharedAccessKey=@",
    m.base64(32),
  ],
  "datadog key": (m) => [m.pick(["DD_API_KEY=@", '"dd-api-key": "@"']), m.of(HEX, 32)],
  "api key header": (m) => [
    m.pick(["X-Api-Key: @", "x-api-key=@", "apikey: '@'"]),
    m.of(ALNUM, 32),
  ],
  "client secret": (m) => [
    m.pick(["client_secret=@&grant_type=x", '{"clientSecret":"@"}']),
    m.of(WORD, 40),
  ],
  "access token": (m) => [
    m.pick(["/v1?access_token=@&x=1", '"refresh_token":"@"']),
    m.of(ALNUM, 40),
  ],
  bearer: (m) => [
    m.pick(["Authorization: Bearer @", '"authorization":"Bearer @"', "got Bearer @ here"]),
    m.of(WORD, 43),
  ],
};

/** What is in logs by the million, and looks as random as a key. */
const LOOK_ALIKES: Readonly<Record<string, (make: Maker) => string>> = {
  uuid: (m) => m.uuid(),
  "git commit": (m) => m.of(HEX, 40),
  "short commit": (m) => `${m.pick(["main", "release"])}-${m.of(HEX, 7)}`,
  "trace id": (m) => `trace_id=${m.of(HEX, 32)} span_id=${m.of(HEX, 16)}`,
  traceparent: (m) => `traceparent: 00-${m.of(HEX, 32)}-${m.of(HEX, 16)}-01`,
  "sha-256": (m) => `sha256:${m.of(HEX, 64)}`,
  "md5 etag": (m) => `ETag: "${m.of(HEX, 32)}"`,
  integrity: (m) => `sha512-${m.base64(64)}`,
  "base64 image": (m) => `data:image/png;base64,iVBORw0KGgo${m.base64(240)}`,
  "container id": (m) => `docker://${m.of(HEX, 64)}`,
  "pod name": (m) => `checkout-${m.of(HEX, 10)}-${m.of(LOWER + DIGITS, 5)}`,
  "object id": (m) => m.of(HEX, 24),
  ulid: (m) => `01${m.of("0123456789ABCDEFGHJKMNPQRSTVWXYZ", 24)}`,
  "image reference": (m) =>
    `registry.local/shop/api:v1.${m.below(40)}.${m.below(9)}@sha256:${m.of(HEX, 64)}`,
  "class name": (m) =>
    `sk-${m.pick(["fading-circle-container", "learn-pipeline-estimator", "folding-cube-wrapper"])}`,
  "java name": (m) =>
    `com.example.shop.${m.of(LOWER, 12)}.AbstractSingletonProxyFactoryBean$${m.below(9)}`,
  "file name": (m) => `/assets/index-${m.of(ALNUM, 8)}.js`,
  "page token": (m) => `next_page_token=${m.of(ALNUM, 24)}`,
  "token count": (m) =>
    `prompt_tokens=${m.below(9000)} max_tokens: ${m.below(9000)} token: expected`,
  "primary key": (m) =>
    `primary_key=${m.below(1e9)} partition_key=${m.of(LOWER, 8)}-${m.below(90)}`,
  "cache key": (m) => `cache_key=user:${m.below(1e6)}:profile idempotency_key=${m.uuid()}`,
  "amazon arn": (m) => `arn:aws:iam::${m.of(DIGITS, 12)}:role/Shop-${m.of(LOWER, 6)}`,
  "nanosecond time": (m) => `time=17${m.of(DIGITS, 17)} request ${m.of(HEX, 16)}`,
  "query plan": (m) => `SELECT * FROM sk_orders WHERE ac_id = ${m.below(1e6)} -- ${m.of(HEX, 32)}`,
};

const AROUND: readonly (readonly [before: string, after: string])[] = [
  ["", ""],
  ["using ", " for the call"],
  ["value=", " ok"],
  ['{"value":"', '","ok":true}'],
  ["GET /v1/items?k=", "&page=2 HTTP/1.1"],
  ["(", ")"],
  ["failed with '", "'."],
];

/** `count` texts with a secret of each format, and as many with look-alikes, the same for the same seed. */
export function keySamples(seed: number, count: number): KeySample[] {
  const make = new Maker(seededRandom(seed));
  const samples: KeySample[] = [];
  for (let i = 0; i < count; i++) {
    for (const [format, of] of Object.entries(SECRETS)) {
      const secret = of(make);
      const [before, after] = make.pick(AROUND);
      samples.push({ format, text: `${before}${secret}${after}`, secret });
    }
    for (const [format, of] of Object.entries(NAMED)) {
      const [text, secret] = of(make);
      samples.push({ format, text: text.replace("@", () => secret), secret });
    }
    for (const [format, of] of Object.entries(LOOK_ALIKES)) {
      const [before, after] = make.pick(AROUND);
      samples.push({ format, text: `${before}${of(make)}${after}`, secret: undefined });
    }
  }
  return samples;
}
