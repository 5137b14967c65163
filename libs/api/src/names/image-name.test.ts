import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseImageName } from './image-name.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;

describe('an image name', () => {
  const good: readonly (readonly [name: string, reference: string, full: string, registry: string])[] = [
    ['busybox', 'busybox:latest', 'docker.io/library/busybox:latest', 'docker.io'],
    ['busybox:1.35', 'busybox:1.35', 'docker.io/library/busybox:1.35', 'docker.io'],
    ['me/app', 'me/app:latest', 'docker.io/me/app:latest', 'docker.io'],
    ['localhost/app', 'localhost/app:latest', 'localhost/app:latest', 'localhost'],
    ['host:5000/app', 'host:5000/app:latest', 'host:5000/app:latest', 'host:5000'],
    ['host:5000/a/b:c', 'host:5000/a/b:c', 'host:5000/a/b:c', 'host:5000'],
    ['quay.io/a/b-c__d.e:v1', 'quay.io/a/b-c__d.e:v1', 'quay.io/a/b-c__d.e:v1', 'quay.io'],
    [`app@${DIGEST}`, `app@${DIGEST}`, `docker.io/library/app@${DIGEST}`, 'docker.io'],
    [`app:v1@${DIGEST}`, `app:v1@${DIGEST}`, `docker.io/library/app:v1@${DIGEST}`, 'docker.io'],
  ];
  for (const [name, reference, full, registry] of good) {
    it(`${name.slice(0, 30)} is ${full.slice(0, 50)}`, () => {
      assert.deepEqual(parseImageName(name), { reference, full, registry });
    });
  }

  const bad: readonly (readonly [name: string, problem: string])[] = [
    ['', 'invalid reference format'],
    ['a b', 'invalid reference format'],
    ['app:', 'invalid reference format'],
    ['app:tag:tag', 'invalid reference format'],
    ['app@sha256:short', 'invalid reference format'],
    ['-app', 'invalid reference format'],
    ['a//b', 'invalid reference format'],
    ['quay.io/App', 'invalid reference format: repository name (App) must be lowercase'],
    ['App', 'invalid reference format: repository name (library/App) must be lowercase'],
    [
      'f'.repeat(64),
      `invalid repository name (${'f'.repeat(64)}), cannot specify 64-byte hexadecimal strings`,
    ],
  ];
  for (const [name, problem] of bad) {
    it(`${JSON.stringify(name.slice(0, 30))} is refused`, () => {
      assert.deepEqual(parseImageName(name), { problem: `couldn't parse image name "${name}": ${problem}` });
    });
  }
});
