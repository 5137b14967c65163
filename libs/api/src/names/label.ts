/** Keys and values of labels; keys of annotations, resources and finalizers have the same form ("qualified name"). */
import { dns1123SubdomainErrors } from './dns.ts';
import { EMPTY_MESSAGE, maxLengthMessage, regexMessage } from './messages.ts';

const MAX_LENGTH = 63;
const NAME = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const VALUE = `(${NAME})?`;
const NAME_REGEXP = new RegExp(`^${NAME}$`);
const VALUE_REGEXP = new RegExp(`^${VALUE}$`);

const NAME_MESSAGE = regexMessage(
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
  NAME,
  'MyName',
  'my.name',
  '123-abc',
);
const VALUE_MESSAGE = regexMessage(
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
  VALUE,
  'MyValue',
  'my_value',
  '12345',
);

/** `name` or `example.com/name`. */
export function qualifiedNameErrors(value: string): readonly string[] {
  const errors: string[] = [];
  const slash = value.indexOf('/');
  if (slash !== value.lastIndexOf('/')) {
    return [
      `a qualified name ${NAME_MESSAGE} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  }
  const name = value.slice(slash + 1);
  if (slash === 0) {
    errors.push(`prefix part ${EMPTY_MESSAGE}`);
  } else if (slash > 0) {
    for (const message of dns1123SubdomainErrors(value.slice(0, slash))) {
      errors.push(`prefix part ${message}`);
    }
  }
  if (name.length === 0) errors.push(`name part ${EMPTY_MESSAGE}`);
  else if (name.length > MAX_LENGTH) errors.push(`name part ${maxLengthMessage(MAX_LENGTH)}`);
  if (!NAME_REGEXP.test(name)) errors.push(`name part ${NAME_MESSAGE}`);
  return errors;
}

export function labelValueErrors(value: string): readonly string[] {
  const errors: string[] = [];
  if (value.length > MAX_LENGTH) errors.push(maxLengthMessage(MAX_LENGTH));
  if (!VALUE_REGEXP.test(value)) errors.push(VALUE_MESSAGE);
  return errors;
}
