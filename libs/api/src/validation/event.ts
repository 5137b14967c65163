import type { Event } from '@reckon/proto/reckon/api/core/v1/event.ts';
import type { Cause } from '../errors/api-error.ts';
import { qualifiedNameErrors } from '../names/label.ts';
import { pathSegmentName } from '../names/object-name.ts';
import { invalidEach, invalidValue, required } from './causes.ts';
import type { Frozen, KindRules } from './types.ts';

const MAX_LENGTH = 128;
const MAX_NOTE_LENGTH = 1_024;

export const EVENT: KindRules<Event> = { name: pathSegmentName, object: checkEvent };

/** Those with an `eventTime` are of the newer kind, which has to say who reports what. */
function checkEvent(event: Frozen<Event>, causes: Cause[]): void {
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
  if (controller === '') causes.push(required('reportingController'));
  invalidEach(causes, 'reportingController', controller, qualifiedNameErrors(controller));
  checkLength('reportingInstance', event.reportingInstance, MAX_LENGTH, causes);
  checkLength('action', event.action, MAX_LENGTH, causes);
  checkLength('reason', event.reason, MAX_LENGTH, causes);
  if ((event.message ?? '').length > MAX_NOTE_LENGTH)
    causes.push(atMostCharacters('message', MAX_NOTE_LENGTH));
}

function checkLength(field: string, text = '', max: number, causes: Cause[]): void {
  if (text === '') causes.push(required(field));
  if (text.length > max) causes.push(atMostCharacters(field, max));
}

function atMostCharacters(field: string, max: number): Cause {
  return invalidValue(field, '', `can have at most ${max} characters`);
}

function elsewhere(namespace: string): Cause {
  return invalidValue('involvedObject.namespace', namespace, 'does not match event.namespace');
}
