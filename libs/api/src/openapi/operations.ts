/** The operations on one resource: those of its verbs and of its subresources. */
import { returnsDeletedObject } from '../meta/deleted-object.ts';
import type { ResourceSchema, Schema, SubresourceSchema } from '../schema/types.ts';
import { NAME, NAMESPACE, PRETTY, queryParameters, type VerbParameters } from './parameters.ts';
import type { Action, Method, Operation, Parameter, Path, Response } from './types.ts';

export const META = 'io.k8s.apimachinery.pkg.apis.meta.v1.';
export const MEDIA = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf'];
const WATCH_MEDIA = [
  ...MEDIA,
  'application/json;stream=watch',
  'application/vnd.kubernetes.protobuf;stream=watch',
];
const PATCH_MEDIA = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
];
export const UNAUTHORIZED: Response = { code: 401, description: 'Unauthorized' };
const CONNECT_METHODS: Readonly<Record<string, Method>> = { get: 'get', create: 'post' };

const capitalized = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);

export function groupVersionPath(group: string, version: string): string {
  return group === '' ? `api/${version}` : `apis/${group}/${version}`;
}

/** `core_v1` and `CoreV1`: how generated clients name the parts of the API. */
export function names(group: string, version: string): { readonly tag: string; readonly prefix: string } {
  const short = group === '' ? 'core' : (group.split('.')[0] ?? group);
  return { tag: `${short}_${version}`, prefix: `${capitalized(short)}${capitalized(version)}` };
}

export class ResourceOperations {
  readonly #schema: Schema;
  readonly #resource: ResourceSchema;
  readonly #parameters: VerbParameters;
  readonly #noun: string;
  readonly #tag: string;
  readonly #prefix: string;

  constructor(schema: Schema, resource: ResourceSchema, parameters: VerbParameters) {
    const { tag, prefix } = names(resource.group, resource.version);
    this.#schema = schema;
    this.#resource = resource;
    this.#parameters = parameters;
    this.#noun = `${resource.namespaced ? 'Namespaced' : ''}${resource.kind}`;
    this.#tag = tag;
    this.#prefix = prefix;
  }

  paths(): readonly Path[] {
    const { group, version, resource, namespaced, subresources } = this.#resource;
    const root = `/${groupVersionPath(group, version)}`;
    const collection = namespaced ? `${root}/namespaces/{namespace}/${resource}` : `${root}/${resource}`;
    const scope = namespaced ? [NAMESPACE, PRETTY] : [PRETTY];
    return [
      { path: collection, parameters: scope, operations: this.#collection() },
      ...(namespaced
        ? [
            {
              path: `${root}/${resource}`,
              parameters: [PRETTY, ...this.#parameters.list],
              operations: this.#allNamespaces(),
            },
          ]
        : []),
      { path: `${collection}/{name}`, parameters: [NAME, ...scope], operations: this.#object() },
      ...[...subresources.values()].map((sub) => ({
        path: `${collection}/{name}/${sub.name}`,
        parameters: [NAME, ...scope],
        operations: this.#subresource(sub),
      })),
    ];
  }

  #openapiName(kind: string): string {
    const { group, version } = this.#resource;
    return this.#schema.kindMessage(group, version, kind)?.openapiName ?? '';
  }

  #operation(
    verb: string,
    action: Action,
    rest: Pick<Operation, 'description' | 'parameters' | 'responses'> & Partial<Operation>,
  ): Operation {
    const { group, version, kind } = this.#resource;
    return {
      id: `${verb}${this.#prefix}${this.#noun}`,
      tag: this.#tag,
      action,
      kind: { group, version, kind },
      consumes: ['*/*'],
      produces: MEDIA,
      ...rest,
      responses: [...rest.responses, UNAUTHORIZED],
    };
  }

  #has(verb: string): boolean {
    return this.#resource.verbs.includes(verb);
  }

  #collection(): Path['operations'] {
    const { kind, listKind } = this.#resource;
    const type = this.#openapiName(kind);
    const status = `${META}Status`;
    const deletes = [
      ...this.#parameters.delete,
      ...this.#parameters.list.filter(({ name }) => !/watch|Watch/.test(name)),
    ];
    return {
      ...(this.#has('list') && {
        get: this.#list('list', this.#openapiName(listKind), this.#parameters.list),
      }),
      ...(this.#has('create') && {
        post: this.#operation('create', 'post', {
          description: `Creates a ${kind}.`,
          parameters: this.#parameters.create,
          body: { type, required: true },
          responses: [
            ok(type),
            { code: 201, description: 'Created', type },
            { code: 202, description: 'Accepted', type },
          ],
        }),
      }),
      ...(this.#has('deletecollection') && {
        delete: this.#operation('delete', 'deletecollection', {
          id: `delete${this.#prefix}Collection${this.#noun}`,
          description: `Deletes every ${kind} that matches.`,
          parameters: deletes,
          body: { type: `${META}DeleteOptions`, required: false },
          responses: [ok(status)],
        }),
      }),
    };
  }

  #list(verb: string, type: string, parameters: readonly Parameter[], id?: string): Operation {
    return this.#operation(verb, 'list', {
      ...(id === undefined ? {} : { id }),
      description: `Lists or watches objects of kind ${this.#resource.kind}.`,
      parameters,
      produces: WATCH_MEDIA,
      responses: [ok(type)],
    });
  }

  #allNamespaces(): Path['operations'] {
    if (!this.#has('list')) return {};
    const { kind, listKind } = this.#resource;
    return {
      get: this.#list('list', this.#openapiName(listKind), [], `list${this.#prefix}${kind}ForAllNamespaces`),
    };
  }

  #object(): Path['operations'] {
    const { kind, groupResource } = this.#resource;
    const type = this.#openapiName(kind);
    const deleted = returnsDeletedObject(groupResource) ? type : `${META}Status`;
    return {
      ...(this.#has('get') && { get: this.#read(type, '') }),
      ...(this.#has('update') && { put: this.#replace(type, '') }),
      ...(this.#has('patch') && { patch: this.#patch(type, '') }),
      ...(this.#has('delete') && {
        delete: this.#operation('delete', 'delete', {
          description: `Deletes a ${kind}.`,
          parameters: this.#parameters.delete,
          body: { type: `${META}DeleteOptions`, required: false },
          responses: [ok(deleted), { code: 202, description: 'Accepted', type: deleted }],
        }),
      }),
    };
  }

  #read(type: string, part: string): Operation {
    return this.#operation('read', 'get', {
      id: `read${this.#prefix}${this.#noun}${capitalized(part)}`,
      description: `Reads ${part === '' ? '' : `${part} of `}a ${this.#resource.kind}.`,
      parameters: [],
      responses: [ok(type)],
    });
  }

  #replace(type: string, part: string): Operation {
    return this.#operation('replace', 'put', {
      id: `replace${this.#prefix}${this.#noun}${capitalized(part)}`,
      description: `Replaces ${part === '' ? '' : `${part} of `}a ${this.#resource.kind}.`,
      parameters: this.#parameters.update,
      body: { type, required: true },
      responses: [ok(type), { code: 201, description: 'Created', type }],
    });
  }

  #patch(type: string, part: string): Operation {
    return this.#operation('patch', 'patch', {
      id: `patch${this.#prefix}${this.#noun}${capitalized(part)}`,
      description: `Changes a part of ${part === '' ? '' : `${part} of `}a ${this.#resource.kind}.`,
      parameters: this.#parameters.patch,
      body: { type: `${META}Patch`, required: true },
      consumes: PATCH_MEDIA,
      responses: [ok(type), { code: 201, description: 'Created', type }],
    });
  }

  #subresource(sub: SubresourceSchema): Path['operations'] {
    const message = this.#schema.kindMessage(sub.group, sub.version, sub.kind);
    const kind = { group: sub.group, version: sub.version, kind: sub.kind };
    if (sub.name === 'log') return { get: { ...this.#log(), kind } };
    if (message === undefined) return this.#connect(sub, kind);
    const type = message.openapiName;
    const created: Response = { code: 201, description: 'Created', type };
    return {
      ...(sub.verbs.includes('get') && { get: { ...this.#read(type, sub.name), kind } }),
      ...(sub.verbs.includes('update') && { put: { ...this.#replace(type, sub.name), kind } }),
      ...(sub.verbs.includes('patch') && { patch: { ...this.#patch(type, sub.name), kind } }),
      ...(sub.verbs.includes('create') && {
        post: {
          ...this.#operation('create', 'post', {
            id: `create${this.#prefix}${this.#noun}${capitalized(sub.name)}`,
            description: `Creates ${sub.name} of a ${this.#resource.kind}.`,
            parameters: this.#parameters.create,
            body: { type, required: true },
            responses: [ok(type), created, { code: 202, description: 'Accepted', type }],
          }),
          kind,
        },
      }),
    };
  }

  #log(): Operation {
    return {
      ...this.#read('', 'log'),
      parameters: queryParameters(this.#schema, 'reckon.api.core.v1.PodLogOptions'),
      produces: ['text/plain', ...MEDIA],
      responses: [{ code: 200, description: 'OK' }, UNAUTHORIZED],
    };
  }

  /** Streams: the options are no objects, but the parameters of the query. */
  #connect(sub: SubresourceSchema, kind: NonNullable<Operation['kind']>): Path['operations'] {
    const message = `reckon.api.core.v1.${sub.kind}`;
    const parameters = this.#schema.messages.has(message) ? queryParameters(this.#schema, message) : [];
    const operations = sub.verbs.flatMap((verb): [Method, Operation][] => {
      const method = CONNECT_METHODS[verb];
      if (method === undefined) return [];
      const operation = this.#operation('connect', 'connect', {
        id: `connect${this.#prefix}${capitalized(method)}${this.#noun}${capitalized(sub.name)}`,
        description: `Connects to ${sub.name} of a ${this.#resource.kind}.`,
        parameters,
        produces: ['*/*'],
        responses: [{ code: 200, description: 'OK' }],
        kind,
      });
      return [[method, operation]];
    });
    return Object.fromEntries(operations);
  }
}

export function ok(type: string): Response {
  return { code: 200, description: 'OK', type };
}
