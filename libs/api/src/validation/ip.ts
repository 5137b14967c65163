import { isIP, isIPv4, isIPv6 } from 'node:net';
import type { Cause } from '../errors/api-error.ts';
import { invalidValue } from './causes.ts';

export function checkIp(ip: string, path: string, causes: Cause[]): void {
  if (isIP(ip) === 0) {
    causes.push(invalidValue(path, ip, 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'));
  }
}

export function checkIpOfFamily(ip: string, family: 'IPv4' | 'IPv6', path: string, causes: Cause[]): void {
  const valid = family === 'IPv4' ? isIPv4(ip) : isIPv6(ip);
  if (!valid) causes.push(invalidValue(path, ip, `must be a valid ${family} address`));
}

/** Addresses that mean something else on every node cannot be endpoints. */
export function checkNonSpecialIp(ip: string, path: string, causes: Cause[]): void {
  if (isIP(ip) === 0) {
    causes.push(invalidValue(path, ip, 'must be a valid IP address'));
    return;
  }
  const text = ip.toLowerCase();
  if (text === '0.0.0.0' || text === '::') {
    causes.push(invalidValue(path, ip, `may not be unspecified (${ip})`));
  }
  if (text.startsWith('127.') || text === '::1') {
    causes.push(invalidValue(path, ip, 'may not be in the loopback range (127.0.0.0/8, ::1/128)'));
  }
  if (text.startsWith('169.254.') || /^fe[89ab][0-9a-f]:/.test(text)) {
    causes.push(invalidValue(path, ip, 'may not be in the link-local range (169.254.0.0/16, fe80::/10)'));
  }
  if (text.startsWith('224.0.0.') || /^ff[0-9a-f]2:/.test(text)) {
    causes.push(
      invalidValue(path, ip, 'may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)'),
    );
  }
}

export function checkCidr(cidr: string, path: string, causes: Cause[]): void {
  const [address = '', prefix = ''] = cidr.split('/');
  const bits = { 4: 32, 6: 128 }[isIP(address)] ?? -1;
  const valid =
    /^(0|[1-9][0-9]{0,2})$/.test(prefix) && Number(prefix) <= bits && cidr.split('/').length === 2;
  if (!valid) {
    causes.push(invalidValue(path, cidr, 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)'));
  }
}
