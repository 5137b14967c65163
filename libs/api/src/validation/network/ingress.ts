import { isIP } from 'node:net';
import type {
  HTTPIngressPath,
  Ingress,
  IngressBackend,
  IngressSpec,
} from '@reckon/proto/reckon/api/networking/v1/ingress.ts';
import type { Cause } from '../../errors/api-error.ts';
import { dns1035LabelErrors, dns1123SubdomainErrors, wildcardSubdomainErrors } from '../../names/dns.ts';
import { portNameErrors, portNumberErrors } from '../../names/identifiers.ts';
import { subdomainName } from '../../names/object-name.ts';
import { invalidEach, invalidValue, required } from '../causes.ts';
import type { Frozen, KindRules } from '../types.ts';

const CLASS_ANNOTATION = 'kubernetes.io/ingress.class';
const NOT_IN_PATHS = ['//', '/./', '/../', '%2f', '%2F'];
const NOT_AT_THE_END = ['/..', '/.'];

export const INGRESS: KindRules<Ingress> = {
  name: subdomainName,
  object: ({ metadata, spec = {} }, causes) => {
    const annotated = metadata?.annotations?.[CLASS_ANNOTATION];
    if (annotated !== undefined && spec.ingressClassName !== undefined) {
      const why = 'can not be set when the class field is also set';
      causes.push(invalidValue(`metadata.annotations[${CLASS_ANNOTATION}]`, annotated, why));
    }
    checkSpec(spec, causes);
  },
};

function checkSpec(spec: Frozen<IngressSpec>, causes: Cause[]): void {
  const { defaultBackend, rules = [], tls = [], ingressClassName } = spec;
  if (defaultBackend !== undefined) checkBackend(defaultBackend, 'spec.defaultBackend', causes);
  else if (rules.length === 0) {
    causes.push(invalidValue('spec', null, 'either `defaultBackend` or `rules` must be specified'));
  }
  for (const [index, { hosts = [] }] of tls.entries()) {
    for (const [at, host] of hosts.entries()) checkHost(host, `spec.tls[${index}].hosts[${at}]`, causes);
  }
  for (const [index, { host = '', http }] of rules.entries()) {
    const path = `spec.rules[${index}]`;
    if (isIP(host) !== 0) {
      causes.push(invalidValue(`${path}.host`, host, 'must be a DNS name, not an IP address'));
    } else if (host !== '') checkHost(host, `${path}.host`, causes);
    for (const [at, part] of (http?.paths ?? []).entries()) {
      checkPath(part, `${path}.http.paths[${at}]`, causes);
    }
  }
  if (ingressClassName !== undefined) {
    const field = 'spec.ingressClassName';
    invalidEach(causes, field, ingressClassName, dns1123SubdomainErrors(ingressClassName));
  }
}

function checkHost(host: string, field: string, causes: Cause[]): void {
  const problems = host.includes('*') ? wildcardSubdomainErrors(host) : dns1123SubdomainErrors(host);
  invalidEach(causes, field, host, problems);
}

function checkPath(part: Frozen<HTTPIngressPath>, path: string, causes: Cause[]): void {
  const { path: text = '', pathType, backend = {} } = part;
  const field = `${path}.path`;
  if (pathType === 'Exact' || pathType === 'Prefix') {
    if (!text.startsWith('/')) causes.push(invalidValue(field, text, 'must be an absolute path'));
    else {
      for (const odd of NOT_IN_PATHS) {
        if (text.includes(odd)) causes.push(invalidValue(field, text, `must not contain '${odd}'`));
      }
      for (const odd of NOT_AT_THE_END) {
        if (text.endsWith(odd)) causes.push(invalidValue(field, text, `cannot end with '${odd}'`));
      }
    }
  } else if (text !== '' && !text.startsWith('/')) {
    causes.push(invalidValue(field, text, 'must be an absolute path'));
  }
  checkBackend(backend, `${path}.backend`, causes);
}

function checkBackend({ service, resource }: Frozen<IngressBackend>, path: string, causes: Cause[]): void {
  if (service !== undefined && resource !== undefined) {
    causes.push(invalidValue(path, '', 'cannot set both resource and service backends'));
  } else if (service !== undefined) {
    const { name = '', port = {} } = service;
    if (name !== '') invalidEach(causes, `${path}.service.name`, name, dns1035LabelErrors(name));
    if (port.name && port.number) {
      causes.push(invalidValue(path, '', 'cannot set both port name & port number'));
    } else if (port.name) {
      invalidEach(causes, `${path}.service.port.name`, port.name, portNameErrors(port.name));
    } else if (port.number) {
      invalidEach(causes, `${path}.service.port.number`, port.number, portNumberErrors(port.number));
    } else causes.push(required(path, 'port name or number is required'));
  } else if (resource === undefined) {
    causes.push(invalidValue(path, '', 'resource or service backend is required'));
  }
}
