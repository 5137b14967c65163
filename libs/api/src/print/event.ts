import type { Event } from '@reckon/proto/reckon/api/core/v1/event.ts';
import { ageOf } from '../names/duration.ts';
import { NAME, printer, text, wide } from './columns.ts';
import type { Frozen } from './types.ts';

export const eventPrinter = printer<Event>(
  [
    text('Last Seen', 'When it happened the last time.'),
    text('Type', 'Normal or Warning.'),
    text('Reason', 'What happened, in one word.'),
    text('Object', 'What it happened to.'),
    wide(text('Subobject', 'The part of the object it happened to.')),
    wide(text('Source', 'Who reports it.')),
    text('Message', 'What happened, in a sentence.'),
    wide(text('First Seen', 'When it happened the first time.')),
    wide(text('Count', 'How often it happened.')),
    wide(NAME),
  ],
  (event, nowMs) => {
    const first = ageOf(event.firstTimestamp || event.eventTime, nowMs);
    const last = event.lastTimestamp ? ageOf(event.lastTimestamp, nowMs) : first;
    const { series } = event;
    return {
      cells: [
        series === undefined ? last : ageOf(series.lastObservedTime, nowMs),
        event.type ?? '',
        event.reason ?? '',
        targetOf(event),
        event.involvedObject?.fieldPath ?? '',
        sourceOf(event),
        (event.message ?? '').trim(),
        first,
        series?.count ?? (event.count || 1),
        event.metadata.name ?? '',
      ],
    };
  },
);

function targetOf({ involvedObject }: Frozen<Event>): string {
  const kind = (involvedObject?.kind ?? '').toLowerCase();
  return involvedObject?.name ? `${kind}/${involvedObject.name}` : kind;
}

function sourceOf({ source, reportingComponent, reportingInstance }: Frozen<Event>): string {
  const component = source?.component || reportingComponent || '';
  const instance = source?.host || reportingInstance || '';
  return instance === '' ? component : `${component}, ${instance}`;
}
