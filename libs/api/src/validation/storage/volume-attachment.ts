import type { VolumeAttachment } from '@reckon/proto/reckon/api/storage/v1/volume_attachment.ts';
import { subdomainName } from '../../names/object-name.ts';
import { forbidden, invalidEach, required } from '../causes.ts';
import type { KindRules } from '../types.ts';
import { checkDriverName } from './csi.ts';

const ONE = 'must specify exactly one of inlineVolumeSpec and persistentVolumeName';

export const VOLUME_ATTACHMENT: KindRules<VolumeAttachment> = {
  name: subdomainName,
  object: ({ spec = {} }, causes) => {
    const { attacher = '', nodeName = '', source = {} } = spec;
    checkDriverName(attacher, 'spec.attacher', causes);
    const { persistentVolumeName, inlineVolumeSpec } = source;
    if (persistentVolumeName === undefined && inlineVolumeSpec === undefined) {
      causes.push(required('spec.source', ONE));
    } else if (persistentVolumeName !== undefined && inlineVolumeSpec !== undefined) {
      causes.push(forbidden('spec.source', ONE));
    } else if (persistentVolumeName === '') causes.push(required('spec.source.persistentVolumeName'));
    if (nodeName !== '') invalidEach(causes, 'spec.nodeName', nodeName, subdomainName(nodeName, false));
  },
};
