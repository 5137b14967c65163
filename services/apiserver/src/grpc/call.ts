/** What a gRPC call is, beyond its message: who, until when, and how it fails. */

import { Metadata, type ServerUnaryCall, type ServerWritableStream, type ServiceError } from '@grpc/grpc-js';
import { ApiError, type Status, statusOf } from '@reckon/api';
import type { Random } from '@reckon/service';
import type { Authenticator, Identity } from '../auth/authenticator.ts';
import { impersonate } from '../auth/impersonation.ts';
import { DoorContext } from '../doors/context.ts';
import { becauseOf, causeOf, requestIdOf } from '../doors/stated-cause.ts';
import type { Peer } from '../rest/exchange.ts';
import type { Authorizer } from '../verbs/types.ts';
import { clip } from './clip.ts';
import { RICH_ERROR, richError } from './rich-error.ts';

type AnyCall = Pick<
  ServerUnaryCall<unknown, unknown> & ServerWritableStream<unknown, unknown>,
  'metadata' | 'cancelled' | 'getPeer'
> & { once(event: 'cancelled', listener: () => void): unknown };

export interface CallParts {
  readonly authenticator: Authenticator;
  readonly authorizer: Authorizer;
  readonly random: Random;
  readonly peerOf: (address: string) => Peer | undefined;
}

/** Identifies the caller; throws or rejects with Unauthorized. */
export function contextOf(parts: CallParts, call: AnyCall): DoorContext | Promise<DoorContext> {
  const { metadata } = call;
  const header = (name: string): string | undefined => {
    const values = metadata.get(name);
    return values.length === 0 ? undefined : values.map(String).join(', ');
  };
  const identity = parts.authenticator.authenticate({
    certificateUser: parts.peerOf(call.getPeer())?.certificateUser,
    authorization: header('authorization'),
  });
  const make = ({ user: known, trusted: believed }: Identity) => {
    const user = impersonate(
      known,
      { header, headerNames: () => Object.keys(metadata.getMap()) },
      parts.authorizer,
    );
    const trusted = believed && user === known;
    return new DoorContext(new CallSource(call), {
      user,
      requestId: requestIdOf(header('reckon-request-id')) ?? parts.random.uuid(),
      userAgent: header('user-agent') ?? '',
      cause: trusted ? causeOf(header('reckon-cause')) : undefined,
      because: trusted ? becauseOf(header('reckon-because')) : undefined,
    });
  };
  return identity instanceof Promise ? identity.then(make) : make(identity);
}

class CallSource {
  readonly #call: AnyCall;

  constructor(call: AnyCall) {
    this.#call = call;
  }

  get gone(): boolean {
    return this.#call.cancelled;
  }

  /** Also called when the caller's deadline has passed. */
  onGone(listener: () => void): void {
    if (this.#call.cancelled) listener();
    else this.#call.once('cancelled', listener);
  }
}

/** Trailers are headers, and clients bound those to 8 KiB; base64 adds a third. */
const MAX_STATUS_BYTES = 2_500;
const MAX_NAME_BYTES = 253;

/** Code, message, and the Status object in a trailer; of very many causes only the first, and how many more there are. */
export function grpcError(thrown: unknown): ServiceError {
  const error = ApiError.from(thrown);
  const details = clip(error.message, MAX_STATUS_BYTES / 2, travellingBytes);
  const told = statusOf(error);
  const whole: Status = { ...told, message: details, details: told.details && clipped(told.details) };
  const causes = whole.details?.causes ?? [];
  let status = whole;
  for (let kept = causes.length; kept > 0 && jsonBytes(status) > MAX_STATUS_BYTES; ) {
    kept = Math.floor(kept / 2);
    const message = `${causes.length - kept} more causes, for which there is no room here`;
    const shown = [...causes.slice(0, kept), { reason: 'Truncated', message, field: '' }];
    status = { ...whole, details: { ...whole.details, causes: shown } };
  }
  const metadata = new Metadata();
  metadata.set('reckon-status-bin', Buffer.from(JSON.stringify(status)));
  metadata.set(RICH_ERROR, Buffer.from(richError(error.grpcCode, whole)));
  return Object.assign(new Error(error.message), { code: error.grpcCode, details, metadata });
}

/** A message travels twice: percent-encoded, and in JSON. */
function travellingBytes(character: string): number {
  return Math.max(encodeURI(character).length, bytesInJson(character));
}

function bytesInJson(character: string): number {
  return jsonBytes(character) - '""'.length;
}

function jsonBytes(value: object | string): number {
  return Buffer.byteLength(JSON.stringify(value));
}

/** What the request named may be of any length; names that there are keep to this. */
function clipped(details: NonNullable<Status['details']>): NonNullable<Status['details']> {
  const { name, kind, group } = details;
  return {
    ...details,
    ...(name !== undefined && { name: clip(name, MAX_NAME_BYTES, bytesInJson) }),
    ...(kind !== undefined && { kind: clip(kind, MAX_NAME_BYTES, bytesInJson) }),
    ...(group !== undefined && { group: clip(group, MAX_NAME_BYTES, bytesInJson) }),
  };
}
