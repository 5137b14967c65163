import type { Query } from './query.ts';
import type { RequestPath } from './request-path.ts';

/** The API verb of an HTTP request (Kubernetes authorization: "Determine the request verb"). */
export function restVerb(method: string, info: RequestPath, query: Query): string {
  switch (method) {
    case 'GET':
    case 'HEAD':
      if (info.watch) return 'watch';
      if (info.name !== '') return 'get';
      return query.flag('watch') ? 'watch' : 'list';
    case 'POST':
      return 'create';
    case 'PUT':
      return 'update';
    case 'PATCH':
      return 'patch';
    case 'DELETE':
      return info.name === '' ? 'deletecollection' : 'delete';
    default:
      return method.toLowerCase();
  }
}
