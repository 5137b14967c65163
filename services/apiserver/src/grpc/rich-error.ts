/**
 * What is wrong, in the form that gRPC's tools and libraries know in every language (https://google.aip.dev/193):
 * `google.rpc.Status` with an ErrorInfo, a BadRequest where fields are wrong, and a RetryInfo for who should come back
 * later. Field numbers are those of google/rpc/status.proto and google/rpc/error_details.proto.
 */
import { BinaryWriter } from '@bufbuild/protobuf/wire';
import type { Status } from '@reckon/api';
import { clip } from './clip.ts';

/** The trailer that it travels in. */
export const RICH_ERROR = 'grpc-status-details-bin';

const DOMAIN = 'reckon.dev';
/** Beside the Status object there is not more room in the 8 KiB that clients take as trailers. */
const MAX_VIOLATIONS = 3;
const MAX_TEXT_BYTES = 200;

export function richError(code: number, { message = '', reason, details = {} }: Status): Uint8Array {
  const { group, kind, name, causes = [], retryAfterSeconds } = details;
  const of = Object.entries({ group, kind, name }).filter(([, value]) => value);
  const errorInfo = new BinaryWriter();
  text(errorInfo, 1, upperSnake(reason ?? 'Unknown'));
  text(errorInfo, 2, DOMAIN);
  for (const [key, value] of of) nested(errorInfo, 3, (entry) => text(text(entry, 1, key), 2, String(value)));
  const wrong = causes.filter(({ field }) => field).slice(0, MAX_VIOLATIONS);
  const badRequest = new BinaryWriter();
  for (const { field = '', message: what = '', reason: why = '' } of wrong)
    nested(badRequest, 1, (violation) => text(text(text(violation, 1, field), 2, what), 3, upperSnake(why)));
  const status = new BinaryWriter().tag(1, 0).int32(code);
  text(status, 2, message);
  any(status, 'google.rpc.ErrorInfo', errorInfo.finish());
  if (wrong.length > 0) any(status, 'google.rpc.BadRequest', badRequest.finish());
  if (retryAfterSeconds !== undefined) any(status, 'google.rpc.RetryInfo', retryInfo(retryAfterSeconds));
  return status.finish();
}

/** Its one field is a google.protobuf.Duration, whose first field is whole seconds. */
function retryInfo(seconds: number): Uint8Array {
  const writer = new BinaryWriter();
  nested(writer, 1, (duration) => duration.tag(1, VARINT).int64(seconds));
  return writer.finish();
}

const VARINT = 0;

function any(status: BinaryWriter, type: string, value: Uint8Array): void {
  nested(status, 3, (packed) =>
    text(packed, 1, `type.googleapis.com/${type}`).tag(2, LENGTH_DELIMITED).bytes(value),
  );
}

const LENGTH_DELIMITED = 2;

function nested(writer: BinaryWriter, field: number, write: (inner: BinaryWriter) => unknown): void {
  writer.tag(field, LENGTH_DELIMITED).fork();
  write(writer);
  writer.join();
}

function text(writer: BinaryWriter, field: number, value: string): BinaryWriter {
  return writer.tag(field, LENGTH_DELIMITED).string(clip(value, MAX_TEXT_BYTES));
}

/** `AlreadyExists` → `ALREADY_EXISTS`, as reasons are written there. */
function upperSnake(reason: string): string {
  return reason.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase();
}
