/**
 * Made the `.proto` files of this folder from published facts, once: `node bootstrap/main.ts FACTS_FOLDER`. The files
 * have been edited by hand since (comments above all), so it refuses to overwrite any. It stays for the next time
 * that a group or a version of Kubernetes is to be added.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { criProto } from './cri.ts';
import { messageText } from './emit.ts';
import { type Facts, readFacts } from './facts.ts';
import { assignFiles, PACKAGES, WIRE_ONLY } from './layout.ts';

const OUTPUT = join(import.meta.dirname, '..');
const GROUPS: Readonly<Record<string, string>> = {
  core: '',
  networking: 'networking.k8s.io',
  discovery: 'discovery.k8s.io',
  coordination: 'coordination.k8s.io',
  events: 'events.k8s.io',
  rbac: 'rbac.authorization.k8s.io',
  storage: 'storage.k8s.io',
  scheduling: 'scheduling.k8s.io',
  node: 'node.k8s.io',
  authentication: 'authentication.k8s.io',
  authorization: 'authorization.k8s.io',
  certificates: 'certificates.k8s.io',
};

/** These are not messages here but scalars with a JSON form of their own. */
const SCALARS = new Set(['Time', 'MicroTime', 'FieldsV1', 'Patch', 'Duration']);

function packageFiles(facts: Facts, pkg: string): ReadonlyMap<string, string> {
  const meta = pkg === 'meta.v1';
  const openapiPrefix = openapiPrefixOf(pkg);
  const wirePrefix = openapiPrefix.slice('io.'.length).replace(/^k8s\./, 'k8s.io.');
  const folder = `reckon/api/${pkg.replace('.', '/')}`;
  const files = new Map(assignFiles(facts, pkg, openapiPrefix));
  for (const name of WIRE_ONLY[pkg] ?? []) files.set(name, name.startsWith('Partial') ? 'meta' : 'options');
  const homes = new Map<string, string>();
  for (const [name, file] of files) if (!SCALARS.has(name)) homes.set(name, `${folder}/${file}.proto`);

  const [group = '', version = ''] = pkg.split('.');
  const output = new Map<string, string>();
  for (const path of new Set([...homes.values()].sort())) {
    const names = [...homes]
      .filter(([, home]) => home === path)
      .map(([name]) => name)
      .sort();
    const body = names.map((name) => messageText(facts, { pkg, openapiPrefix, wirePrefix, name })).join('\n');
    const imports = new Set(['reckon/options/v1/options.proto']);
    if (body.includes('google.protobuf.')) imports.add('google/protobuf/struct.proto');
    for (const [, type] of body.matchAll(
      /^ {2}(?:optional |repeated )?(?:map<string, )?([\w.]+)>? \w+ = /gm,
    )) {
      const home = homes.get(type ?? '');
      if (home !== undefined && home !== path) imports.add(home);
      const [, shared, name] = /^reckon\.api\.((?:meta|core)\.v1)\.(\w+)$/.exec(type ?? '') ?? [];
      if (shared !== undefined && name !== undefined)
        imports.add(`reckon/api/${shared.replace('.', '/')}/${homeOf(facts, shared, name)}.proto`);
    }
    const api = `option (reckon.options.v1.api) = {group: ${JSON.stringify(meta ? 'meta.k8s.io' : (GROUPS[group] ?? group))}, version: "${version}", openapi_prefix: "${openapiPrefix.slice(0, -1)}"};`;
    const lines = [...imports]
      .sort()
      .map((name) => `import "${name}";`)
      .join('\n');
    output.set(path, `syntax = "proto3";\n\npackage reckon.api.${pkg};\n\n${lines}\n\n${api}\n\n${body}`);
  }
  return output;
}

function openapiPrefixOf(pkg: string): string {
  return pkg === 'meta.v1' ? 'io.k8s.apimachinery.pkg.apis.meta.v1.' : `io.k8s.api.${pkg}.`;
}

function homeOf(facts: Facts, pkg: string, name: string): string {
  return assignFiles(facts, pkg, openapiPrefixOf(pkg)).get(name) ?? '';
}

function write(path: string, content: string): void {
  const target = join(OUTPUT, path);
  if (existsSync(target)) {
    console.error(`kept as it is: ${path}`);
    return;
  }
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, content);
}

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('usage: node bootstrap/main.ts FACTS_FOLDER');
const facts = readFacts(folder);
for (const pkg of ['meta.v1', ...PACKAGES]) {
  for (const [path, content] of packageFiles(facts, pkg)) write(path, content);
}
write('runtime/v1/api.proto', criProto(facts.cri));
