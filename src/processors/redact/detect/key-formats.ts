import { ALPHANUMERIC, BASE64_URL, DIGIT, JOINER, LOWER_HEX, UPPER } from "./characters.ts";

/** A key that its vendor begins with words of its own, so that scanners find it. */
export interface KeyFormat {
  readonly prefix: Uint8Array;
  /** Classes of the characters after it, and their number. */
  readonly classes: number;
  /** One more character that may be among them, or 0. */
  readonly sign: number;
  readonly lengthMin: number;
  readonly lengthMax: number;
  /** Whether what follows must look random, since words begin the same: `sk-learn`. */
  readonly isCommon: boolean;
}

const HEX = LOWER_HEX;
const ALNUM = ALPHANUMERIC;
const WORD = BASE64_URL;
const CAPITAL = UPPER | DIGIT;
const SNAKE = ALPHANUMERIC | JOINER;

type Row = readonly [prefixes: string, classes: number, min: number, max: number, extra?: string];

/**
 * From the vendors' documentation of their tokens and, where that is silent, from the formats that
 * public secret scanners agree on. `extra` is a further character, or `?` for a common beginning.
 */
const ROWS: readonly Row[] = [
  // AWS: access key ids (IAM user guide, "unique identifiers"), Bedrock keys.
  ["AKIA ASIA ABIA ACCA", CAPITAL, 16, 16],
  ["ABSKQmVkcm9ja0FQSUtleS", ALNUM, 80, 200, "="],
  // Google: API keys, OAuth tokens, client secrets.
  ["AIza", WORD, 35, 35],
  ["ya29.", WORD, 20, 2048, "."],
  ["GOCSPX-", WORD, 24, 40],
  // GitHub, GitLab, Bitbucket, Atlassian.
  ["ghp_ gho_ ghu_ ghs_ ghr_", ALNUM, 36, 255],
  ["github_pat_", SNAKE, 60, 255],
  [
    "glpat- gldt- glrt- glcbt- glptt- glft- glsoat- glimt- glagent- gloas- glffct-",
    WORD,
    20,
    320,
    ".",
  ],
  ["ATBB", ALNUM, 32, 40],
  ["ATATT3 ATCTT3", WORD, 60, 255, "="],
  // Slack: tokens and incoming webhooks.
  [
    "xoxb- xoxp- xoxa- xoxr- xoxs- xoxo- xoxc- xoxd- xoxe- xoxe.xoxp- xoxe.xoxb- xapp-",
    WORD,
    20,
    400,
  ],
  ["hooks.slack.com/services/", ALNUM, 36, 80, "/"],
  // Stripe and its kin.
  ["sk_live_ sk_test_ rk_live_ rk_test_ pk_live_ pk_test_", ALNUM, 10, 255],
  ["sk_prod_ rk_prod_ whsec_", ALNUM, 10, 255, "="],
  // OpenAI (also projects and service accounts), Anthropic, OpenRouter, DeepSeek and others.
  ["sk-", WORD, 20, 300, "?"],
  ["gsk_", ALNUM, 48, 64],
  ["xai-", ALNUM, 70, 100],
  ["pplx-", ALNUM, 40, 64],
  ["hf_ api_org_", ALNUM, 30, 48],
  ["r8_", ALNUM, 37, 40],
  ["nvapi-", WORD, 60, 80],
  ["tgp_v1_", WORD, 40, 60],
  // Twilio, SendGrid, Mailgun, Brevo.
  ["AC SK", HEX, 32, 32],
  ["SG.", WORD, 60, 80, "."],
  ["key-", HEX, 32, 32],
  ["xkeysib- xsmtpsib-", WORD, 60, 100],
  // Package registries.
  ["npm_", ALNUM, 36, 36],
  ["pypi-AgEIcHlwaS5vcmc pypi-AgENdGVzdC5weXBpLm9yZw", WORD, 50, 1000],
  ["rubygems_", HEX, 48, 48],
  ["dckr_pat_ dckr_oat_", WORD, 27, 40],
  ["cio", ALNUM, 32, 32, "?"],
  // Clouds and hosts.
  ["dop_v1_ doo_v1_ dor_v1_", HEX, 64, 64],
  ["LTAI", ALNUM, 12, 24, "?"],
  ["AKID", ALNUM, 32, 36],
  ["HRKU-", WORD, 36, 70],
  ["fo1_ fm1_ fm2_", WORD, 40, 500, "="],
  ["nfp_", ALNUM, 36, 40],
  ["sbp_", HEX, 40, 40],
  ["sb_secret_", WORD, 24, 48],
  ["pscale_tkn_ pscale_pw_ pscale_oauth_", WORD, 32, 64, "."],
  ["dapi", HEX, 32, 36],
  ["hvs. hvb. hvr.", WORD, 24, 300],
  ["dp.pt. dp.st. dp.ct. dp.sa. dp.scim. dp.audit.", ALNUM, 40, 48, "."],
  ["pul-", HEX, 40, 40],
  ["tskey-auth- tskey-api- tskey-client-", WORD, 20, 80],
  ["AGE-SECRET-KEY-1", CAPITAL, 58, 58],
  // Observability and work tools.
  ["glsa_ glc_", SNAKE, 32, 400, "="],
  ["NRAK- NRII- NRIQ- NRRA- NRJS-", WORD, 19, 48],
  ["sntrys_ sntryu_", SNAKE, 40, 400, "="],
  ["squ_ sqp_ sqa_", HEX, 40, 40],
  ["lin_api_ lin_oauth_", ALNUM, 40, 64],
  ["ntn_", ALNUM, 40, 50],
  ["secret_", ALNUM, 43, 43],
  ["figd_ figo_", WORD, 36, 64],
  ["PMAK-", WORD, 59, 59],
  ["CCIPAT_ CCIPRJ_", SNAKE, 40, 80],
  ["bkua_", HEX, 40, 40],
  ["dt0c01.", ALNUM, 80, 100, "."],
  ["CFPAT-", WORD, 43, 43],
  ["pat-na1- pat-eu1-", WORD, 36, 36],
  ["lip_", ALNUM, 30, 48],
  // Shops and payments.
  ["shpat_ shpca_ shppa_ shpss_", HEX, 32, 32],
  ["sq0atp- sq0csp- sq0idp-", WORD, 22, 43],
  ["EAAA", WORD, 60, 64],
  ["EZAK EZTK", ALNUM, 54, 54],
  ["access_token$production$", ALNUM, 49, 49, "$"],
  ["discord.com/api/webhooks/", WORD, 60, 120, "/"],
];

export const KEY_FORMATS: readonly KeyFormat[] = ROWS.flatMap(
  ([prefixes, classes, lengthMin, lengthMax, extra]) =>
    prefixes.split(" ").map((prefix) => ({
      prefix: Buffer.from(prefix),
      classes,
      sign: extra === undefined || extra === "?" ? 0 : extra.charCodeAt(0),
      lengthMin,
      lengthMax,
      isCommon: extra === "?",
    })),
);
