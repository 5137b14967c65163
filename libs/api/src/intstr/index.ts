export * from './int-or-string.ts';
