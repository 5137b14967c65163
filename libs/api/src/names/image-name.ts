/** What an image name says, or what is wrong with it. */
export type ImageName =
  | {
      /** With a tag or digest in any case: `busybox:latest`. */
      readonly reference: string;
      /** With everything that is implied: `docker.io/library/busybox:latest`. */
      readonly full: string;
      /** `docker.io`. */
      readonly registry: string;
      readonly problem?: undefined;
    }
  | { readonly problem: string };

const DOMAIN_LABEL = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])';
const DOMAIN = new RegExp(`^(?:${DOMAIN_LABEL}(?:\\.${DOMAIN_LABEL})*|\\[[0-9a-fA-F:]+\\])(?::[0-9]+)?$`);
const PATH = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const TAG = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
const DIGEST = /^[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}$/;
const MAX_PATH_CHARS = 255;

/** Parses a name as container tools do (distribution's reference grammar); problems are in their words. */
export function parseImageName(image: string): ImageName {
  const invalid = (problem: string): ImageName => {
    return { problem: `couldn't parse image name "${image}": ${problem}` };
  };
  const at = image.indexOf('@');
  const digest = at < 0 ? '' : image.slice(at + 1);
  const named = at < 0 ? image : image.slice(0, at);
  if (at >= 0 && !DIGEST.test(digest)) return invalid('invalid reference format');
  const colon = named.indexOf(':', named.lastIndexOf('/') + 1);
  const tag = colon < 0 ? '' : named.slice(colon + 1);
  const repository = colon < 0 ? named : named.slice(0, colon);
  if (colon >= 0 && !TAG.test(tag)) return invalid('invalid reference format');
  if (at < 0 && /^[0-9a-f]{64}$/.test(repository)) {
    const problem = `invalid repository name (${repository}), cannot specify 64-byte hexadecimal strings`;
    return invalid(problem);
  }
  const { registry, path } = split(repository);
  if (/[A-Z]/.test(path)) {
    return invalid(`invalid reference format: repository name (${path}) must be lowercase`);
  }
  if (!DOMAIN.test(registry) || !PATH.test(path)) return invalid('invalid reference format');
  if (path.length > MAX_PATH_CHARS)
    return invalid(`repository name must not be more than ${MAX_PATH_CHARS} characters`);
  const suffix = `${tag ? `:${tag}` : digest ? '' : ':latest'}${digest ? `@${digest}` : ''}`;
  return { reference: `${repository}${suffix}`, full: `${registry}/${path}${suffix}`, registry };
}

function split(repository: string): { readonly registry: string; readonly path: string } {
  const slash = repository.indexOf('/');
  const first = slash < 0 ? '' : repository.slice(0, slash);
  if (first && (/[.:]/.test(first) || first === 'localhost' || first !== first.toLowerCase()))
    return { registry: first, path: repository.slice(slash + 1) };
  return { registry: 'docker.io', path: slash < 0 ? `library/${repository}` : repository };
}
