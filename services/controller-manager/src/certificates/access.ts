/** Whether a requester may have a certificate without a person's approval: the API server is asked, as Kubernetes does. */
import { type ApiClient, SUBJECT_ACCESS_REVIEWS } from '@reckon/client';
import type { Signer } from './types.ts';

export function accessReviews(api: Pick<ApiClient, 'create'>): Signer['mayCreate'] {
  return async ({ spec }, subresource) => {
    const resourceAttributes = {
      group: 'certificates.k8s.io',
      version: '*',
      resource: 'certificatesigningrequests',
      subresource,
      verb: 'create',
    };
    const { username: user, uid, groups, extra } = spec ?? {};
    const review = { spec: { user, uid, groups, extra, resourceAttributes } };
    const { object } = await api.create(SUBJECT_ACCESS_REVIEWS, review);
    return object.status?.allowed ?? false;
  };
}
