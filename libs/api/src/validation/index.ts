export { JOB_NAME_LABELS, JOB_UID_LABELS } from './job/job.ts';
export { SYSTEM_PRIORITIES } from './priority-class.ts';
export { type ObjectUpdate, validateCreate, validateUpdate } from './validate.ts';
