export { openapiV2, openapiV3, openapiV3Paths } from './document.ts';
export { openapiV2Protobuf } from './gnostic.ts';
