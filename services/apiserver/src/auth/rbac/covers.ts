/**
 * Does who holds these rules hold those, too? Nobody may give away what he does not have (Kubernetes: "privilege
 * escalation prevention and bootstrapping").
 */
import { ALL, type PolicyRule, pathMatches } from './rule.ts';

/** @returns what of `wanted` is not covered, each part for itself; empty if all is. */
export function missingRights(
  held: readonly PolicyRule[],
  wanted: readonly PolicyRule[],
): readonly PolicyRule[] {
  return wanted.flatMap(parts).filter((part) => !held.some((rule) => covers(rule, part)));
}

/** One part for every combination of verb, group, resource and name. */
function parts(rule: PolicyRule): readonly PolicyRule[] {
  const { verbs, apiGroups, resources, resourceNames, nonResourceURLs } = rule;
  const names = resourceNames.length === 0 ? [[]] : resourceNames.map((name) => [name]);
  const ofResources = apiGroups.flatMap((group) =>
    resources.flatMap((resource) =>
      verbs.flatMap((verb) =>
        names.map((name) => ({
          verbs: [verb],
          apiGroups: [group],
          resources: [resource],
          resourceNames: name,
          nonResourceURLs: [],
        })),
      ),
    ),
  );
  const ofPaths = nonResourceURLs.flatMap((path) =>
    verbs.map((verb) => ({
      verbs: [verb],
      apiGroups: [],
      resources: [],
      resourceNames: [],
      nonResourceURLs: [path],
    })),
  );
  return [...ofResources, ...ofPaths];
}

function covers(held: PolicyRule, part: PolicyRule): boolean {
  return (
    coversAll(held.verbs, part.verbs) &&
    coversAll(held.apiGroups, part.apiGroups) &&
    part.resources.every((resource) => coversResource(held.resources, resource)) &&
    coversNames(held.resourceNames, part.resourceNames) &&
    part.nonResourceURLs.every((path) => held.nonResourceURLs.some((pattern) => pathMatches(pattern, path)))
  );
}

function coversAll(held: readonly string[], wanted: readonly string[]): boolean {
  return held.includes(ALL) || wanted.every((one) => held.includes(one));
}

function coversResource(held: readonly string[], resource: string): boolean {
  if (held.includes(ALL) || held.includes(resource)) return true;
  const slash = resource.indexOf('/');
  return slash >= 0 && held.includes(`*${resource.slice(slash)}`);
}

/** No names are all names. */
function coversNames(held: readonly string[], wanted: readonly string[]): boolean {
  if (held.length === 0) return true;
  return wanted.length > 0 && wanted.every((name) => held.includes(name));
}

/** The missing parts as people read them, verbs of the same thing together, sorted. */
export function describeMissing(missing: readonly PolicyRule[]): readonly string[] {
  const merged = new Map<string, PolicyRule>();
  for (const part of missing) {
    const { verbs, ...what } = part;
    const key = JSON.stringify(what);
    const there = merged.get(key);
    merged.set(key, there ? { ...there, verbs: [...new Set([...there.verbs, ...verbs])] } : part);
  }
  return [...merged.values()].map(describe).sort();
}

function describe(rule: PolicyRule): string {
  const fields = [
    ['APIGroups', rule.apiGroups],
    ['Resources', rule.resources],
    ['NonResourceURLs', rule.nonResourceURLs],
    ['ResourceNames', rule.resourceNames],
    ['Verbs', rule.verbs],
  ] as const;
  const shown = fields.filter(([, values]) => values.length > 0);
  return `{${shown.map(([name, values]) => `${name}:${quoted(values)}`).join(', ')}}`;
}

/** `["a" "b"]`, as Go's `%q` shows a list. */
export function quoted(values: readonly string[]): string {
  return `[${values.map((value) => JSON.stringify(value)).join(' ')}]`;
}
