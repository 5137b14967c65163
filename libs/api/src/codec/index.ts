export { type DecodedText, decodeJson } from './json.ts';
export * from './protobuf/index.ts';
export { decodeYaml } from './yaml.ts';
