/** Pods of one node at most: what a /24 holds, unless so many nodes share the network that less is left. */
const LARGEST_BITS = 24;
const SMALLEST_BITS = 28;

/**
 * The `index`-th of `count` equal parts of an IPv4 network. If there are not enough parts of a useful size they are
 * used again from the start: addresses of hollow pods lead nowhere anyway.
 */
export function subnet(cidr: string, index: number, count: number): string {
  const [network = '0.0.0.0', length = '16'] = cidr.split('/');
  const wanted = Number(length) + Math.ceil(Math.log2(Math.max(count, 1)));
  const bits = Math.min(Math.max(wanted, LARGEST_BITS), SMALLEST_BITS);
  const parts = 2 ** (bits - Number(length));
  const base = network.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0);
  const first = base + (index % parts) * 2 ** (32 - bits);
  const dotted = [24, 16, 8, 0].map((shift) => Math.floor(first / 2 ** shift) % 256).join('.');
  return `${dotted}/${bits}`;
}
