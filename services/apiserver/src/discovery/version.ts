import { document } from './document.ts';
import { route } from './routes.ts';

/** `/version`: the Kubernetes version whose API this is (k8s.io/apimachinery/pkg/version.Info). */
export const versionInfo = {
  major: '1',
  minor: '32',
  emulationMajor: '1',
  emulationMinor: '32',
  minCompatibilityMajor: '1',
  minCompatibilityMinor: '31',
  gitVersion: 'v1.32.0+reckon',
  gitCommit: '',
  gitTreeState: 'clean',
  buildDate: '2025-01-01T00:00:00Z',
  goVersion: '',
  compiler: 'node',
  platform: `linux/${process.arch === 'x64' ? 'amd64' : process.arch}`,
} as const;

const VERSION = document('application/json', JSON.stringify(versionInfo, undefined, 2));

export const versionRoute = route(() => VERSION);
