import type { Cause } from '../errors/api-error.ts';
import { labelValueErrors, qualifiedNameErrors } from '../names/label.ts';
import type { LabelSelectorObject } from '../selector/types.ts';
import { forbidden, invalidEach, invalidValue, required, tooLong } from './causes.ts';

type Strings = Readonly<Record<string, string>>;

const MAX_ANNOTATIONS_BYTES = 256 * 1_024;

export function checkLabels(labels: Strings | undefined, path: string, causes: Cause[]): void {
  for (const key in labels) {
    const value = labels[key] ?? '';
    invalidEach(causes, path, key, qualifiedNameErrors(key));
    invalidEach(causes, path, value, labelValueErrors(value));
  }
}

export function checkAnnotations(annotations: Strings | undefined, path: string, causes: Cause[]): void {
  let bytes = 0;
  for (const key in annotations) {
    const value = annotations[key] ?? '';
    // Any case will do here, unlike in the prefix of a label.
    invalidEach(causes, path, key, qualifiedNameErrors(key.toLowerCase()));
    bytes += Buffer.byteLength(key) + Buffer.byteLength(value);
  }
  if (bytes > MAX_ANNOTATIONS_BYTES) causes.push(tooLong(path, MAX_ANNOTATIONS_BYTES));
}

export function checkLabelSelector(
  selector: LabelSelectorObject | undefined,
  path: string,
  causes: Cause[],
): void {
  checkLabels(selector?.matchLabels, `${path}.matchLabels`, causes);
  for (const [index, expression] of (selector?.matchExpressions ?? []).entries()) {
    const here = `${path}.matchExpressions[${index}]`;
    const { key = '', operator = '', values = [] } = expression;
    switch (operator) {
      case 'In':
      case 'NotIn':
        if (values.length === 0) {
          causes.push(required(`${here}.values`, "must be specified when `operator` is 'In' or 'NotIn'"));
        }
        break;
      case 'Exists':
      case 'DoesNotExist':
        if (values.length > 0) {
          causes.push(
            forbidden(`${here}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"),
          );
        }
        break;
      default:
        causes.push(invalidValue(`${here}.operator`, operator, 'not a valid selector operator'));
    }
    invalidEach(causes, `${here}.key`, key, qualifiedNameErrors(key));
    for (const [at, value] of values.entries()) {
      invalidEach(causes, `${here}.values[${at}]`, value, labelValueErrors(value));
    }
  }
}
