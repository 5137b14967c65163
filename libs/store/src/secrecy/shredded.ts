/** On what is shown in the place of a shredded object: since when (RFC 3339). */
export const SHREDDED_ANNOTATION = 'reckon.dev/shredded';
