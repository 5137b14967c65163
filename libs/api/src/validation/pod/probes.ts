import type {
  ExecAction,
  HTTPGetAction,
  Lifecycle,
  Probe,
} from '@reckon/proto/reckon/api/core/v1/container.ts';
import type { Cause } from '../../errors/api-error.ts';
import { httpHeaderNameErrors } from '../../names/identifiers.ts';
import { forbidden, invalidEach, invalidValue, required } from '../causes.ts';
import type { Frozen } from '../types.ts';

export type ProbeKind = 'livenessProbe' | 'readinessProbe' | 'startupProbe';

/** In the order in which a second one is refused. */
const HANDLERS = ['exec', 'httpGet', 'tcpSocket', 'grpc', 'sleep'] as const;

interface Handler {
  readonly exec?: Frozen<ExecAction> | undefined;
  readonly httpGet?: Frozen<HTTPGetAction> | undefined;
  readonly tcpSocket?: unknown;
  readonly grpc?: unknown;
  readonly sleep?: { readonly seconds?: number | undefined } | undefined;
}

export function checkProbe(
  kind: ProbeKind,
  probe: Frozen<Probe> | undefined,
  path: string,
  causes: Cause[],
): void {
  if (probe === undefined) return;
  checkHandler(probe, undefined, path, causes);
  const { terminationGracePeriodSeconds: grace, successThreshold } = probe;
  if (grace !== undefined && grace <= 0) {
    causes.push(invalidValue(`${path}.terminationGracePeriodSeconds`, grace, 'must be greater than 0'));
  }
  if (kind === 'readinessProbe') {
    if (grace === undefined) return;
    causes.push(
      invalidValue(`${path}.terminationGracePeriodSeconds`, grace, 'must not be set for readinessProbes'),
    );
  } else if (successThreshold !== 1) {
    causes.push(invalidValue(`${path}.successThreshold`, successThreshold ?? 0, 'must be 1'));
  }
}

export function checkLifecycle(
  lifecycle: Frozen<Lifecycle> | undefined,
  graceSeconds: number | undefined,
  path: string,
  causes: Cause[],
): void {
  for (const hook of ['postStart', 'preStop'] as const) {
    const handler = lifecycle?.[hook];
    if (handler !== undefined) checkHandler(handler, graceSeconds, `${path}.${hook}`, causes);
  }
}

function checkHandler(
  handler: Handler,
  graceSeconds: number | undefined,
  path: string,
  causes: Cause[],
): void {
  const [first, ...others] = HANDLERS.filter((type) => handler[type] !== undefined);
  for (const type of others) {
    causes.push(forbidden(`${path}.${type}`, 'may not specify more than 1 handler type'));
  }
  switch (first) {
    case undefined:
      causes.push(required(path, 'must specify a handler type'));
      break;
    case 'exec':
      if (!handler.exec?.command?.length) causes.push(required(`${path}.exec.command`));
      break;
    case 'httpGet':
      for (const { name = '' } of handler.httpGet?.httpHeaders ?? []) {
        invalidEach(
          causes,
          `${path}.httpGet.httpHeaders`,
          name,
          name === '' ? [] : httpHeaderNameErrors(name),
        );
      }
      break;
    case 'sleep':
      checkSleep(handler.sleep?.seconds ?? 0, graceSeconds, `${path}.sleep`, causes);
      break;
    default:
  }
}

function checkSleep(seconds: number, graceSeconds: number | undefined, path: string, causes: Cause[]): void {
  if (graceSeconds === undefined || (seconds >= 0 && seconds <= graceSeconds)) return;
  causes.push(
    invalidValue(
      path,
      seconds,
      `must be non-negative and less than terminationGracePeriodSeconds (${graceSeconds})`,
    ),
  );
}
