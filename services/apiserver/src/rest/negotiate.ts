import { notAcceptable } from '@reckon/api';

export type MediaType = 'json' | 'yaml' | 'protobuf';
export type Shape = 'Table' | 'PartialObjectMetadata' | 'PartialObjectMetadataList';

/** How an answer is to look. */
export interface Negotiated {
  readonly media: MediaType;
  /** Undefined: the kind itself. */
  readonly as: Shape | undefined;
  /** Version of meta.k8s.io for `as`. */
  readonly metaVersion: 'v1' | 'v1beta1';
  /** Protobuf only: length-delimited frames. */
  readonly streaming: boolean;
}

export const CONTENT_TYPES: Readonly<Record<MediaType, string>> = {
  json: 'application/json',
  yaml: 'application/yaml',
  protobuf: 'application/vnd.kubernetes.protobuf',
};
const MEDIA = new Map(Object.entries(CONTENT_TYPES).map(([media, type]) => [type, media as MediaType]));

const PLAIN: Negotiated = { media: 'json', as: undefined, metaVersion: 'v1', streaming: false };

interface Clause {
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
  readonly quality: number;
}

/**
 * What answers may be shaped as: one object (also each of a watch), or a list. A review is not stored and has no
 * metadata: it is neither a row of a table nor cut down to anything.
 */
export type ShapeOf = 'object' | 'list' | 'review';

/**
 * Chooses among what the client accepts, best first (RFC 9110, 12.5.1; Kubernetes API concepts: "Receiving resources
 * as Tables"). Clients send few different headers, so each is worked out once.
 */
export class Negotiator {
  readonly #cache = new Map<string, Negotiated | undefined>();
  readonly #protobuf: boolean;

  constructor(options: { readonly protobuf: boolean }) {
    this.#protobuf = options.protobuf;
  }

  choose(accept: string | undefined, shapeOf: ShapeOf): Negotiated {
    if (accept === undefined || accept === '' || accept === 'application/json') return PLAIN;
    const key = shapeOf === 'object' ? accept : `${shapeOf} ${accept}`;
    let chosen = this.#cache.get(key);
    if (chosen === undefined && !this.#cache.has(key)) {
      chosen = this.#pick(accept, shapeOf);
      if (this.#cache.size >= 500) this.#cache.clear();
      this.#cache.set(key, chosen);
    }
    if (chosen === undefined) throw notAcceptable(this.accepted);
    return chosen;
  }

  /** Of a request's body. Undefined: 415. */
  bodyMedia(contentType: string | undefined): MediaType | undefined {
    if (contentType === undefined || contentType === '' || contentType === 'application/json') return 'json';
    const type = (contentType.split(';', 1)[0] ?? '').trim().toLowerCase();
    const media = MEDIA.get(type);
    return media === 'protobuf' && !this.#protobuf ? undefined : media;
  }

  get accepted(): readonly string[] {
    const types = Object.values(CONTENT_TYPES);
    return this.#protobuf ? types : types.filter((type) => type !== CONTENT_TYPES.protobuf);
  }

  #pick(accept: string, shapeOf: ShapeOf): Negotiated | undefined {
    for (const clause of parseAccept(accept)) {
      const media = this.#media(clause.type);
      if (media === undefined) continue;
      const as = clause.parameters.get('as');
      if (as === undefined) {
        return { ...PLAIN, media, streaming: clause.parameters.get('stream') === 'watch' };
      }
      if (shapeOf === 'review') continue;
      const version = clause.parameters.get('v') ?? 'v1';
      if (clause.parameters.get('g') !== 'meta.k8s.io' || (version !== 'v1' && version !== 'v1beta1'))
        continue;
      if (as === 'Table' && media !== 'protobuf') return { ...PLAIN, media, as, metaVersion: version };
      const wanted = shapeOf === 'list' ? 'PartialObjectMetadataList' : 'PartialObjectMetadata';
      if (as === wanted)
        return {
          media,
          as: wanted,
          metaVersion: version,
          streaming: clause.parameters.get('stream') === 'watch',
        };
    }
    return undefined;
  }

  #media(type: string): MediaType | undefined {
    if (type === '*/*' || type === 'application/*') return 'json';
    const media = MEDIA.get(type);
    return media === 'protobuf' && !this.#protobuf ? undefined : media;
  }
}

/** The clauses of an Accept header, most wanted first. */
export function parseAccept(accept: string): readonly Clause[] {
  const clauses: Clause[] = [];
  for (const text of accept.split(',')) {
    const [type, ...rest] = text.split(';');
    const parameters = new Map<string, string>();
    let quality = 1;
    for (const pair of rest) {
      const equals = pair.indexOf('=');
      if (equals < 0) continue;
      const name = pair.slice(0, equals).trim().toLowerCase();
      const value = pair
        .slice(equals + 1)
        .trim()
        .replace(/^"(.*)"$/, '$1');
      if (name === 'q') quality = Number.parseFloat(value) || 0;
      else parameters.set(name, value);
    }
    const name = (type ?? '').trim().toLowerCase();
    if (name !== '' && quality > 0) clauses.push({ type: name, parameters, quality });
  }
  return clauses.sort((a, b) => b.quality - a.quality);
}
