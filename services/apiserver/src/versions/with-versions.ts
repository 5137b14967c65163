/**
 * Resources that can be read and written in several groups or versions are kept in one: what comes in is converted
 * before the verbs see it, what they answer is converted after.
 */
import { ApiError, badRequest, type Conversion, conversionOf, type ResourceSchema } from '@reckon/api';
import { type Decoding, decodeApplied, decodeBody, decodePatched } from '../verbs/decode.ts';
import { Unsaved } from '../verbs/encode.ts';
import type { Env } from '../verbs/env.ts';
import { applyPatch, parsePatch } from '../verbs/patch-body.ts';
import { apiVersionOf, expectedKind } from '../verbs/target.ts';
import type {
  KubeObject,
  ListOptions,
  ObjectAt,
  PatchRequest,
  RequestContext,
  Target,
  Verbs,
  WatchStream,
  WriteOptions,
  WriteResult,
} from '../verbs/types.ts';

const PATCH_ATTEMPTS = 5;

/** A target in another version, with what it is kept as. */
interface Converted {
  readonly conversion: Conversion;
  readonly asked: Target;
  readonly stored: Target;
}

export function withVersions(env: Env, verbs: Verbs): Verbs {
  return {
    async get(context, target, options) {
      const at = convertedOf(env, target);
      if (!at) return verbs.get(context, target, options);
      return viewOf(at, await verbs.get(context, at.stored, options));
    },
    async list(context, target, options) {
      const at = convertedOf(env, target);
      if (!at) return verbs.list(context, target, options);
      const result = await verbs.list(context, at.stored, selecting(at, options));
      return { ...result, items: result.items.map((item) => viewOf(at, item)) };
    },
    async watch(context, target, options) {
      const at = convertedOf(env, target);
      if (!at) return verbs.watch(context, target, options);
      return views(at, await verbs.watch(context, at.stored, selecting(at, options)));
    },
    async create(context, target, body, options) {
      const at = convertedOf(env, target);
      if (!at) return verbs.create(context, target, body, options);
      const object = decodeBody({ env, context, target, options }, body);
      return written(at, await verbs.create(context, at.stored, bodyOf(at, object), options));
    },
    async update(context, target, body, options) {
      const at = convertedOf(env, target);
      if (!at) return verbs.update(context, target, body, options);
      const object = decodeBody({ env, context, target, options }, body);
      return written(at, await verbs.update(context, at.stored, bodyOf(at, object), options));
    },
    async patch(context, target, patch, options) {
      const at = convertedOf(env, target);
      if (!at) return verbs.patch(context, target, patch, options);
      return written(at, await patched(env, verbs, { context, at, patch, options }));
    },
    async delete(context, target, options) {
      const at = convertedOf(env, target);
      if (!at) return verbs.delete(context, target, options);
      const result = await verbs.delete(context, at.stored, options);
      return { ...result, object: viewOf(at, result.object) };
    },
    async deleteCollection(context, target, listed, options) {
      const at = convertedOf(env, target);
      if (!at) return verbs.deleteCollection(context, target, listed, options);
      const result = await verbs.deleteCollection(context, at.stored, selecting(at, listed), options);
      return { ...result, items: result.items.map((item) => viewOf(at, item)) };
    },
    async transact(context, operations) {
      for (const { target } of operations) {
        const at = convertedOf(env, target);
        if (!at) continue;
        const { group, version } = at.stored.resource;
        const kept = group === '' ? version : `${group}/${version}`;
        throw badRequest(`in a transaction, ${target.resource.resource} are written as ${kept}`);
      }
      return verbs.transact(context, operations);
    },
  };
}

function convertedOf(env: Env, target: Target): Converted | undefined {
  const conversion = conversionOf(target.resource);
  const resource = conversion && env.schema.byGroupResource(conversion.storedAs);
  if (!conversion || !resource) return undefined;
  const askedIn = apiVersionOf(target.resource);
  const stored = { ...target, resource, askedIn };
  return {
    conversion,
    asked: target,
    stored: sameFields(target.resource, resource) ? { ...stored, writtenAs: askedIn } : stored,
  };
}

/**
 * Who owns a field is recorded under the version in which he wrote it, if it has the same name there. In other versions
 * it is that of what is kept: a record of theirs would name fields that nobody knows.
 */
function sameFields(asked: ResourceSchema, kept: ResourceSchema): boolean {
  return asked.groupResource === kept.groupResource && asked.keptAs === kept.version;
}

/** Status answers and the like are in no version but their own. */
function viewOf({ conversion, stored }: Converted, object: ObjectAt): ObjectAt {
  if (object.value.kind !== stored.resource.kind) return object;
  return new Unsaved({ key: object.key, rev: object.rev, value: conversion.fromStored(object.value) });
}

function written(at: Converted, result: WriteResult): WriteResult {
  return { ...result, object: viewOf(at, result.object) };
}

function bodyOf({ conversion }: Converted, object: KubeObject) {
  return { value: conversion.toStored(object), duplicateFields: [] };
}

function selecting<Options extends Pick<ListOptions, 'fieldSelector'>>(
  { conversion }: Converted,
  options: Options,
): Options {
  const { fieldSelector } = options;
  if (fieldSelector === undefined || conversion.fieldSelector === undefined) return options;
  return { ...options, fieldSelector: conversion.fieldSelector(fieldSelector) };
}

async function* views(at: Converted, stream: WatchStream): WatchStream {
  for await (const batch of stream) {
    yield batch.map((event) => (event.object ? { ...event, object: viewOf(at, event.object) } : event));
  }
}

interface PatchCall {
  readonly context: RequestContext;
  readonly at: Converted;
  readonly patch: PatchRequest;
  readonly options: WriteOptions;
}

/** A patch is about the form that it was asked in: it is carried out there, and the result is written. */
async function patched(
  env: Env,
  verbs: Verbs,
  { context, at, patch, options }: PatchCall,
): Promise<WriteResult> {
  const decoding: Decoding = { env, context, target: at.asked, options };
  const parsedPatch = parsePatch(patch);
  if (parsedPatch.type === 'apply') {
    const applied = at.conversion.toStored(decodeApplied(decoding, parsedPatch.value));
    const body = Buffer.from(JSON.stringify(applied));
    return verbs.patch(context, at.stored, { type: 'apply', body }, options);
  }
  const { message } = expectedKind(env.schema, at.asked);
  for (let attempt = 1; ; attempt++) {
    const current = await verbs.get(context, at.stored, {});
    const target = at.conversion.fromStored(current.value);
    const object = decodePatched(decoding, applyPatch(env.schema, parsedPatch, { target, message }));
    try {
      return await verbs.update(context, at.stored, bodyOf(at, object), options);
    } catch (error) {
      const stated = object.metadata.resourceVersion !== target.metadata.resourceVersion;
      const lost = error instanceof ApiError && error.reason === 'Conflict';
      if (!lost || stated || attempt === PATCH_ATTEMPTS) throw error;
    }
  }
}
