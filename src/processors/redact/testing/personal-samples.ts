import { Buffer } from "node:buffer";
import type { Sentence } from "./labelled-sentences.ts";
import { ALNUM, DIGITS, HEX, LOWER, Maker, seededRandom, UPPER } from "./maker.ts";

// Sentences with personal data in the formats in which it is written all over the world, and sentences with
// what only looks like it. `@` stands for the value.

const NBSP = "\u{a0}";

/** Telephone numbers in shapes that little else has. */
const PLAIN_PHONES = [
  "+44 20 79## ####",
  "+44 (0)20 79## ####",
  "(+44) 20 79## ####",
  "+44 7### ######",
  `+44${NBSP}7###${NBSP}######`,
  "+1 (~##) ~##-####",
  "+1-~##-~##-####",
  "+1 ~## ~## ####",
  "+1~##~######",
  "1-~##-~##-####",
  "1 (~##) ~##-####",
  "001-~##-~##-####",
  "~##-~##-####",
  "~##\u{2011}~##\u{2011}####",
  "~##–~##–####",
  "~##.~##.####",
  "(~##) ~##-####",
  "(~##)~##-####",
  "(~##) ~## - ####",
  "~##-~##-####x###",
  "(~##) ~##-#### ext. ##",
  "~##-~##-#### Ext ###",
  "~##-~##-#### extension ##",
  "+1-~##-~##-####;ext=##",
  "+49 30 ^#####",
  "+49 (0)30 ^#####",
  "+49(0)30/^######",
  "+49 (0)30 / ^#####",
  "+49 151 ########",
  "0151-########",
  "030 ^######",
  "0171 ^######",
  "07^## ######",
  "020 7### ####",
  "0161 4## ####",
  "01 ## ## ## ##",
  "01.##.##.##.##",
  "+33 1 ## ## ## ##",
  "+33 (0)6 ## ## ## ##",
  "0033 1 ## ## ## ##",
  "00 44 20 79## ####",
  "0044 20 79## ####",
  "+39 06 #### ####",
  "06 #### ####",
  "+34 6## ### ###",
  "+31 6 ########",
  "06-########",
  "020-#######",
  "+32 4## ## ## ##",
  "04## ## ## ##",
  "+41 44 ### ## ##",
  "044 ### ## ##",
  "0680 ### ## ##",
  "+46 8-### ### ##",
  "08-### ### ##",
  "070-### ## ##",
  "+47 ## ## ## ##",
  "+45 ## ## ## ##",
  "+358 40 #######",
  "040 ^######",
  "+48 ### ### ###",
  "+420 ### ### ###",
  "+36 1 ### ####",
  "+7 (495) ###-##-##",
  "8 (800) ###-##-##",
  "+90 (532) ### ## ##",
  "0 (532) ### ## ##",
  "+91 98### #####",
  "+86 138 #### ####",
  "010-########",
  "03-####-####",
  "090-####-####",
  "+81 3-####-####",
  "02-###-####",
  "+82 2-####-####",
  "+61 4## ### ###",
  "(02) #### ####",
  "0412 ### ###",
  "(02^) ###-####",
  "(^#) ####-####",
  "+55 11 9####-####",
  "011 ### ####",
  "+27 82 ### ####",
  "+971 50 ### ####",
  "050-###-####",
  "+65 6### ####",
  "+852 #### ####",
] as const;

/** Telephone numbers that only the words around them tell from other numbers. */
const SAID_PHONES = [
  "~## ~## ####",
  "^## ####",
  "^##-####",
  "^### ####",
  "^# ### ###",
  "^# ######",
  "^## ### ###",
  "^# ## ## ##",
  "^#-##-##-##",
  "^## ## ###",
  "^#### #####",
  "079 #### ####",
  "0^##/^#####",
  "030/^######",
  "(0)30/^####",
] as const;

const SAYING = [
  "Can someone call me on @? I have some questions about opening an account.",
  "They're not answering at @",
  "I didn't get any message on my registered @. Could you please look into it?",
  "my phone number is @",
  "Phone: @",
  "Tel.: @, open on weekdays",
  "her mobile is @.",
  "You can reach me at @",
  "Fax @",
  '{"phone":"@","id":7}',
  "Call @ now",
  "telephone=@",
  "WhatsApp me: @",
] as const;

/** Of digits alone, and of six in pairs: words that mean telephones and nothing else. */
const ALONE_PHONES = ["~##~######", "0^#########", "^######", "^# ## ##", "^#-7#-##"] as const;
const SAYING_ALONE = [
  "my phone number is @",
  "mobile: @",
  "the cell is @",
  '{"phone_number":"@"}',
  "Handy @",
] as const;

const PLAIN = [
  "@",
  "we got @ from them",
  "Thanks! @ or ask at the desk.",
  "user=ann value=@ ok",
  '{"note":"@","ok":true}',
  "Ann Lee, @",
  "(@)",
  "reply to @; it is urgent",
  "seen: @.",
  "line one\n@\nline three",
] as const;

const EMAILS: readonly ((m: Maker) => string)[] = [
  (m) => `${m.of(LOWER, 6)}@example.com`,
  (m) => `${m.of(LOWER, 4)}.${m.of(LOWER, 5)}+${m.of(LOWER, 3)}@mail.example.co.uk`,
  (m) => `${m.of(UPPER, 5)}@EXAMPLE.ORG`,
  (m) => `${m.of(LOWER, 5)}_${m.of(DIGITS, 3)}@sub-domain.example.museum`,
  (m) => `${m.of(DIGITS, 8)}@qq.com`,
  (m) => `o'${m.of(LOWER, 5)}@example.ie`,
  (m) => `jürgen.${m.of(LOWER, 4)}@bücher.example`,
  (m) => `${m.of(LOWER, 4)}@example.xn--p1ai`,
  (m) => `иван.${m.of(LOWER, 3)}ов@пример.рф`,
  () => "用户@例子.公司",
  (m) => `"${m.of(LOWER, 4)} ${m.of(LOWER, 3)}"@example.com`,
  (m) => `${m.of(LOWER, 6)}%40example.com`,
  (m) => `${m.of(LOWER, 3)}@[192.0.2.${m.below(250)}]`,
  (m) => `${m.of(LOWER, 3)}-${m.of(LOWER, 3)}@a.b.c.example.travel`,
];

/** Beginnings and lengths of cards by issuer, and how they are printed. */
const CARDS = [
  { starts: ["4"], length: 16, sizes: [4, 4, 4, 4] },
  { starts: ["51", "55", "2221", "2720"], length: 16, sizes: [4, 4, 4, 4] },
  { starts: ["34", "37"], length: 15, sizes: [4, 6, 5] },
  { starts: ["6011", "65"], length: 16, sizes: [4, 4, 4, 4] },
  { starts: ["300", "36", "38"], length: 14, sizes: [4, 6, 4] },
  { starts: ["3528", "3589"], length: 16, sizes: [4, 4, 4, 4] },
  { starts: ["62"], length: 16, sizes: [4, 4, 4, 4] },
] as const;
/** Lengths that need a word. */
const SAID_CARDS = [
  { starts: ["4"], length: 13, sizes: [4, 3, 3, 3] },
  { starts: ["5018", "6759"], length: 12, sizes: [4, 4, 4] },
  { starts: ["4"], length: 16, sizes: [6, 10] },
  { starts: ["37"], length: 15, sizes: [5, 5, 5] },
  { starts: ["62"], length: 19, sizes: [6, 13] },
] as const;
const SAYING_CARDS = [
  "Need to change billing date of my card @",
  "my credit card number is @?",
  "Please block card no @",
  "VISA: @",
  '{"cardNumber":"@"}',
] as const;

function cardOf(
  m: Maker,
  { starts, length, sizes }: (typeof CARDS | typeof SAID_CARDS)[number],
): string {
  const start = m.pick<string>(starts);
  const digits = start + m.of(DIGITS, length - start.length - 1);
  const card = digits + luhnDigit(digits);
  const separator = m.pick(["", "", " ", "-", ".", NBSP]);
  let at = 0;
  return sizes.map((size) => card.slice(at, (at += size))).join(separator);
}

function luhnDigit(digits: string): string {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = Number(digits[digits.length - 1 - i]);
    const doubled = i % 2 === 0 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return String((10 - (sum % 10)) % 10);
}

function ssnOf(m: Maker, separator: string): string {
  const area = String(1 + m.below(664)).padStart(3, "0");
  return [area, m.filled("^#"), m.filled("^###")].join(separator);
}
const SAYING_SSN = [
  "My SSN is @",
  "social security number: @",
  "ssn=@",
  '{"ssn":"@"}',
  "Social Security No. @, please update",
] as const;

/** Structures of IBANs: digits, letters, or either. */
const IBANS = {
  GB: "aaaannnnnnnnnnnnnn",
  DE: "nnnnnnnnnnnnnnnnnn",
  FR: "nnnnnnnnnncccccccccccnn",
  NL: "aaaannnnnnnnnn",
  ES: "nnnnnnnnnnnnnnnnnnnn",
  NO: "nnnnnnnnnnn",
  MT: "aaaannnnncccccccccccccccccc",
  CH: "nnnnncccccccccccc",
  PL: "nnnnnnnnnnnnnnnnnnnnnnnn",
  SA: "nncccccccccccccccccc",
} as const;

function ibanOf(m: Maker): string {
  const country = m.pick(Object.keys(IBANS) as (keyof typeof IBANS)[]);
  const alphabets = { n: DIGITS, a: UPPER, c: UPPER + DIGITS };
  const body = IBANS[country].replaceAll(/[nac]/g, (sign) => m.of(alphabets[sign as "n"], 1));
  const digits = `${body}${country}00`.replaceAll(/[A-Z]/g, (c) => String(c.charCodeAt(0) - 55));
  const check = String(98n - (BigInt(digits) % 97n)).padStart(2, "0");
  const iban = `${country}${check}${body}`;
  const inGroups = (separator: string): string => (iban.match(/.{1,4}/g) ?? []).join(separator);
  return m.pick([iban, iban.toLowerCase(), inGroups(" "), inGroups("-"), inGroups(NBSP)]);
}

function ipv4Of(m: Maker): string {
  return Array.from({ length: 4 }, () => m.below(256)).join(".");
}
const IPS: readonly ((m: Maker) => string)[] = [
  ipv4Of,
  ipv4Of,
  ipv4Of,
  (m) => Array.from({ length: 8 }, () => m.of(HEX, 4)).join(":"),
  (m) =>
    Array.from({ length: 8 }, () => m.of(HEX, 4))
      .join(":")
      .toUpperCase(),
  (m) => `2001:db8::${m.of(HEX, 4)}`,
  (m) => `2001:db8:${m.of(HEX, 3)}a::1`,
  (m) => `fe80::${m.of(HEX, 4)}:${m.of(HEX, 4)}%eth${m.below(9)}`,
  (m) => `::ffff:${ipv4Of(m)}`,
  (m) => `64:ff9b::${ipv4Of(m)}`,
  (m) => `::${m.below(9) + 1}`,
  (m) => `fd${m.of(HEX, 2)}:${m.of(HEX, 4)}::${m.of(HEX, 2)}:1`,
];
const AROUND_IPS = [
  "connection from @ closed",
  "I can't browse to your site, keep getting address @ blocked error",
  "client=@",
  "[@]:443",
  "peers: @, none other",
  "it is @.",
  '{"ip":"@"}',
  "@ - - [10/Oct/2000:13:55:36 -0700]",
] as const;

/** What is no personal data, and has the digits or signs of some. */
const CLEAN: readonly ((m: Maker) => string)[] = [
  (m) => `upgraded to version ${m.below(9)}.${m.below(20)}.${m.below(9)}.${m.below(99)} today`,
  (m) => `v${m.below(9)}.${m.below(20)}.${m.below(9)}.${m.below(99)} is out`,
  (m) => `Chrome/1${m.of(DIGITS, 2)}.0.0.0 Safari/537.36`,
  (m) =>
    `lib-${m.below(9)}.${m.below(9)}.${m.below(9)}.${m.below(9)}.jar and lib.so.1.2.${m.below(9)}.4`,
  (m) => `see section ${1 + m.below(9)}.${m.below(9)}.${m.below(9)}.${m.below(9)}`,
  (m) => m.filled("order 112-#######-####### was shipped"),
  (m) => m.filled("order number 45000##### and invoice 2024-00####"),
  (m) => m.filled("your order number is 4500 ##### ###"),
  (m) => m.filled("ticket number 1234-####, customer number 12 345 ###"),
  (m) => m.filled("2024-0^-1# 1#:4#:4#,### INFO done in 12#####"),
  (m) => m.filled("20^#-10-1#T1#:4#:4#.######Z"),
  (m) => m.filled("081109 20361# 148 INFO 1#####"),
  (m) => m.filled("at 17######## ms 17########### ns 17#################"),
  (m) => `request ${m.uuid()} took 12 ms`,
  (m) => m.filled("job ########-1###-4###-8###-############ ended"),
  (m) => `commit ${m.of(HEX, 40)} and md5 ${m.of(HEX, 32)}`,
  (m) => `trace ${m.of(HEX, 32)} span ${m.of(HEX, 16)}`,
  (m) => m.filled("ISBN 978-3-16-14####-0 and ISBN-10 0-306-40###-2"),
  (m) => m.filled("the ISBN number is 978-0-14-03####-1"),
  (m) => m.filled("ISSN number 2049-363#"),
  (m) => m.filled("listening on localhost:80## and 0.0:90##").replace("0.0:", "port "),
  (m) => m.filled("on 1#/0^/2024, 0^.1#.2023 and 2023.0^.1#"),
  (m) => m.filled("Call me on 1/1#/2024 at 1#:30"),
  (m) => m.filled("call me at 1#.30.00"),
  (m) => m.filled("contacted on 2024 01 1#, called in 2019 or 2020"),
  (m) => m.filled("position 40.71####, -74.00#### within 12.5 m"),
  (m) => m.filled("paid $^,###,###.## and 12.###,## EUR"),
  (m) => m.filled("sales reached ^ ### ### in May, 1^ ### ### in June"),
  (m) => m.filled("pid 12### tid 139#########1 rss 10#####"),
  (m) => m.filled("wrote 10##### bytes at offset 2##########"),
  (m) => `mac 00:1a:2b:${m.of(HEX, 2)}:4d:5e and ff-ee-dd-${m.of(HEX, 2)}-bb-aa`,
  (m) => `std::vector<Foo::Bar${m.below(9)}> a::b at main.cc:${m.below(999)}:${m.below(99)}`,
  (m) => m.filled("pi is 3.14159265### and e 2.7182818###"),
  (m) => m.filled("my driver's license number is 2270-66-1###"),
  (m) => m.filled("zip 12345-#### and ZIP: 75534-0##"),
  (m) => m.filled("Suite 5^1 6343 Skogstien 1##\nASKER 13##"),
  (m) => m.filled("I'd like to call a taxi to 6^89 24## Main Street Apt. 6#1"),
  (m) => m.filled("tracking 1Z999AA101234567## and part 12-3456-7#"),
  (m) => `IMEI ${imeiOf(m)}`,
  (m) => m.filled("serial number 4711 ### ###, lot 0815 ####"),
  (m) => m.filled("sizes 200 512 1024 20## 40##"),
  (m) => m.filled("LIMIT 1### OFFSET 10##### rows 1000000 to 20#####"),
  (m) => m.filled('"GET /v1/items/12##### HTTP/1.1" 200 12##### 0.1##'),
  (m) => `user@localhost icon@${1 + m.below(3)}x.png git@github.com:a/b react@18.${m.below(9)}.0`,
  (m) => `GET /%40scope%2fname/-/name-1.${m.below(9)}.0.tgz`,
  (m) => m.filled("card art 4111 and 4 of 12 cards, 16 more"),
  (m) => m.filled("account 12 of 34, case 2024-1##"),
  (m) =>
    `at ${m.of(HEX, 8)}-${m.of(HEX, 4)} be12${m.of(HEX, 12)} ad${m.of(DIGITS, 2)}${m.of(HEX, 20)}`,
  (m) => m.filled("0x7ffe######## 0x0000###1 #1a2b3c"),
  (m) => m.filled("retry 3 of 5 in 1500 ms, 99.9## %, -12.5 °C"),
  (m) => m.filled("1234567890 and order 555########"),
  (m) => `session ${m.of(ALNUM, 26)} epoch 1700000000`,
];

/** Fifteen digits with a check digit as cards have it. */
function imeiOf(m: Maker): string {
  const digits = `35${m.of(DIGITS, 12)}`;
  return digits + luhnDigit(digits);
}

type Make = (m: Maker) => readonly [around: string, value: string];

const KINDS: Readonly<Record<string, readonly Make[]>> = {
  phone: [
    ...PLAIN_PHONES.map((format): Make => (m) => [m.pick([...PLAIN, ...SAYING]), m.filled(format)]),
    ...SAID_PHONES.map((format): Make => (m) => [m.pick(SAYING), m.filled(format)]),
    ...ALONE_PHONES.map((format): Make => (m) => [m.pick(SAYING_ALONE), m.filled(format)]),
  ],
  email: EMAILS.map((email): Make => (m) => [m.pick(PLAIN), email(m)]),
  credit_card: [
    ...CARDS.map((card): Make => (m) => [m.pick([...PLAIN, ...SAYING_CARDS]), cardOf(m, card)]),
    ...SAID_CARDS.map((card): Make => (m) => [m.pick(SAYING_CARDS), cardOf(m, card)]),
  ],
  ssn: [
    (m) => [m.pick([...PLAIN, ...SAYING_SSN]), ssnOf(m, "-")],
    (m) => [m.pick([...PLAIN, ...SAYING_SSN]), ssnOf(m, "\u{2011}")],
    ...["", " ", ".", NBSP].map((sign): Make => (m) => [m.pick(SAYING_SSN), ssnOf(m, sign)]),
  ],
  ip_address: IPS.map((ip): Make => (m) => [m.pick(AROUND_IPS), ip(m)]),
  iban: [(m) => [m.pick([...PLAIN, "My IBAN is @", "money transfer from @ to others"]), ibanOf(m)]],
};

/** Sentences for each kind, `count` of each of its formats or more. */
export function personalSentences(seed: number, count: number): Sentence[] {
  const m = new Maker(seededRandom(seed));
  return Object.entries(KINDS).flatMap(([kind, formats]) => {
    const times = Math.max(count, Math.ceil((count * 10) / formats.length));
    return formats.flatMap((format) =>
      Array.from({ length: times }, () => {
        const [around, value] = format(m);
        const [before = "", after = ""] = around.split("@");
        const start = Buffer.byteLength(before);
        const label = { kind, start, end: start + Buffer.byteLength(value) };
        return { text: `${before}${value}${after}`, labels: [label] };
      }),
    );
  });
}

/** Sentences without personal data, `count` of each format. */
export function cleanSentences(seed: number, count: number): Sentence[] {
  const m = new Maker(seededRandom(seed));
  return CLEAN.flatMap((make) =>
    Array.from({ length: count }, () => ({ text: make(m), labels: [] })),
  );
}
