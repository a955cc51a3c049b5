import { describe, expect, it } from "vitest";
import { SEARCH_LIMITS } from "../limits.ts";
import { formatSearch } from "./format-search.ts";
import { parseSearch } from "./parse-search.ts";
import type { SearchNode, SearchSignal } from "./search-node.ts";

/** The search as text with all parentheses, so that a test shows how it was understood. */
function understood(text: string, signal?: SearchSignal): string {
  const parsed = parseSearch(text, signal);
  if (!parsed.ok) return `errors: ${parsed.errors.map(({ message }) => message).join("; ")}`;
  return parsed.search === undefined ? "all" : shown(parsed.search);
}

function shown(node: SearchNode): string {
  switch (node.kind) {
    case "and":
    case "or":
      return `(${node.parts.map(shown).join(node.kind === "and" ? " & " : " | ")})`;
    case "not":
      return `!${shown(node.part)}`;
    case "text":
      return node.isPhrase ? JSON.stringify(node.text) : node.text;
    case "field":
      return `${node.isAttribute ? "@" : ""}${node.field} ${node.operator} ${node.values.join("|")}`.trimEnd();
  }
}

/** The first error, with what it points at. */
function firstError(text: string, signal?: SearchSignal): { at: string; message: string } {
  const parsed = parseSearch(text, signal);
  if (parsed.ok) throw new Error(`no error in ${text}`);
  const { at, message } = parsed.errors[0]!;
  return { at: text.slice(at.from, at.to), message };
}

describe("parseSearch", () => {
  it.each([
    ["", "all"],
    ["   ", "all"],
    ["card", "card"],
    ["card declined", "(card & declined)"],
    ['"card declined"', '"card declined"'],
    ["a AND b", "(a & b)"],
    ["a OR b c", "(a | (b & c))"],
    ["(a OR b) c", "((a | b) & c)"],
    ["((a))", "a"],
    ["a (b c)", "(a & b & c)"],
    ["-a", "!a"],
    ["NOT a", "!a"],
    ["--a", "a"],
    ["-(a b)", "!(a & b)"],
    ["a - b", "(a & - & b)"],
    ["and or not", "(and & or & not)"],
    ["a-b -c", "(a-b & !c)"],
    ["10.0.0.1 /api/cart", "(10.0.0.1 & /api/cart)"],
    ["http://host:80/x", "http://host:80/x"],
    ["12:30:45", "12:30:45"],
    ["foo(bar)", "(foo & bar)"],
    ["service:cart", "service = cart"],
    ["name:x", "operation = x"],
    ["level:WARN", "severity = warn"],
    ["attr.service:x", "@service = x"],
    ["attr.attr.x:y", "@attr.x = y"],
    ["http.route:/cart", "@http.route = /cart"],
    ['"odd key":"odd \\"value\\""', '@odd key = odd "value"'],
    ["url:http://x:80/", "@url = http://x:80/"],
    ["a:b,c", "@a = b|c"],
    ["a:(b OR c)", "@a = b|c"],
    ["a:(b, c)", "@a = b|c"],
    ["a:(b* OR c)", "(@a = c | @a ^= b)"],
    ["a:*", "@a exists"],
    ['a:"*"', "@a = *"],
    ["a:b*", "@a ^= b"],
    ['a:"b c"*', "@a ^= b c"],
    ['a:""', "@a ="],
    ["a:>=5", "@a >= 5"],
    ['a:">5"', "@a = >5"],
    ["a:5..10", "(@a >= 5 & @a <= 10)"],
    ["a:../up", "@a = ../up"],
    ["duration:>200ms", "duration > 200ms"],
    ["duration:200ms..1s", "(duration >= 200ms & duration <= 1s)"],
    ["-duration:1..2", "!(duration >= 1 & duration <= 2)"],
    ["severity:>=Warn", "severity >= warn"],
    ["trace_id:4BF92F3577B34DA6A3CE929D0E0E4736", "trace_id = 4bf92f3577b34da6a3ce929d0e0e4736"],
  ])("reads %j as %s", (text, expected) => {
    expect(understood(text)).toBe(expected);
  });

  it.each([
    ['a "b', '"b', /not closed/],
    ["a (b c", "(", /not closed/],
    ["a) b", ")", /closes nothing/],
    ["()", ")", /before this parenthesis/],
    ["a OR", "", /must follow/],
    ["OR a", "OR", /between two terms/],
    ["a AND AND b", "AND", /between two terms/],
    ["NOT", "NOT", /must follow/],
    ["service:", "service:", /service:value/],
    ["service: cart", "service:", /at once/],
    ["a:b,", ",", /follow this comma/],
    ["a:(b c)", "c", /OR or a comma/],
    ["a:(b", "(", /not closed/],
    ["a:(b OR)", ")", /value must stand here/],
    ["a:(* OR b)", "*", /star alone/],
    ["a:b*c", "*", /end of a value/],
    ["car*", "car*", /end of a field's value/],
    ["a:>x", "x", /compared with numbers/],
    ["a:>5,6", "6", /one value/],
    ["status:bad", "bad", /error, ok or unset/],
    ["status:>ok", "status:>ok", /status:error/],
    ["kind:ser*", "ser*", /kind:server/],
    ["duration:fast", "fast", /such as 200ms/],
    ["duration:>1x", "1x", /such as 200ms/],
    ["severity:>=loud", "loud", /trace, debug/],
    ["trace_id:12", "12", /32 hexadecimal/],
    ["span_id:zz", "zz", /16 hexadecimal/],
    ['""', '""', /nothing between/],
    ['"":a', '"":', /name of a field/],
  ])("points in %j at %j", (text, at, message) => {
    const error = firstError(text);
    expect(error.at).toBe(at);
    expect(error.message).toMatch(message);
  });

  it("says of a field of other rows where it is and how an attribute of its name is written", () => {
    expect(firstError("a status:error", "logs")).toEqual({
      at: "status:",
      message: "Only spans have status, not log records; an attribute of that name is attr.status:",
    });
    expect(understood("status:error", "traces")).toBe("status = error");
    expect(firstError("level:error", "traces").message).toContain("attr.level:");
  });

  it("tells every wrong value, in their order", () => {
    const parsed = parseSearch("status:bad kind:worse a:b*c");
    expect(parsed.ok ? [] : parsed.errors.map(({ at }) => at.from)).toEqual([7, 16, 25]);
  });

  it("is bounded in characters, terms and depth", () => {
    expect(understood("a".repeat(SEARCH_LIMITS.charactersMax + 1))).toMatch(/at most/);
    expect(understood("a ".repeat(SEARCH_LIMITS.termsMax))).not.toMatch(/errors/);
    expect(understood("a ".repeat(SEARCH_LIMITS.termsMax + 1))).toMatch(/at most/);
    expect(understood(`a:(${"b,".repeat(SEARCH_LIMITS.termsMax)}b)`)).toMatch(/at most/);
    const nested = (depth: number): string => "(".repeat(depth) + "a" + ")".repeat(depth);
    expect(understood(nested(SEARCH_LIMITS.depthMax))).toBe("a");
    expect(understood(nested(SEARCH_LIMITS.depthMax + 1))).toMatch(/deep/);
    expect(understood(nested(2_000))).toMatch(/deep/);
  });
});

describe("formatSearch", () => {
  it.each([
    ['service:checkout status:error duration:>200ms "card declined" -path:/health'],
    ["(a OR b) c"],
    ["a OR b c"],
    ["-(a b)"],
    ["a:(b OR c)"],
    ['a:"b c"* b:""'],
    ['"odd key":*'],
    ["attr.service:x"],
    ['a:"x..y"'],
  ])("writes %s as it was", (text) => {
    const parsed = parseSearch(text);
    expect(parsed.ok && formatSearch(parsed.search)).toBe(text);
  });
});
