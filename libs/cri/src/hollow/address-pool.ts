import { ApiError } from '@reckon/api';

/**
 * Addresses of an IPv4 network without its first two (network, gateway) and its last (broadcast). One that was
 * given back is taken again only after all others, as CNI's host-local does: whoever still talks to the old pod
 * does not meet a new one.
 */
export class AddressPool {
  readonly #first: number;
  readonly #count: number;
  #next = 0;
  readonly #taken = new Set<number>();

  constructor(cidr: string) {
    const [network = '', bits = '32'] = cidr.split('/');
    const base = network.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0);
    this.#first = base + 2;
    this.#count = Math.max(0, 2 ** (32 - Number(bits)) - 3);
  }

  take(): string {
    for (let tries = 0; tries < this.#count; tries++) {
      const offset = this.#next;
      this.#next = (this.#next + 1) % this.#count;
      if (this.#taken.has(offset)) continue;
      this.#taken.add(offset);
      return dotted(this.#first + offset);
    }
    throw new ApiError('InternalError', 'no IP addresses available in the pods network of this node');
  }

  give(address: string): void {
    const value = address.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0);
    this.#taken.delete(value - this.#first);
  }
}

function dotted(value: number): string {
  return [value / 2 ** 24, value / 2 ** 16, value / 2 ** 8, value]
    .map((part) => Math.floor(part) % 256)
    .join('.');
}
