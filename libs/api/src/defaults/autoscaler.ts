import { isArray, isObject } from '../json/types.ts';
import type { Fields } from './types.ts';

const PERIOD_SECONDS = 15;
const CPU = {
  type: 'Resource',
  resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } },
} as const;
const UP: Fields = {
  stabilizationWindowSeconds: 0,
  selectPolicy: 'Max',
  policies: [
    { type: 'Pods', value: 4, periodSeconds: PERIOD_SECONDS },
    { type: 'Percent', value: 100, periodSeconds: PERIOD_SECONDS },
  ],
};
const DOWN: Fields = {
  selectPolicy: 'Max',
  policies: [{ type: 'Percent', value: 100, periodSeconds: PERIOD_SECONDS }],
};

/** CPU, if nothing else is measured. */
export function autoscalerSpec(value: Fields): Fields {
  const { metrics } = value;
  return isArray(metrics) && metrics.length > 0 ? value : { ...value, metrics: [CPU] };
}

/** Where one direction is told of, both are completed. */
export function autoscalerBehavior({ scaleUp, scaleDown, ...rest }: Fields): Fields {
  return { ...rest, scaleUp: completed(scaleUp, UP), scaleDown: completed(scaleDown, DOWN) };
}

function completed(rules: unknown, defaults: Fields): Fields {
  return isObject(rules) ? { ...defaults, ...rules } : defaults;
}
