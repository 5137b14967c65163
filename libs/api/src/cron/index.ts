export { type CronSchedule, parseCronSchedule, timeZoneProblem } from './schedule.ts';
