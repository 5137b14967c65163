/** `/openapi/v2`, `/openapi/v3` and `/openapi/v3/GROUP/VERSION`. */
import {
  notAcceptable,
  openapiV2,
  openapiV2Protobuf,
  openapiV3,
  openapiV3Paths,
  type Schema,
} from '@reckon/api';
import { parseAccept } from '../rest/negotiate.ts';
import type { RestRequest, Route } from '../rest/request.ts';
import { type Document, document, hashOf, sendDocument } from './document.ts';
import { onlyGet } from './routes.ts';

const JSON_TYPE = 'application/json';
/** Asked for with an at sign by old clients and with a dot by new ones. */
const V2_PROTOBUF = /^application\/com\.github\.proto-openapi\.spec\.v2[@.]v1\.0\+protobuf$/;
const V2_PROTOBUF_TYPE = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';

/** Documents are large: each is made when somebody first asks for it. */
export function openApiRoutes(schema: Schema): (path: string) => Route | undefined {
  const made = new Map<string, Document>();
  const once = (key: string, make: () => Document): Document => {
    const known = made.get(key);
    if (known) return known;
    const fresh = make();
    made.set(key, fresh);
    return fresh;
  };
  const v3 = (path: string) => once(path, () => document(JSON_TYPE, openapiV3(schema, path) ?? {}));
  const index = () =>
    once('v3', () => {
      const paths = openapiV3Paths(schema).map((path) => [
        path,
        { serverRelativeURL: hashedUrl(path, v3(path)) },
      ]);
      return document(JSON_TYPE, { paths: Object.fromEntries(paths) });
    });
  const v2Route: Route = {
    handle(request) {
      onlyGet(request);
      const wanted = wantsProtobuf(request.exchange.header('accept'))
        ? once('v2pb', () => document(V2_PROTOBUF_TYPE, openapiV2Protobuf(schema)))
        : once('v2', () => document(JSON_TYPE, openapiV2(schema)));
      return sendDocument(request, wanted);
    },
  };
  const indexRoute: Route = {
    handle(request) {
      onlyGet(request);
      return sendDocument(request, index());
    },
  };
  const known = new Set(openapiV3Paths(schema));
  return (path) => {
    if (path === '/openapi/v2') return v2Route;
    if (path === '/openapi/v3') return indexRoute;
    const name = path.startsWith('/openapi/v3/') ? path.slice('/openapi/v3/'.length) : '';
    if (!known.has(name)) return undefined;
    return { handle: (request) => sendV3(request, name, v3(name)) };
  };
}

function hashedUrl(path: string, { bytes }: Document): string {
  return `/openapi/v3/${path}?hash=${hashOf(bytes)}`;
}

/** With the right hash the document never changes; with another one the client is sent to the right one. */
async function sendV3(request: RestRequest, path: string, wanted: Document): Promise<void> {
  onlyGet(request);
  const { exchange, query } = request;
  if (!acceptedTypes(exchange.header('accept')).some(isJson)) throw notAcceptable([JSON_TYPE]);
  const hash = query.text('hash');
  if (hash === undefined) return sendDocument(request, wanted);
  if (wanted.etag !== `"${hash}"`) {
    exchange.respond(301, ['Location', hashedUrl(path, wanted)], '');
    return;
  }
  await sendDocument(request, wanted, ['Cache-Control', 'public, immutable', 'Expires', NEXT_YEAR]);
}

/** Any time far enough away: the hash is what makes it true. */
const NEXT_YEAR = 'Thu, 31 Dec 2037 23:55:55 GMT';

function wantsProtobuf(accept: string | undefined): boolean {
  const first = acceptedTypes(accept).find((type) => V2_PROTOBUF.test(type) || isJson(type));
  if (first === undefined) throw notAcceptable([JSON_TYPE, V2_PROTOBUF_TYPE]);
  return V2_PROTOBUF.test(first);
}

/** Who says nothing takes anything. */
function acceptedTypes(accept: string | undefined): readonly string[] {
  const types = parseAccept(accept ?? '').map(({ type }) => type);
  return types.length > 0 ? types : ['*/*'];
}

function isJson(type: string): boolean {
  return type === JSON_TYPE || type === '*/*' || type === 'application/*';
}
