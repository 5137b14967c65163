import type { ResourceRequirements } from '@reckon/proto/reckon/api/core/v1/resources.ts';
import type { Cause } from '../../errors/api-error.ts';
import { getField } from '../../json/build.ts';
import { qualifiedNameErrors } from '../../names/label.ts';
import { compareQuantity, formatQuantity, type Quantity, tryParseQuantity } from '../../quantity/quantity.ts';
import { forbidden, invalidEach, invalidValue, required } from '../causes.ts';
import type { Frozen } from '../types.ts';

type Quantities = Readonly<Record<string, string>>;

const HUGE_PAGES = 'hugepages-';
const CONTAINER_RESOURCES: ReadonlySet<string> = new Set(['cpu', 'memory', 'ephemeral-storage']);
const NANO = 10n ** 9n;

export function checkResources(
  resources: Frozen<ResourceRequirements> | undefined,
  path: string,
  causes: Cause[],
): void {
  const { limits = {}, requests = {} } = resources ?? {};
  for (const name in limits) checkQuantity(name, limits[name], `${path}.limits[${name}]`, causes);
  for (const name in requests) {
    checkQuantity(name, requests[name], `${path}.requests[${name}]`, causes);
    checkRequest(name, requests, limits, path, causes);
  }
  const names = new Set([...Object.keys(limits), ...Object.keys(requests)]);
  const hasHugePages = [...names].some((name) => name.startsWith(HUGE_PAGES));
  if (hasHugePages && !names.has('cpu') && !names.has('memory')) {
    causes.push(forbidden(path, 'HugePages require cpu or memory'));
  }
}

function checkQuantity(name: string, text: string | undefined, path: string, causes: Cause[]): void {
  checkResourceName(name, path, causes);
  checkResourceValue(name, text, path, causes);
}

/** Quantities of resources, wherever they stand: not negative, and whole where the resource has no parts. */
export function checkResourceValue(
  name: string,
  text: string | undefined,
  path: string,
  causes: Cause[],
): void {
  const quantity = parsed(text);
  if (quantity === undefined) return;
  if (quantity.nano < 0n) {
    causes.push(invalidValue(path, formatQuantity(quantity), 'must be greater than or equal to 0'));
  }
  if (isWhole(name) && quantity.nano % NANO !== 0n) {
    causes.push(invalidValue(path, formatQuantity(quantity), 'must be an integer'));
  }
}

/** Resources of other vendors and pods are counted. */
function isWhole(name: string): boolean {
  return name === 'pods' || isExtended(name);
}

function isExtended(name: string): boolean {
  return name.includes('/') && !isNative(name) && !name.startsWith('requests.');
}

function isNative(name: string): boolean {
  return !name.includes('/') || name.includes('kubernetes.io/');
}

function checkResourceName(name: string, path: string, causes: Cause[]): void {
  const problems = qualifiedNameErrors(name);
  invalidEach(causes, path, name, problems);
  if (problems.length > 0) return;
  if (!name.includes('/')) {
    if (CONTAINER_RESOURCES.has(name) || name.startsWith(HUGE_PAGES)) return;
    causes.push(invalidValue(path, name, 'must be a standard resource type or fully qualified'));
    causes.push(invalidValue(path, name, 'must be a standard resource for containers'));
  } else if (!isNative(name) && name.startsWith('requests.')) {
    causes.push(invalidValue(path, name, "doesn't follow extended resource name standard"));
  }
}

/** A request stays within its limit; what cannot be shared needs both, and equal. */
function checkRequest(
  name: string,
  requests: Quantities,
  limits: Quantities,
  path: string,
  causes: Cause[],
): void {
  const shareable = isNative(name) && !name.startsWith(HUGE_PAGES);
  const request = parsed(getField(requests, name));
  const limit = parsed(getField(limits, name));
  if (request === undefined) return;
  if (limit === undefined) {
    if (!shareable) {
      causes.push(required(`${path}.limits`, 'Limit must be set for non overcommitable resources'));
    }
    return;
  }
  const order = compareQuantity(request, limit);
  const value = formatQuantity(request);
  if (order !== 0 && !shareable) {
    causes.push(
      invalidValue(`${path}.requests`, value, `must be equal to ${name} limit of ${formatQuantity(limit)}`),
    );
  } else if (order > 0) {
    causes.push(
      invalidValue(
        `${path}.requests`,
        value,
        `must be less than or equal to ${name} limit of ${formatQuantity(limit)}`,
      ),
    );
  }
}

/** Text that is no quantity has been refused when the object was decoded. */
function parsed(text: string | undefined): Quantity | undefined {
  if (text === undefined) return undefined;
  const quantity = tryParseQuantity(text);
  return typeof quantity === 'string' ? undefined : quantity;
}
