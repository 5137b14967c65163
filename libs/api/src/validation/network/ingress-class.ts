import type { IngressClass } from '@reckon/proto/reckon/api/networking/v1/ingress_class.ts';
import { pathSegmentName, subdomainName } from '../../names/object-name.ts';
import { forbidden, invalidEach, required, tooLong } from '../causes.ts';
import { checkDomainPath } from '../domain-path.ts';
import type { KindRules } from '../types.ts';

const MAX_CONTROLLER_LENGTH = 250;

export const INGRESS_CLASS: KindRules<IngressClass> = {
  name: subdomainName,
  object: ({ spec = {} }, causes) => {
    const { controller = '', parameters } = spec;
    if (controller.length > MAX_CONTROLLER_LENGTH) {
      causes.push(tooLong('spec.controller', MAX_CONTROLLER_LENGTH));
    }
    checkDomainPath(controller, 'spec.controller', causes);
    if (parameters === undefined) return;
    const { kind = '', name = '', scope, namespace } = parameters;
    for (const [field, text] of Object.entries({ kind, name })) {
      if (text !== '') invalidEach(causes, `spec.parameters.${field}`, text, pathSegmentName(text, false));
    }
    if (scope === 'Namespace' && !namespace) {
      causes.push(required('spec.parameters.namespace', "`parameters.scope` is set to 'Namespace'"));
    }
    if (scope === 'Cluster' && namespace !== undefined) {
      causes.push(forbidden('spec.parameters.namespace', "`parameters.scope` is set to 'Cluster'"));
    }
  },
};
