/**
 * Who holds which roles, kept current as roles and bindings change: a question costs look-ups by the user and his
 * groups, whatever the number of bindings, and reads nothing.
 */
import { isArray, isObject } from '@reckon/api';
import type { AccessAttributes, KubeObject, User } from '../../verbs/types.ts';
import { CompiledRole } from './compiled-role.ts';
import { type PolicyRule, policyRules } from './rule.ts';

/** A role that bindings name; it may not be there (yet, or any more). */
interface RoleSlot {
  readonly kind: 'Role' | 'ClusterRole';
  /** '' for a ClusterRole. */
  readonly namespace: string;
  readonly name: string;
  role: CompiledRole | undefined;
  /** Bindings that name it. */
  uses: number;
}

/** The roles of each subject, with how many bindings give it. */
type Grants = Map<string, Map<RoleSlot, number>>;

interface Scope {
  readonly users: Grants;
  readonly groups: Grants;
}

interface Installed {
  readonly scope: Scope;
  readonly slot: RoleSlot;
  readonly users: readonly string[];
  readonly groups: readonly string[];
}

export const RBAC_GROUP = 'rbac.authorization.k8s.io';
export const RBAC_RESOURCES = ['clusterroles', 'roles', 'clusterrolebindings', 'rolebindings'].map(
  (resource) => `${resource}.${RBAC_GROUP}`,
);

export class RbacIndex {
  readonly #slots = new Map<string, RoleSlot>();
  readonly #bindings = new Map<string, Installed>();
  readonly #cluster = newScope();
  readonly #namespaces = new Map<string, Scope>();

  /** @param resource one of `RBAC_RESOURCES`. */
  put(resource: string, object: KubeObject): void {
    const { namespace = '', name = '' } = object.metadata;
    if (resource.startsWith('clusterroles') || resource.startsWith('roles')) {
      const kind = resource.startsWith('clusterroles') ? 'ClusterRole' : 'Role';
      this.#slot(kind, namespace, name).role = new CompiledRole(policyRules(object.rules));
      return;
    }
    const before = this.#bindings.get(`${namespace} ${name}`);
    const installed = this.#install(namespace, object);
    this.#bindings.set(`${namespace} ${name}`, installed);
    if (before) this.#uninstall(before);
  }

  remove(resource: string, namespace: string, name: string): void {
    if (resource.startsWith('clusterroles') || resource.startsWith('roles')) {
      const kind = resource.startsWith('clusterroles') ? 'ClusterRole' : 'Role';
      const slot = this.#slot(kind, namespace, name);
      slot.role = undefined;
      this.#forget(slot);
      return;
    }
    const before = this.#bindings.get(`${namespace} ${name}`);
    if (!before) return;
    this.#bindings.delete(`${namespace} ${name}`);
    this.#uninstall(before);
    if (namespace !== '' && isEmpty(before.scope)) this.#namespaces.delete(namespace);
  }

  allows(user: User, asked: AccessAttributes): boolean {
    if (scopeAllows(this.#cluster, user, asked)) return true;
    if (asked.namespace === '' || asked.path !== undefined) return false;
    const scope = this.#namespaces.get(asked.namespace);
    return scope !== undefined && scopeAllows(scope, user, asked);
  }

  /** Every rule that counts for the user in the namespace ('': only those for the whole cluster). */
  rulesFor(user: User, namespace: string): readonly PolicyRule[] {
    return [...this.#slotsOf(user, namespace)].flatMap(({ role }) => role?.rules ?? []);
  }

  /** Roles that the user is given and that are not there: why he may not do what he should. */
  danglingFor(user: User, namespace: string): readonly string[] {
    return [...this.#slotsOf(user, namespace)]
      .filter(({ role }) => role === undefined)
      .map(({ kind, name }) => `${kind.toLowerCase()}.${RBAC_GROUP} ${JSON.stringify(name)} not found`);
  }

  /** The rules of one role; undefined if it is not there. */
  rulesOf(kind: 'Role' | 'ClusterRole', namespace: string, name: string): readonly PolicyRule[] | undefined {
    return this.#slots.get(slotKey(kind, namespace, name))?.role?.rules;
  }

  *#slotsOf({ name, groups }: User, namespace: string): Iterable<RoleSlot> {
    const own = namespace === '' ? undefined : this.#namespaces.get(namespace);
    for (const scope of own ? [this.#cluster, own] : [this.#cluster]) {
      yield* scope.users.get(name)?.keys() ?? [];
      for (const group of groups) yield* scope.groups.get(group)?.keys() ?? [];
    }
  }

  #install(namespace: string, binding: KubeObject): Installed {
    const scope = namespace === '' ? this.#cluster : this.#scopeOf(namespace);
    const roleRef = isObject(binding.roleRef) ? binding.roleRef : {};
    const kind = roleRef.kind === 'Role' ? 'Role' : 'ClusterRole';
    const slot = this.#slot(kind, kind === 'Role' ? namespace : '', String(roleRef.name));
    const users: string[] = [];
    const groups: string[] = [];
    const subjects = isArray(binding.subjects) ? binding.subjects : [];
    for (const subject of subjects.filter(isObject)) {
      const name = String(subject.name);
      if (subject.kind === 'User') users.push(name);
      else if (subject.kind === 'Group') groups.push(name);
      else if (subject.kind === 'ServiceAccount')
        users.push(`system:serviceaccount:${String(subject.namespace || namespace)}:${name}`);
    }
    slot.uses++;
    for (const user of users) give(scope.users, user, slot);
    for (const group of groups) give(scope.groups, group, slot);
    return { scope, slot, users, groups };
  }

  #uninstall({ scope, slot, users, groups }: Installed): void {
    for (const user of users) take(scope.users, user, slot);
    for (const group of groups) take(scope.groups, group, slot);
    slot.uses--;
    this.#forget(slot);
  }

  #scopeOf(namespace: string): Scope {
    let scope = this.#namespaces.get(namespace);
    if (!scope) {
      scope = newScope();
      this.#namespaces.set(namespace, scope);
    }
    return scope;
  }

  #slot(kind: RoleSlot['kind'], namespace: string, name: string): RoleSlot {
    const key = slotKey(kind, namespace, name);
    let slot = this.#slots.get(key);
    if (!slot) {
      slot = { kind, namespace, name, role: undefined, uses: 0 };
      this.#slots.set(key, slot);
    }
    return slot;
  }

  #forget(slot: RoleSlot): void {
    if (slot.uses > 0 || slot.role !== undefined) return;
    this.#slots.delete(slotKey(slot.kind, slot.namespace, slot.name));
  }
}

function slotKey(kind: RoleSlot['kind'], namespace: string, name: string): string {
  return `${kind} ${namespace} ${name}`;
}

function newScope(): Scope {
  return { users: new Map(), groups: new Map() };
}

function isEmpty({ users, groups }: Scope): boolean {
  return users.size === 0 && groups.size === 0;
}

function give(grants: Grants, subject: string, slot: RoleSlot): void {
  let slots = grants.get(subject);
  if (!slots) {
    slots = new Map();
    grants.set(subject, slots);
  }
  slots.set(slot, (slots.get(slot) ?? 0) + 1);
}

function take(grants: Grants, subject: string, slot: RoleSlot): void {
  const slots = grants.get(subject);
  const count = slots?.get(slot);
  if (!slots || count === undefined) return;
  if (count > 1) slots.set(slot, count - 1);
  else if (slots.delete(slot) && slots.size === 0) grants.delete(subject);
}

function scopeAllows({ users, groups }: Scope, user: User, asked: AccessAttributes): boolean {
  const own = users.get(user.name);
  if (own) for (const { role } of own.keys()) if (role?.allows(asked)) return true;
  for (const group of user.groups) {
    const slots = groups.get(group);
    if (slots) for (const { role } of slots.keys()) if (role?.allows(asked)) return true;
  }
  return false;
}
