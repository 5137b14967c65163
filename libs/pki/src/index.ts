export { Authority, type LeafRequest, type SigningOptions } from './authority.ts';
export { type AskedCertificate, parseRequest } from './request.ts';
export type { Identity, KeyPairPem, SubjectAlternative } from './types.ts';
