/**
 * Sets of fields that are one and the same value for all objects that have these fields: of a thousand pods made from
 * one template the set is made, kept in memory and encoded once.
 *
 * A set is found by the way to it: from nothing, a step for each child by its element and its own (shared) branch.
 */
import { isArray, isObject } from '../json/types.ts';
import { elementOf } from './element.ts';
import { type FieldSet, isEmptySet, MEMBER } from './field-set.ts';
import { areInOrder, compareElements } from './order.ts';
import type { ListShape, SetShape, Shape } from './shape.ts';

/** Names come from clients: when so many steps are remembered, it begins anew. */
const MAX_STEPS = 50_000;

/** A set that has the children on the way here, in this order. */
class Step {
  readonly #before: Step | undefined;
  readonly #element: string;
  readonly #child: FieldSet;
  /** On by a child that has no children itself, and by any other. */
  readonly #members = new Map<string, Step>();
  #branches: Map<string, Map<FieldSet, Step>> | undefined;
  set: FieldSet | undefined;

  constructor(before: Step | undefined, element: string, child: FieldSet) {
    this.#before = before;
    this.#element = element;
    this.#child = child;
  }

  get(element: string, child: FieldSet): Step | undefined {
    return child === MEMBER ? this.#members.get(element) : this.#branches?.get(element)?.get(child);
  }

  add(element: string, child: FieldSet): Step {
    const added = new Step(this, element, child);
    if (child === MEMBER) {
      this.#members.set(element, added);
      return added;
    }
    this.#branches ??= new Map();
    const ways = this.#branches.get(element);
    if (ways) ways.set(child, added);
    else this.#branches.set(element, new Map([[child, added]]));
    return added;
  }

  children(): readonly (readonly [string, FieldSet])[] {
    const children: [string, FieldSet][] = [];
    for (let at: Step = this; at.#before; at = at.#before) children.push([at.#element, at.#child]);
    return children.reverse();
  }
}

export class SharedFields {
  readonly #maxSteps: number;
  #nothing = new Step(undefined, '', MEMBER);
  #steps = 0;
  readonly #shared = new WeakSet<FieldSet>();
  readonly #texts = new WeakMap<FieldSet, string>();

  constructor(maxSteps = MAX_STEPS) {
    this.#maxSteps = maxSteps;
  }

  /**
   * `allFieldsOf`, shared. Undefined for the few objects whose fields alone do not tell how they compare with nothing:
   * those with a null, with a value of another form than its shape, or with list elements that are there twice.
   * Throws ElementError as that does.
   */
  allFieldsOf(shape: Shape, value: unknown): FieldSet | undefined {
    if (value === null) return undefined;
    switch (shape.kind) {
      case 'leaf':
        return MEMBER;
      case 'set':
      case 'list':
        return isArray(value) ? this.#elementsOf(shape, value) : undefined;
      case 'struct':
      case 'map':
        break;
    }
    if (!isObject(value)) return undefined;
    let at: Step | undefined;
    for (const name in value) {
      const part = value[name];
      if (part === undefined) continue;
      const field = shape.kind === 'struct' ? shape.field(name) : undefined;
      const inner = shape.kind === 'map' ? shape.values : (field?.shape ?? LEAF);
      const child = this.allFieldsOf(inner, part);
      if (child === undefined) return undefined;
      at = this.#next(at ?? this.#itself(), field?.element ?? `f:${name}`, child);
    }
    return at ? this.#setAt(at) : MEMBER;
  }

  /** The shared set of the same fields, in the order in which Kubernetes writes them. */
  share(set: FieldSet): FieldSet {
    if (this.#shared.has(set)) return set;
    if (isEmptySet(set)) return MEMBER;
    let at = this.#nothing;
    for (const element in set) at = this.#next(at, element, this.share(set[element] ?? MEMBER));
    return this.#setAt(at);
  }

  /** JSON of a set that is shared, made once; undefined for any other. */
  textOf(set: FieldSet): string | undefined {
    let text = this.#texts.get(set);
    if (text !== undefined || !this.#shared.has(set)) return text;
    text = JSON.stringify(set);
    this.#texts.set(set, text);
    return text;
  }

  #elementsOf(shape: ListShape | SetShape, items: readonly unknown[]): FieldSet | undefined {
    const seen = items.length > 1 ? new Set<string>() : undefined;
    let at: Step | undefined;
    for (const item of items) {
      const element = elementOf(shape, item);
      if (seen?.has(element)) return undefined;
      seen?.add(element);
      const child = shape.kind === 'list' ? this.allFieldsOf(shape.elements, item) : MEMBER;
      if (child === undefined) return undefined;
      at = this.#next(at ?? this.#itself(), element, child);
    }
    return at ? this.#setAt(at) : MEMBER;
  }

  /** Where a branch begins that is itself in the set. */
  #itself(): Step {
    return this.#next(this.#nothing, '.', MEMBER);
  }

  #next(from: Step, element: string, child: FieldSet): Step {
    const there = from.get(element, child);
    if (there) return there;
    this.#steps++;
    return from.add(element, child);
  }

  #setAt(end: Step): FieldSet {
    if (end.set) return end.set;
    const children = end.children();
    if (!areInOrder(children.map(([element]) => element))) {
      // Another way to the same fields.
      const inOrder = children.toSorted(([a], [b]) => compareElements(a, b));
      end.set = this.#setAt(
        inOrder.reduce((at, [element, child]) => this.#next(at, element, child), this.#nothing),
      );
      return end.set;
    }
    const set: FieldSet = Object.freeze(Object.fromEntries(children));
    end.set = set;
    this.#shared.add(set);
    if (this.#steps > this.#maxSteps) {
      // What was handed out stays as it is; the same fields are only another value from now on.
      this.#nothing = new Step(undefined, '', MEMBER);
      this.#steps = 0;
    }
    return set;
  }
}

const LEAF: Shape = { kind: 'leaf' };
