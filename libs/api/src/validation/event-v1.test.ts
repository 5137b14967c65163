import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createProblems, type Sample, updateProblems } from './testing.ts';

const V1 = 'events.k8s.io/v1';
const AT = '2026-01-01T00:00:00.000000Z';
const SECOND = '2026-01-01T00:00:00Z';

/** As it is kept; a good one of the newer form. */
const event = (rest: Record<string, unknown> = {}): Sample => ({
  resource: 'events',
  involvedObject: { kind: 'Pod', name: 'p', namespace: 'default' },
  eventTime: AT,
  reportingComponent: 'example.com/x',
  reportingInstance: 'x-1',
  action: 'Tried',
  reason: 'Test',
  type: 'Normal',
  ...rest,
});

describe('an event that is created in events.k8s.io/v1', () => {
  const table: readonly (readonly [string, Record<string, unknown>, readonly string[]])[] = [
    ['is of the newer form', {}, []],
    ['may be a warning', { type: 'Warning' }, []],
    ['has a time', { eventTime: undefined }, ['eventTime: Required value']],
    ['has a type', { type: undefined }, ['type: Invalid value: "": has invalid value: ']],
    ['has one of two types', { type: 'Error' }, ['type: Invalid value: "": has invalid value: Error']],
    [
      'says when it began by its time',
      { firstTimestamp: SECOND },
      ['firstTimestamp: Invalid value: "": needs to be unset'],
    ],
    [
      'says when it ended by its series',
      { lastTimestamp: SECOND },
      ['lastTimestamp: Invalid value: "": needs to be unset'],
    ],
    ['is counted by its series', { count: 1 }, ['count: Invalid value: "": needs to be unset']],
    ['has no component', { source: { component: 'x' } }, ['source: Invalid value: "": needs to be unset']],
    ['has no host', { source: { host: 'x' } }, ['source: Invalid value: "": needs to be unset']],
    ['may have an empty source', { source: {} }, []],
    [
      'is no series before it happened twice',
      { series: { count: 1 } },
      ['series.count: Invalid value: "": should be at least 2', 'series.lastObservedTime: Required value'],
    ],
    ['may be a series', { series: { count: 2, lastObservedTime: AT } }, []],
    [
      'says who reports',
      { reportingComponent: '' },
      [
        'reportingController: Required value',
        'reportingController: Invalid value: "": name part must be non-empty',
        `reportingController: Invalid value: "": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')`,
      ],
    ],
    ['says which of them reports', { reportingInstance: undefined }, ['reportingInstance: Required value']],
    [
      'says it in 128 bytes',
      { reportingInstance: 'é'.repeat(65) },
      ['reportingInstance: Invalid value: "": can have at most 128 characters'],
    ],
    ['says what was done', { action: undefined }, ['action: Required value']],
    [
      'says it in 128 bytes as well',
      { action: 'a'.repeat(129) },
      ['action: Invalid value: "": can have at most 128 characters'],
    ],
    ['says why', { reason: undefined }, ['reason: Required value']],
    [
      'says why in 128 bytes',
      { reason: 'a'.repeat(129) },
      ['reason: Invalid value: "": can have at most 128 characters'],
    ],
    [
      'has a short note',
      { message: 'a'.repeat(1_025) },
      ['message: Invalid value: "": can have at most 1024 characters'],
    ],
    [
      'is in a namespace of the system if it is about something without',
      { involvedObject: { kind: 'Node', name: 'n' } },
      [],
    ],
    [
      'is in no other namespace then',
      { involvedObject: { kind: 'Node', name: 'n' }, metadata: { namespace: 'other' } },
      ['involvedObject.namespace: Invalid value: "": does not match event.namespace'],
    ],
    ['may be elsewhere than what it is about', { metadata: { namespace: 'other' } }, []],
  ];
  for (const [sentence, rest, expected] of table) {
    it(sentence, () => assert.deepEqual(createProblems(event(rest), V1), expected));
  }

  it('has the name of a subdomain, where the core group takes any', () => {
    const named = event({ metadata: { name: 'With_Capitals' } });
    assert.deepEqual(createProblems(named), []);
    const [problem, ...more] = createProblems(named, V1);
    assert.match(
      problem ?? '',
      /^metadata\.name: Invalid value: "With_Capitals": a lowercase RFC 1123 subdomain/,
    );
    assert.deepEqual(more, []);
  });
});

describe('an event that is created in the core group or in events.k8s.io/v1beta1', () => {
  for (const askedIn of ['', 'events.k8s.io/v1beta1']) {
    it(`may say it the old way (${askedIn || 'v1'})`, () => {
      const old = {
        eventTime: undefined,
        type: 'Other',
        firstTimestamp: SECOND,
        lastTimestamp: SECOND,
        count: 1,
      };
      const source = { component: 'x', host: 'n' };
      assert.deepEqual(createProblems(event({ ...old, source, series: { count: 1 } }), askedIn), []);
    });
  }

  it('is in the namespace of what it is about', () => {
    const about = (involved: string | undefined, namespace: string) =>
      createProblems(
        event({
          eventTime: undefined,
          involvedObject: { kind: 'X', name: 'x', namespace: involved },
          metadata: { namespace },
        }),
      );
    const elsewhere = (involved: string) => [
      `involvedObject.namespace: Invalid value: "${involved}": does not match event.namespace`,
    ];
    assert.deepEqual(about('team', 'team'), []);
    assert.deepEqual(about(undefined, 'default'), []);
    assert.deepEqual(about(undefined, 'kube-system'), elsewhere(''));
    assert.deepEqual(about('team', 'default'), elsewhere('team'));
  });
});

describe('an event that is changed in events.k8s.io/v1', () => {
  const fixed: Readonly<Record<string, unknown>> = {
    involvedObject: { kind: 'Pod', name: 'q', namespace: 'default' },
    reason: 'Other',
    message: 'other',
    source: { component: 'x' },
    firstTimestamp: SECOND,
    lastTimestamp: SECOND,
    count: 3,
    type: 'Warning',
    eventTime: '2026-01-01T00:00:01.000000Z',
    action: 'Other',
    related: { kind: 'Pod', name: 'q' },
    reportingComponent: 'example.com/y',
    reportingInstance: 'y-1',
  };
  for (const [field, value] of Object.entries(fixed)) {
    it(`keeps its ${field}; in the core group it need not`, () => {
      const told = field === 'reportingComponent' ? 'reportingController' : field;
      const [before, after] = [event(), event({ [field]: value })];
      assert.deepEqual(updateProblems(before, after, '', V1), [
        `${told}: Invalid value: ${JSON.stringify(value)}: field is immutable`,
      ]);
      assert.deepEqual(updateProblems(before, after), []);
    });
  }

  it('is a good series from then on, and what it was before is not held against it', () => {
    const [first, second] = [{ count: 1 }, { count: 2, lastObservedTime: AT }];
    assert.deepEqual(updateProblems(event(), event({ series: second }), '', V1), []);
    assert.deepEqual(updateProblems(event({ series: first }), event({ series: first }), '', V1), []);
    assert.deepEqual(updateProblems(event({ series: second }), event({ series: first }), '', V1), [
      'series.count: Invalid value: "": should be at least 2',
      'series.lastObservedTime: Required value',
    ]);
  });
});
