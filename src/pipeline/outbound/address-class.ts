import { BlockList, isIPv4, isIPv6 } from "node:net";

/**
 * Who may be reached at an address. `never`: link-local addresses and those at which clouds give out
 * credentials, and what is no address of one host. `private`: loopback, networks of one's own, and
 * ways through a tunnel. All else is `public`.
 */
export type AddressClass = "public" | "private" | "never";

const NEVER = listOf([
  "0.0.0.0/8",
  // Link-local, with the metadata services of most clouds (169.254.169.254, 169.254.170.2).
  "169.254.0.0/16",
  // Metadata services elsewhere: Alibaba, Azure's wire server, Oracle.
  "100.100.100.200/32",
  "168.63.129.16/32",
  "192.0.0.0/24",
  // Multicast, reserved, broadcast.
  "224.0.0.0/4",
  "240.0.0.0/4",
  "::/128",
  "fe80::/10",
  "ff00::/8",
  // Metadata services by IPv6: AWS, Google.
  "fd00:ec2::254/128",
  "fd20:ce::254/128",
]);

/** By the special-purpose registries of IANA (RFC 6890), and site-local addresses of old. */
const PRIVATE = listOf([
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "172.16.0.0/12",
  "192.0.2.0/24",
  "192.88.99.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "::1/128",
  "100::/64",
  "2001:db8::/32",
  "3fff::/20",
  "5f00::/16",
  "fc00::/7",
  "fec0::/10",
]);

/** The class of an IP address in any spelling that a system's resolver or a URL gives; other text is `never`. */
export function classOfAddress(address: string): AddressClass {
  if (isIPv4(address)) return classIn(address, "ipv4");
  const plain = address.split("%", 1)[0]!;
  if (!isIPv6(plain)) return "never";
  const groups = groupsOf(plain);
  const own = classIn(plain, "ipv6");
  if (own === "never") return own;
  if (isMapped(groups)) return classOfAddress(ipv4At(groups, 6));
  const inner = tunnelled(groups);
  if (inner === undefined) return own;
  // Whoever stands at the end of a tunnel decides where it goes: never public.
  return inner.some((one) => classOfAddress(one) === "never") ? "never" : "private";
}

function classIn(address: string, family: "ipv4" | "ipv6"): AddressClass {
  if (NEVER.check(address, family)) return "never";
  return PRIVATE.check(address, family) ? "private" : "public";
}

/** `::ffff:a.b.c.d`, which systems connect to over IPv4. */
function isMapped(groups: readonly number[]): boolean {
  return groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
}

/** The IPv4 addresses inside one of a tunnel or translator; undefined for any other. */
function tunnelled(groups: readonly number[]): string[] | undefined {
  const [first, second] = groups;
  // IPv4-compatible (RFC 4291), but for ::1.
  if (groups.slice(0, 6).every((group) => group === 0) && groups[6] !== 0)
    return [ipv4At(groups, 6)];
  // NAT64 (RFC 6052, RFC 8215), 6to4 (RFC 3056), Teredo (RFC 4380: server, and client inverted).
  if (first === 0x64 && second === 0xff9b) return [ipv4At(groups, 6)];
  if (first === 0x2002) return [ipv4At(groups, 1)];
  if (first !== 0x2001 || second !== 0) return undefined;
  const client = groups.map((group) => group ^ 0xffff);
  return [ipv4At(groups, 2), ipv4At(client, 6)];
}

function ipv4At(groups: readonly number[], index: number): string {
  const [high, low] = [groups[index]!, groups[index + 1]!];
  return [high >> 8, high & 0xff, low >> 8, low & 0xff].join(".");
}

/** The eight groups of an address that is valid. */
function groupsOf(address: string): number[] {
  const dotted = /(?:\d+\.){3}\d+$/.exec(address)?.[0];
  const bytes = dotted?.split(".").map(Number);
  const text =
    dotted === undefined || bytes === undefined
      ? address
      : address.slice(0, -dotted.length) +
        [bytes[0]! * 256 + bytes[1]!, bytes[2]! * 256 + bytes[3]!]
          .map((group) => group.toString(16))
          .join(":");
  const [head, tail] = text
    .split("::")
    .map((part) => (part === "" ? [] : part.split(":").map((group) => Number.parseInt(group, 16))));
  if (tail === undefined) return head!;
  const zeros = Array.from({ length: 8 - head!.length - tail.length }, () => 0);
  return [...head!, ...zeros, ...tail];
}

function listOf(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address, bits] = network.split("/");
    list.addSubnet(address!, Number(bits), address!.includes(":") ? "ipv6" : "ipv4");
  }
  return list;
}
