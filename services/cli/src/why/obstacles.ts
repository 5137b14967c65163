/** Why an object is not where it should be: what its status says to whoever knows where to look. */
import { isObject, type Json, type JsonObject } from '../history/diff.ts';

/** Conditions that are bad news when they are true. */
const BAD_WHEN_TRUE: ReadonlySet<string> = new Set([
  'ReplicaFailure',
  'MemoryPressure',
  'DiskPressure',
  'PIDPressure',
  'NetworkUnavailable',
  'Failed',
  'DisruptionTarget',
]);

/** One sentence each, the most telling first; none if all is well. */
export function obstaclesOf(object: Json): readonly string[] {
  const status = member(object, 'status');
  const told: string[] = [];
  const phase = text(status, 'phase');
  if (phase !== undefined && ['Pending', 'Failed', 'Unknown', 'Terminating'].includes(phase))
    told.push(sentence(`the phase is ${phase}`, status));
  const nominated = text(status, 'nominatedNodeName');
  if (phase === 'Pending' && nominated !== undefined)
    told.push(`pods of lower priority make room for it on ${nominated}`);
  const deletion = text(member(object, 'metadata'), 'deletionTimestamp');
  if (deletion !== undefined) {
    const finalizers = items(member(object, 'metadata'), 'finalizers').filter(
      (one) => typeof one === 'string',
    );
    const waits = finalizers.length > 0 ? `, which waits for ${finalizers.join(', ')}` : '';
    told.push(`it is being deleted since ${deletion}${waits}`);
  }
  for (const condition of items(status, 'conditions')) {
    const type = text(condition, 'type') ?? '';
    const bad = BAD_WHEN_TRUE.has(type) ? 'True' : 'False';
    const state = text(condition, 'status');
    if (state === bad || state === 'Unknown') told.push(sentence(`${type} is ${state}`, condition));
  }
  for (const list of ['initContainerStatuses', 'containerStatuses', 'ephemeralContainerStatuses'])
    for (const container of items(status, list)) told.push(...ofContainer(container));
  return told;
}

function ofContainer(container: Json): readonly string[] {
  const name = `container ${text(container, 'name') ?? ''}`;
  const state = member(container, 'state');
  const told: string[] = [];
  const waiting = member(state, 'waiting');
  if (waiting) told.push(sentence(`${name} is waiting`, waiting));
  const ended = member(state, 'terminated');
  if (ended && number(ended, 'exitCode') !== 0)
    told.push(sentence(`${name} ended with ${exit(ended)}`, ended));
  const before = member(member(container, 'lastState'), 'terminated');
  if (before) told.push(sentence(`${name} ended before with ${exit(before)}`, before));
  const restarts = number(container, 'restartCount') ?? 0;
  if (restarts > 0) told.push(`${name} was restarted ${restarts} time${restarts === 1 ? '' : 's'}`);
  return told;
}

function exit(terminated: Json): string {
  return `exit code ${number(terminated, 'exitCode') ?? '?'}`;
}

/** What is so, its reason and its message. */
function sentence(what: string, why: Json | undefined): string {
  const [reason, message] = [text(why, 'reason'), text(why, 'message')];
  return `${what}${reason === undefined ? '' : ` (${reason})`}${message === undefined ? '' : `: ${message}`}`;
}

function member(value: Json | undefined, key: string): JsonObject | undefined {
  const found = isObject(value) ? value[key] : undefined;
  return isObject(found) ? found : undefined;
}

function items(value: Json | undefined, key: string): readonly Json[] {
  const found = isObject(value) ? value[key] : undefined;
  return Array.isArray(found) ? found : [];
}

function text(value: Json | undefined, key: string): string | undefined {
  const found = isObject(value) ? value[key] : undefined;
  return typeof found === 'string' && found !== '' ? found : undefined;
}

function number(value: Json | undefined, key: string): number | undefined {
  const found = isObject(value) ? value[key] : undefined;
  return typeof found === 'number' ? found : undefined;
}
