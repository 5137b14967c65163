import type { ObjectKey } from '@reckon/api';
import { Unsaved } from '../encode.ts';
import type { ObjectAt } from '../types.ts';

/** What Kubernetes answers to a posted subresource that makes no object. */
export function successAnswer(key: ObjectKey): ObjectAt {
  const value = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 };
  return new Unsaved({ key, value });
}
