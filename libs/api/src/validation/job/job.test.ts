import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createProblems, objectOf, updateProblems } from '../testing.ts';

type Fields = Record<string, unknown>;

const uid = 'a-uid';
const generated = {
  'batch.kubernetes.io/controller-uid': uid,
  'controller-uid': uid,
  'batch.kubernetes.io/job-name': 'x',
  'job-name': 'x',
};
const template = {
  metadata: { labels: generated },
  spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'i' }] },
};
const selector = { matchLabels: { 'batch.kubernetes.io/controller-uid': uid } };
const job = (rest: Fields = {}) => ({
  resource: 'jobs.batch',
  metadata: { uid },
  spec: { template, selector, ...rest },
});
const problems = (rest: Fields = {}) => createProblems(job(rest));
const withPolicy = (restartPolicy: string) => ({ ...template, spec: { ...template.spec, restartPolicy } });

describe('jobs', () => {
  it('may be as the tutorials have them, and get the defaults of Kubernetes', () => {
    assert.deepEqual(problems(), []);
    const { spec } = objectOf(job());
    const { template: _t, selector: _s, ...rest } = spec as Fields;
    assert.deepEqual(rest, {
      parallelism: 1,
      completions: 1,
      backoffLimit: 6,
      completionMode: 'NonIndexed',
      suspend: false,
      manualSelector: false,
      podReplacementPolicy: 'TerminatingOrFailed',
    });
    const queue = objectOf(job({ parallelism: 3 })).spec as Fields;
    assert.equal(queue.completions, undefined);
    const perIndex = objectOf(job({ backoffLimitPerIndex: 1 })).spec as Fields;
    assert.equal(perIndex.backoffLimit, 2_147_483_647);
  });

  it('run pods that may end', () => {
    assert.deepEqual(problems({ template: withPolicy('Always') }), [
      'spec.template.spec.restartPolicy: Unsupported value: "Always": supported values: "OnFailure", "Never"',
    ]);
    assert.deepEqual(problems({ parallelism: -1, backoffLimit: -1 }), [
      'spec.parallelism: Invalid value: -1: must be greater than or equal to 0',
      'spec.backoffLimit: Invalid value: -1: must be greater than or equal to 0',
    ]);
  });

  it('keep the labels and the selector that the system makes', () => {
    const labels = { ...generated, 'job-name': 'other' };
    assert.deepEqual(problems({ template: { ...template, metadata: { labels } } }), [
      `spec.template.metadata.labels[job-name]: Invalid value: ${JSON.stringify(labels)}: must be 'x'`,
    ]);
    assert.deepEqual(problems({ selector: { matchLabels: { app: 'web' } } }), [
      'spec.selector: Invalid value: {"matchLabels":{"app":"web"}}: `selector` not auto-generated',
      `spec.template.metadata.labels: Invalid value: ${JSON.stringify(generated)}: \`selector\` does not match template \`labels\``,
    ]);
    const own = { ...template, metadata: { labels: { app: 'web' } } };
    const manual = { manualSelector: true, selector: { matchLabels: { app: 'web' } }, template: own };
    assert.deepEqual(problems(manual), []);
  });

  it('of many indexes are bounded, and others have none', () => {
    assert.deepEqual(problems({ completionMode: 'Indexed', parallelism: 2 }), [
      'spec.completions: Required value: when completion mode is Indexed',
    ]);
    assert.deepEqual(problems({ backoffLimitPerIndex: 1 }), [
      'spec.backoffLimitPerIndex: Invalid value: 1: requires indexed completion mode',
    ]);
    const indexed = { completionMode: 'Indexed', completions: 3 };
    assert.deepEqual(problems({ ...indexed, maxFailedIndexes: 4, backoffLimitPerIndex: 1 }), [
      'spec.maxFailedIndexes: Invalid value: 4: must be less than or equal to completions',
    ]);
    assert.deepEqual(problems({ ...indexed, maxFailedIndexes: 1 }), [
      'spec.backoffLimitPerIndex: Required value: when maxFailedIndexes is specified',
    ]);
  });

  it('say what to do about failures in rules that can apply', () => {
    const rules = (...all: Fields[]) => problems({ podFailurePolicy: { rules: all } });
    const onExitCodes = { operator: 'In', values: [1, 2], containerName: 'c' };
    const onPodConditions = [{ type: 'DisruptionTarget' }];
    assert.deepEqual(rules({ action: 'FailJob', onExitCodes }, { action: 'Ignore', onPodConditions }), []);
    const at = 'spec.podFailurePolicy.rules[0]';
    assert.deepEqual(rules({ action: 'FailIndex', onPodConditions }), [
      `${at}.action: Invalid value: "FailIndex": requires the backoffLimitPerIndex to be set`,
    ]);
    assert.deepEqual(rules({ action: 'Count' }), [
      `${at}: Invalid value: specifying one of OnExitCodes and OnPodConditions is required`,
    ]);
    assert.deepEqual(
      rules({ action: 'Count', onExitCodes: { operator: 'In', values: [3, 0, 3], containerName: 'd' } }),
      [
        `${at}.onExitCodes.values[1]: Invalid value: 0: must not be 0 for the In operator`,
        `${at}.onExitCodes.values[2]: Duplicate value: 3`,
        `${at}.onExitCodes.values: Invalid value: [3,0,3]: must be ordered`,
        `${at}.onExitCodes.containerName: Invalid value: "d": must be one of the container or initContainer names in the pod template`,
      ],
    );
    const podFailurePolicy = { rules: [{ action: 'FailJob', onPodConditions }] };
    assert.deepEqual(problems({ podFailurePolicy, template: withPolicy('OnFailure') }), [
      'spec.template.spec.restartPolicy: Invalid value: "OnFailure": only "Never" is supported when podFailurePolicy is specified',
    ]);
  });

  it('of indexes may succeed early', () => {
    const early = (rule: Fields) =>
      problems({ completionMode: 'Indexed', completions: 5, successPolicy: { rules: [rule] } });
    const at = 'spec.successPolicy.rules[0]';
    assert.deepEqual(early({ succeededIndexes: '0,2-4', succeededCount: 3 }), []);
    assert.deepEqual(early({}), [
      `${at}: Required value: at least one of succeededCount or succeededIndexes must be specified`,
    ]);
    assert.deepEqual(early({ succeededIndexes: '3-5' }), [
      `${at}.succeededIndexes: Invalid value: "3-5": error parsing succeededIndexes: too large index: "5"`,
    ]);
    assert.deepEqual(early({ succeededIndexes: '0,1', succeededCount: 3 }), [
      `${at}.succeededCount: Invalid value: 3: must be less than or equal to 2 (the number of indexes in the specified succeededIndexes field)`,
    ]);
    assert.deepEqual(problems({ successPolicy: { rules: [{ succeededCount: 1 }] } }), [
      'spec.successPolicy: Invalid value: {"rules":[{"succeededCount":1}]}: requires indexed completion mode',
    ]);
  });

  it('cannot change what they do, only how fast and whether', () => {
    const free = { parallelism: 5, suspend: true, backoffLimit: 1, activeDeadlineSeconds: 9 };
    assert.deepEqual(updateProblems(job({ completions: 5 }), job({ completions: 5, ...free })), []);
    assert.deepEqual(updateProblems(job(), job({ completions: 2, parallelism: 1 })), [
      'spec.completions: Invalid value: 2: field is immutable',
    ]);
    const moved = { ...template, spec: { ...template.spec, nodeSelector: { disk: 'ssd' } } };
    const [refusal = ''] = updateProblems(job(), job({ template: moved }));
    assert.match(refusal, /^spec\.template: Invalid value: .*: field is immutable$/);
    assert.deepEqual(updateProblems(job({ suspend: true }), job({ template: moved })), []);
    const indexed = { completionMode: 'Indexed' };
    assert.deepEqual(
      updateProblems(
        job({ ...indexed, completions: 2, parallelism: 2 }),
        job({ ...indexed, completions: 4, parallelism: 4 }),
      ),
      [],
    );
  });
});

describe('cron jobs', () => {
  const cron = (rest: Fields, name = 'x') =>
    createProblems({
      resource: 'cronjobs.batch',
      metadata: { name },
      spec: {
        schedule: '*/5 * * * *',
        jobTemplate: { spec: { template: { spec: template.spec } } },
        ...rest,
      },
    });

  it('may be as the tutorials have them, and get the defaults of Kubernetes', () => {
    assert.deepEqual(cron({}), []);
    assert.deepEqual(cron({ schedule: '@daily', timeZone: 'Europe/Vienna' }), []);
    const { spec } = objectOf({
      resource: 'cronjobs.batch',
      spec: { schedule: '@daily', jobTemplate: { spec: {} } },
    });
    const { jobTemplate, ...rest } = spec as Fields;
    assert.deepEqual(rest, {
      schedule: '@daily',
      concurrencyPolicy: 'Allow',
      suspend: false,
      successfulJobsHistoryLimit: 3,
      failedJobsHistoryLimit: 1,
    });
    assert.equal(((jobTemplate as Fields).spec as Fields).backoffLimit, undefined);
  });

  it('need a schedule that can be read, in a time zone that there is', () => {
    assert.deepEqual(cron({ schedule: '' }), ['spec.schedule: Required value']);
    assert.deepEqual(cron({ schedule: 'hourly' }), [
      'spec.schedule: Invalid value: "hourly": expected exactly 5 fields, found 1: [hourly]',
    ]);
    assert.deepEqual(cron({ schedule: 'TZ=UTC 0 * * * *' }), [
      'spec.schedule: Invalid value: "TZ=UTC 0 * * * *": cannot use TZ or CRON_TZ in schedule, use timeZone field instead',
    ]);
    assert.deepEqual(cron({ timeZone: 'Mars/Base' }), [
      'spec.timeZone: Invalid value: "Mars/Base": unknown time zone Mars/Base',
    ]);
    assert.deepEqual(cron({ timeZone: 'Local' }), [
      'spec.timeZone: Invalid value: "Local": timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones',
    ]);
  });

  it('make Jobs that are sound, of names that leave room', () => {
    const long = 'x'.repeat(53);
    assert.deepEqual(cron({}, long), [
      `metadata.name: Invalid value: "${long}": must be no more than 52 characters`,
    ]);
    const odd = { template: { spec: template.spec }, selector: {}, manualSelector: true };
    assert.deepEqual(cron({ jobTemplate: { spec: odd } }), [
      'spec.jobTemplate.spec.selector: Invalid value: {}: `selector` will be auto-generated',
      'spec.jobTemplate.spec.manualSelector: Unsupported value: true: supported values: "nil", "false"',
    ]);
    assert.deepEqual(cron({ jobTemplate: { spec: {} }, concurrencyPolicy: 'Often', suspend: true }), [
      'spec.concurrencyPolicy: Unsupported value: "Often": supported values: "Allow", "Forbid", "Replace"',
      'spec.jobTemplate.spec.template.spec.containers: Required value',
      'spec.jobTemplate.spec.template.spec.restartPolicy: Unsupported value: "Always": supported values: "OnFailure", "Never"',
    ]);
  });
});
