/** The part of CRI v1 that a node agent uses, and what those calls carry. */
import type { CriPackage, WireMessage } from './facts.ts';

const CALLS: Readonly<Record<string, readonly string[]>> = {
  RuntimeService: [
    'Version',
    'RunPodSandbox',
    'StopPodSandbox',
    'RemovePodSandbox',
    'PodSandboxStatus',
    'ListPodSandbox',
    'CreateContainer',
    'StartContainer',
    'StopContainer',
    'RemoveContainer',
    'ListContainers',
    'ContainerStatus',
    'UpdateContainerResources',
    'ReopenContainerLog',
    'ExecSync',
    'Exec',
    'Attach',
    'PortForward',
    'ContainerStats',
    'ListContainerStats',
    'PodSandboxStats',
    'ListPodSandboxStats',
    'UpdateRuntimeConfig',
    'Status',
    'GetContainerEvents',
    'RuntimeConfig',
  ],
  ImageService: ['ListImages', 'ImageStatus', 'PullImage', 'RemoveImage', 'ImageFsInfo'],
};

const typeName = (type: string): string =>
  type.replace(/^(repeated|stream) /, '').replace(/^map<.*,\s*(.*)>$/, '$1');

function used(cri: CriPackage): ReadonlySet<string> {
  const seen = new Set<string>();
  const open = Object.entries(CALLS).flatMap(([service, calls]) =>
    calls.flatMap((call) => cri.services[service]?.[call] ?? []),
  );
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const name = typeName(next);
    if (seen.has(name)) continue;
    seen.add(name);
    for (const [, type] of Object.values(cri.messages[name] ?? {})) open.push(type);
  }
  return seen;
}

function enumText(name: string, values: Readonly<Record<string, number>>): string {
  const lines = Object.entries(values).map(([value, number]) => `  ${value} = ${number};`);
  return `enum ${name} {\n${lines.join('\n')}\n}\n`;
}

function messageText(cri: CriPackage, name: string, fields: WireMessage): string {
  const nested = Object.entries(cri.enums)
    .filter(([key]) => key.startsWith(`${name}.`))
    .map(([key, values]) => enumText(key.slice(name.length + 1), values));
  const lines = Object.entries(fields)
    .sort(([, [a]], [, [b]]) => a - b)
    .map(([field, [number, type]]) => `  ${type} ${field} = ${number};`);
  return `message ${name} {\n${[...nested, ...lines].join('\n')}\n}\n`;
}

export function criProto(cri: CriPackage): string {
  const names = used(cri);
  const services = Object.entries(CALLS).map(([service, calls]) => {
    const lines = calls.map((call) => {
      const [request, response] = cri.services[service]?.[call] ?? ['', ''];
      return `  rpc ${call}(${request}) returns (${response});`;
    });
    return `service ${service} {\n${lines.join('\n')}\n}\n`;
  });
  const enums = Object.entries(cri.enums)
    .filter(([name]) => names.has(name))
    .map(([name, values]) => enumText(name, values));
  const messages = Object.entries(cri.messages)
    .filter(([name]) => names.has(name))
    .map(([name, fields]) => messageText(cri, name, fields));
  const head =
    '// The part of the Container Runtime Interface v1 that a node agent uses, with its numbers.\nsyntax = "proto3";\n\npackage runtime.v1;\n';
  return [head, ...services, ...messages, ...enums].join('\n');
}
