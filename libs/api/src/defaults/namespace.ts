import { isObject } from '../json/types.ts';
import type { Fields } from './types.ts';

const NAME_LABEL = 'kubernetes.io/metadata.name';

/** Every namespace has its name as a label too, so that selectors can choose it (KEP-2161). */
export function namespace(value: Fields): Fields {
  const metadata = isObject(value.metadata) ? value.metadata : {};
  const { name } = metadata;
  const labels = isObject(metadata.labels) ? metadata.labels : {};
  if (typeof name !== 'string' || name === '' || labels[NAME_LABEL] === name) return value;
  return { ...value, metadata: { ...metadata, labels: { ...labels, [NAME_LABEL]: name } } };
}
