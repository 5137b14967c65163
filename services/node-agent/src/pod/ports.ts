import { ApiError } from '@reckon/api';
import type { ContainerModel } from './model.ts';

/** A port given as a number, as digits, or by the name of one of the container's ports. */
export function resolvePort(port: unknown, container: ContainerModel): number {
  if (typeof port === 'number') return port;
  if (typeof port === 'string') {
    if (/^\d+$/.test(port)) return Number(port);
    const named = container.spec.ports?.find((each) => each.name === port)?.containerPort;
    if (named !== undefined) return named;
  }
  throw new ApiError(
    'BadRequest',
    `couldn't find port: ${JSON.stringify(port)} in container ${container.name}`,
  );
}
