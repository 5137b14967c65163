import {
  badRequest,
  type ProtobufCodec,
  returnsDeletedObject,
  successStatus,
  unsupportedMediaType,
} from '@reckon/api';
import type { DeleteOptions, DeleteResult } from '../verbs/types.ts';
import type { AnswerForm, Answers } from './answer.ts';
import type { Exchange } from './exchange.ts';
import type { Negotiator } from './negotiate.ts';
import type { ResourceRequest } from './request.ts';
import { decodeBody } from './request-body.ts';

/** DeleteOptions are small. */
const MAX_OPTIONS_BYTES = 64 * 1024;

/** @returns undefined if the request has no body. */
export async function readDeleteBody(
  exchange: Exchange,
  negotiator: Negotiator,
  protobuf: ProtobufCodec | undefined,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const bytes = await exchange.readBody(MAX_OPTIONS_BYTES);
  if (bytes.length === 0) return undefined;
  const media = negotiator.bodyMedia(exchange.header('content-type'));
  if (media === undefined) throw unsupportedMediaType(negotiator.accepted);
  const value = decodeBody(bytes, media, 'DeleteOptions', protobuf).value;
  const { kind } = value as { kind?: unknown };
  if (kind !== undefined && kind !== 'DeleteOptions')
    throw badRequest(`decoded object cannot be converted to DeleteOptions: it is a ${String(kind)}`);
  return value as Readonly<Record<string, unknown>>;
}

/**
 * The answer to a delete, as Kubernetes gives it: the object while it stays (202 only for who asked with
 * `orphanDependents: false`), a Status or the last object once it is gone.
 */
export function answerDeleted(
  request: ResourceRequest,
  answers: Answers,
  form: AnswerForm,
  options: DeleteOptions,
  result: DeleteResult,
): Promise<void> | undefined {
  const { exchange, context, resource } = request;
  const { object, deleted } = result;
  if (!deleted) {
    const status = options.byOrphanDependents ? 202 : 200;
    return answers.object(exchange, context, form, status, object);
  }
  if (returnsDeletedObject(resource.groupResource))
    return answers.object(exchange, context, form, 200, object);
  const { name, uid } = object.value.metadata;
  const { group, resource: kind } = resource;
  return answers.value(exchange, context, form, 200, successStatus({ name, group, kind, uid }));
}
