/** A value of an object's field, as it is in memory. */
export type Fields = Readonly<Record<string, unknown>>;

/**
 * Fills in what no option of a field can say, because it depends on other fields. Gets a message whose own and inner
 * defaults are filled in, and returns it or a changed copy.
 */
export type Rule = (value: Fields) => Fields;

/**
 * Fills in the defaults of the message of that full protobuf name. Never changes its input; returns the very same
 * value if nothing was missing.
 */
export type ApplyDefaults = (message: string, value: Fields) => Fields;
