/**
 * A certificate signing request:
 *
 *   pending ─▶ approved (by us: a node's client certificate that it may have; else by a person) ─▶ issued ─▶ deleted
 *      │            └▶ failed (it is not what its signer signs) ──────────────────────────────────────────▶ deleted
 *      └▶ denied ─────────────────────────────────────────────────────────────────────────────────────────▶ deleted
 *
 * Requests of other signers are theirs: of those only what is over is deleted.
 */
import { findCondition, rfc3339 } from '@reckon/api';
import {
  type Action,
  CERTIFICATE_SIGNING_REQUESTS,
  type Frozen,
  nameOf,
  type Plan,
  type PlanInput,
} from '@reckon/client';
import type { CertificateSigningRequestCondition } from '@reckon/proto/reckon/api/certificates/v1/certificate_signing_request.ts';
import { expiryOf } from './cleanup.ts';
import { CLIENT_KUBELET, isOurs, objection } from './signers.ts';
import type { AutoApproval, RequestObserved, Signer, StoredRequest } from './types.ts';

const YEAR_MS = 365 * 86_400_000;
const LEAST_MS = 600_000;

type Input = PlanInput<StoredRequest, RequestObserved>;
type Deeds = Pick<Signer, 'mayCreate' | 'sign'>;

/** What may be approved without a person, and in which words of Kubernetes'. */
const APPROVALS: { readonly [one in AutoApproval]: string } = {
  selfnodeclient: 'Auto approving self kubelet client certificate after SubjectAccessReview.',
  nodeclient: 'Auto approving kubelet client certificate after SubjectAccessReview.',
};

export function planRequest(input: Input, signer: Deeds): Plan {
  const { desired: request, now } = input;
  const expiry = expiryOf(request);
  if (expiry.atMs <= now) return { actions: [deletion(request, expiry.because)] };
  return { actions: step(input, signer), wakeAtMs: expiry.atMs };
}

function step({ desired: request, observed, now }: Input, signer: Deeds): readonly Action[] {
  const { spec, status } = request;
  const has = (type: string) => findCondition(status?.conditions, type) !== undefined;
  if (!isOurs(spec?.signerName) || has('Denied') || has('Failed') || status?.certificate) return [];
  const wrong = objection(spec?.signerName, observed.asked, spec?.usages ?? []);
  if (!has('Approved')) {
    const possible = wrong ? [] : autoApprovals(request, observed);
    return possible.length > 0 ? [approval({ request, possible, signer, now })] : [];
  }
  return [wrong ? failure(request, wrong, now) : signing(request, signer, now)];
}

/** What could be approved without a person, if the requester may have it. */
function autoApprovals({ spec }: StoredRequest, { asked }: RequestObserved): readonly AutoApproval[] {
  if (spec?.signerName !== CLIENT_KUBELET || typeof asked === 'string') return [];
  return asked.commonName === spec.username ? ['selfnodeclient', 'nodeclient'] : ['nodeclient'];
}

/**
 * Nothing is written while the requester may not have it: a right that is given later has the request planned again,
 * and a person can approve it at any time.
 */
function approval({
  request,
  possible,
  signer,
  now,
}: {
  readonly request: StoredRequest;
  readonly possible: readonly AutoApproval[];
  readonly signer: Deeds;
  readonly now: number;
}): Action {
  return {
    type: 'update',
    resource: CERTIFICATE_SIGNING_REQUESTS,
    subresource: 'approval',
    object: request,
    async complete() {
      for (const one of possible) {
        if (!(await signer.mayCreate(request, one))) continue;
        const condition = { type: 'Approved', reason: 'AutoApproved', message: APPROVALS[one] };
        return withCondition(request, condition, now);
      }
      return undefined;
    },
    because: `${request.spec?.username} may have a client certificate for a node`,
  };
}

function failure(request: StoredRequest, message: string, nowMs: number): Action {
  return {
    type: 'update',
    resource: CERTIFICATE_SIGNING_REQUESTS,
    subresource: 'status',
    object: withCondition(request, { type: 'Failed', reason: 'SignerValidationFailure', message }, nowMs),
    because: `signer ${request.spec?.signerName} does not sign it: ${message}`,
  };
}

function signing(request: StoredRequest, signer: Pick<Signer, 'sign'>, nowMs: number): Action {
  const { spec, status } = request;
  const seconds = spec?.expirationSeconds;
  const asked = seconds === undefined ? YEAR_MS : seconds * 1_000;
  const options = { usages: spec?.usages ?? [], lifeMs: Math.min(YEAR_MS, Math.max(LEAST_MS, asked)) };
  return {
    type: 'update',
    resource: CERTIFICATE_SIGNING_REQUESTS,
    subresource: 'status',
    object: request,
    async complete() {
      try {
        const pem = await signer.sign(pemOf(request), options);
        return { ...request, status: { ...status, certificate: Buffer.from(pem).toString('base64') } };
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        return withCondition(request, { type: 'Failed', reason: 'SigningError', message }, nowMs);
      }
    },
    because: `it was approved, and signer ${spec?.signerName} signs it`,
  };
}

export function pemOf({ spec }: StoredRequest): string {
  return Buffer.from(spec?.request ?? '', 'base64').toString('latin1');
}

function withCondition(
  request: StoredRequest,
  condition: Pick<CertificateSigningRequestCondition, 'type' | 'reason' | 'message'>,
  nowMs: number,
): StoredRequest {
  const time = rfc3339(nowMs);
  const made: Frozen<CertificateSigningRequestCondition> = {
    ...condition,
    status: 'True',
    lastUpdateTime: time,
    lastTransitionTime: time,
  };
  return {
    ...request,
    status: { ...request.status, conditions: [...(request.status?.conditions ?? []), made] },
  };
}

function deletion(request: StoredRequest, because: string): Action {
  return {
    type: 'delete',
    resource: CERTIFICATE_SIGNING_REQUESTS,
    target: nameOf(request),
    precondition: { uid: request.metadata.uid, resourceVersion: request.metadata.resourceVersion },
    because,
  };
}
