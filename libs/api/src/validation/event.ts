import type { Event } from '@reckon/proto/reckon/api/core/v1/event.ts';
import type { Cause } from '../errors/api-error.ts';
import { qualifiedNameErrors } from '../names/label.ts';
import { pathSegmentName } from '../names/object-name.ts';
import { invalidEach, invalidValue, required } from './causes.ts';
import { EVENT_OF_V1 } from './event-v1.ts';
import type { Frozen, KindRules } from './types.ts';

const MAX_BYTES = 128;
const MAX_NOTE_BYTES = 1_024;

export const EVENT: KindRules<Event> = {
  name: pathSegmentName,
  object: checkEvent,
  versions: { 'events.k8s.io/v1': EVENT_OF_V1 },
};

/** Those with an `eventTime` are of the newer kind, which has to say who reports what. */
function checkEvent(event: Frozen<Event>, causes: Cause[], askedIn: string): void {
  const namespace = event.metadata?.namespace ?? '';
  const involved = event.involvedObject?.namespace ?? '';
  if (event.eventTime === undefined) {
    const matches = involved === '' ? namespace === '' || namespace === 'default' : namespace === involved;
    if (!matches) causes.push(elsewhere(involved));
    return;
  }
  if (involved === '' && namespace !== 'default' && namespace !== 'kube-system') {
    causes.push(elsewhere(involved));
  }
  const controller = event.reportingComponent ?? '';
  const field = askedIn === '' ? 'reportingComponent' : 'reportingController';
  if (controller === '') causes.push(required(field));
  invalidEach(causes, field, controller, qualifiedNameErrors(controller));
  checkLength('reportingInstance', event.reportingInstance, MAX_BYTES, causes);
  checkLength('action', event.action, MAX_BYTES, causes);
  checkLength('reason', event.reason, MAX_BYTES, causes);
  if (Buffer.byteLength(event.message ?? '') > MAX_NOTE_BYTES)
    causes.push(atMostCharacters('message', MAX_NOTE_BYTES));
}

function checkLength(field: string, text = '', maxBytes: number, causes: Cause[]): void {
  if (text === '') causes.push(required(field));
  if (Buffer.byteLength(text) > maxBytes) causes.push(atMostCharacters(field, maxBytes));
}

/** Kubernetes says characters where it counts bytes. */
function atMostCharacters(field: string, max: number): Cause {
  return invalidValue(field, '', `can have at most ${max} characters`);
}

function elsewhere(namespace: string): Cause {
  return invalidValue('involvedObject.namespace', namespace, 'does not match event.namespace');
}
