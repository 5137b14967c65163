/** Sets of a Job's indexes as text: numbers and ranges in order, `1,3-5,7`. */

/** How many there are, or a sentence that says what is wrong with the text. Indexes are below `completions`. */
export function countIndexes(text: string, completions: number): number | string {
  if (text === '') return 0;
  let count = 0;
  let previous = -1;
  for (const interval of text.split(',')) {
    const [first = '', last = first, ...more] = interval.split('-');
    if (more.length > 0)
      return `the fragment "${interval}" violates the requirement that an index interval can have at most two parts separated by '-'`;
    if (!/^[0-9]+$/.test(first)) return `cannot convert string to integer for index: "${first}"`;
    if (!/^[0-9]+$/.test(last)) return `cannot convert string to integer for index: "${last}"`;
    const low = Number(first);
    const high = Number(last);
    if (low >= completions) return `too large index: "${first}"`;
    if (high >= completions) return `too large index: "${last}"`;
    if (low <= previous) return `non-increasing order, previous: ${previous}, current: ${low}`;
    if (low > high) return `non-increasing order, previous: ${low}, current: ${high}`;
    previous = high;
    count += high - low + 1;
  }
  return count;
}
