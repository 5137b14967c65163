import type { Cause } from '../errors/api-error.ts';
import { dns1123SubdomainErrors } from '../names/dns.ts';
import { invalidEach, invalidValue } from './causes.ts';

const PATH = /^[A-Za-z0-9/\-._~%!$&'()*+,;=:]+$/;

/** `example.com/some/thing` */
export function checkDomainPath(text: string, field: string, causes: Cause[]): void {
  const slash = text.indexOf('/');
  if (slash <= 0 || slash === text.length - 1) {
    causes.push(invalidValue(field, text, 'must be a domain-prefixed path (such as "acme.io/foo")'));
    return;
  }
  const problems = dns1123SubdomainErrors(text.slice(0, slash)).map((problem) => `prefix part ${problem}`);
  invalidEach(causes, field, text, problems);
  if (!PATH.test(text.slice(slash + 1))) causes.push(invalidValue(field, text, 'Invalid path'));
}
