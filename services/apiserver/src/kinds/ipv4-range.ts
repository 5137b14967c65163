/** A block of IPv4 addresses, `10.96.0.0/16`. */
export interface Ipv4Range {
  readonly text: string;
  /** The network address as a number. */
  readonly base: number;
  /** How many addresses it has, network and broadcast address included. */
  readonly size: number;
}

/** @throws Error for what is no IPv4 block. */
export function parseIpv4Range(text: string): Ipv4Range {
  const [address = '', length = ''] = text.split('/');
  const number = parseIpv4(address);
  const bits = Number(length);
  if (number === undefined || !/^\d{1,2}$/.test(length) || bits > 32)
    throw new Error(`${text} is no IPv4 range`);
  const size = 2 ** (32 - bits);
  return { text, base: number - (number % size), size };
}

/** Undefined for what is no IPv4 address in its usual form. */
export function parseIpv4(text: string): number | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  let number = 0;
  for (const part of parts) {
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined;
    number = number * 256 + Number(part);
  }
  return number;
}

export function formatIpv4(number: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.');
}

/** The n-th address of the range; 0 is the network address. */
export function addressAt({ base }: Ipv4Range, n: number): string {
  return formatIpv4(base + n);
}

/** True for an address that can be given to somebody: neither network nor broadcast address. */
export function isUsable({ base, size }: Ipv4Range, number: number): boolean {
  return number > base && number < base + size - 1;
}
