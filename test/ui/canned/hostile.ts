import { type OperationId, ROUTES } from "#api/contract/routes.ts";
import type { Answers } from "./answers.ts";

const RUN = "window.tellTest('a hostile string ran')";

/** What a sender may call anything. */
export const HOSTILE: Readonly<Record<string, string>> = {
  markup: `<img src=x onerror="${RUN}"><script>${RUN}</script>`,
  "a broken attribute": `"' onmouseover=${RUN} x="`,
  "a script address": `javascript:${RUN}`,
  "a template": `{{constructor.constructor("${RUN}")()}}\${${RUN}}`,
  "a prototype's name": "__proto__",
  "bidi controls": "user\u202etxt.exe\u2066 \u200fend",
  "control characters": "a\u0000b\u0007c\u001b[31md\u007fe\r\nf\tg",
  "invisible characters": "\u200b\u00ad\ufeff\u{e0041}\u3164",
  "ten kilobytes": `long-${"W".repeat(10_000)}`,
  "ten kilobytes of combining marks": `Z${"\u0335\u0321\u0489".repeat(3_400)}`,
  "half of a pair": "broken \ud83d end \udc00",
  nothing: "",
};

export const HOSTILE_TEXTS = Object.values(HOSTILE);

/** One of the texts, another for each place, so that every text comes to stand in every kind of place. */
export const hostileText = (place: number): string => HOSTILE_TEXTS[place % HOSTILE_TEXTS.length]!;

/** All of them as keys and as values. JSON.parse, as in the browser: a literal's __proto__ would set the prototype. */
export const hostileAttributes = JSON.parse(
  `{${HOSTILE_TEXTS.map((key, place) => `${JSON.stringify(key)}: ${JSON.stringify(hostileText(place + 1))}`).join(", ")},
    "list": ${JSON.stringify(HOSTILE_TEXTS)}, "map": {${JSON.stringify(hostileText(0))}: {"deeper": ${JSON.stringify(hostileText(3))}}}}`,
) as Record<string, string>;

/** Texts that only the server writes: times, ids, addresses of its own, cursors. */
const OWN_VALUE = /^(\d{4}-\d\d-\d\dT[\d:.]+Z|[0-9a-f]{16}|[0-9a-f]{32}|https?:\/\/.*)$/;
const OWN_KEY = /^(nextCursor|code|version|signal|level|unit)$/;

/**
 * The same answers with a hostile text in every place that takes any: what the contract gives a list of
 * words for stays, and so does what the server alone writes. One name stays one name wherever it stands, so
 * that what belongs together still does.
 */
export function hostileAnswers(answers: Answers): Answers {
  const names = new Map<string, string>();
  const hostile = (name: string): string => {
    const known = names.get(name);
    if (known !== undefined) return known;
    const place = names.size;
    // Each name another text, for a page may tell its rows apart by them.
    const again = place < HOSTILE_TEXTS.length ? "" : ` ${place}`;
    const text = `${hostileText(place)}${again}`;
    names.set(name, text);
    return text;
  };
  const made = Object.entries(answers).map(([id, given]) => {
    const poison = poisoner(id as OperationId, hostile);
    const made =
      typeof given === "function"
        ? (url: URL) => poison((given as (url: URL) => unknown)(shortPage(url)))
        : poison(given);
    return [id, made];
  });
  return Object.fromEntries(made) as Answers;
}

/** A row's hostile attributes alone are 200 kB: a page holds fewer rows than were asked for, as a server may answer. */
const HOSTILE_ROWS_MAX = 30;

function shortPage(url: URL): URL {
  const asked = Number(url.searchParams.get("limit") ?? Number.NaN);
  if (!(asked > HOSTILE_ROWS_MAX)) return url;
  const short = new URL(url);
  short.searchParams.set("limit", String(HOSTILE_ROWS_MAX));
  return short;
}

/** Replaces the texts of one operation's answers where its contract still takes the result. */
function poisoner(
  id: OperationId,
  hostile: (name: string) => string,
): (answer: unknown) => unknown {
  const allowed = new Map<string, boolean>();
  return (answer) => {
    const isAllowed = (place: string): boolean => {
      let known = allowed.get(place);
      if (known === undefined) {
        const changed = replaced(answer, hostile, (at) => at === place);
        known = ROUTES[id].answer.safeParse(changed).success;
        allowed.set(place, known);
      }
      return known;
    };
    return replaced(answer, hostile, isAllowed);
  };
}

/** A copy with a hostile text in every place (`data[].service`) that is wanted. */
function replaced(
  value: unknown,
  hostile: (name: string) => string,
  isWanted: (place: string) => boolean,
  place = "",
): unknown {
  if (typeof value === "string") {
    const key = place.slice(place.lastIndexOf(".") + 1);
    const isOwn = OWN_VALUE.test(value) || OWN_KEY.test(key);
    return !isOwn && isWanted(place) ? hostile(value) : value;
  }
  if (Array.isArray(value)) {
    return value.map((item: unknown) => replaced(item, hostile, isWanted, `${place}[]`));
  }
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => {
      const at = `${place}.${key}`;
      const isMap = /^(attributes|resource|labels)$/.test(key) && !Array.isArray(item);
      if (isMap && typeof item === "object") return [key, isWanted(at) ? hostileAttributes : item];
      return [key, replaced(item, hostile, isWanted, at)];
    }),
  );
}
