/** The paths that are not about objects: health, version, metrics, the token issuer's documents, the index. */
import type { ServiceAccountTokens } from '../auth/service-account-tokens.ts';
import { document, sendDocument } from '../discovery/document.ts';
import { onlyGet, route } from '../discovery/routes.ts';
import { versionRoute } from '../discovery/version.ts';
import { type HealthAnswer, type HealthProbes, health, healthCheck } from './health.ts';
import type { RestRequest, Route } from './request.ts';

export interface WellKnownParts {
  readonly probes: HealthProbes;
  /** Prometheus text. */
  readonly metrics: () => Promise<string>;
  readonly tokens: Pick<ServiceAccountTokens, 'keySet' | 'discovery'>;
}

const TEXT = 'text/plain; charset=utf-8';

const NO_CUSTOM_RESOURCES = document('application/json', {
  kind: 'CustomResourceDefinitionList',
  apiVersion: 'apiextensions.k8s.io/v1',
  metadata: { resourceVersion: '0' },
  items: [],
});

/** What anybody may get. */
export function openRoutes(probes: HealthProbes): (path: string) => Route | undefined {
  const healthRoute = healthAnswers((request) => {
    const { path, query } = request;
    const options = { verbose: query.all('verbose').length > 0, exclude: query.all('exclude') };
    return health(probes, path.slice(1), options);
  });
  return (path) => {
    if (path === '/version' || path === '/version/') return versionRoute;
    return /^\/(healthz|livez|readyz)$/.test(path) ? healthRoute : undefined;
  };
}

/** `/readyz/etcd`: a single check says why it fails, which is not for everybody. */
export function checkRoutes(probes: HealthProbes): (path: string) => Route | undefined {
  const checkRoute = healthAnswers(({ path }) => {
    const [, kind = '', ...name] = path.split('/');
    return healthCheck(probes, kind, name.join('/'));
  });
  return (path) => (/^\/(healthz|livez|readyz)\//.test(path) ? checkRoute : undefined);
}

function healthAnswers(answer: (request: RestRequest) => Promise<HealthAnswer>): Route {
  return {
    async handle(request) {
      onlyGet(request);
      const { exchange, context } = request;
      const { status, text } = await answer(request);
      const head = ['Content-Type', TEXT, 'Audit-Id', context.requestId, 'X-Content-Type-Options', 'nosniff'];
      exchange.respond(status, [...head, 'Cache-Control', 'no-cache, private'], text);
    },
  };
}

/** What one must be somebody for. */
export function closedRoutes({ metrics, tokens }: WellKnownParts): ReadonlyMap<string, Route> {
  const discovery = document('application/json', tokens.discovery());
  const text = (make: () => Promise<string>, contentType: string): Route => ({
    async handle(request: RestRequest) {
      onlyGet(request);
      await sendDocument(request, document(contentType, await make()));
    },
  });
  return new Map<string, Route>([
    // kubectl asks for these when it meets a kind that discovery does not have, before it says so.
    ['/apis/apiextensions.k8s.io/v1/customresourcedefinitions', route(() => NO_CUSTOM_RESOURCES)],
    ['/metrics', text(metrics, 'text/plain; version=0.0.4; charset=utf-8')],
    ['/.well-known/openid-configuration', route(() => discovery)],
    ['/openid/v1/jwks', text(async () => JSON.stringify(await tokens.keySet()), 'application/jwk-set+json')],
  ]);
}

/** `/`: every path there is. */
export function indexRoute(paths: readonly string[]): Route {
  const index = document('application/json', { paths: [...paths].sort() });
  return route(() => index);
}
