/** Why a connection could not be made, in the words of Go programs, which people search for. */
export function dialProblem(error: unknown, address: string): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  switch (code) {
    case 'ECONNREFUSED':
      return `dial tcp ${address}: connect: connection refused`;
    case 'EHOSTUNREACH':
      return `dial tcp ${address}: connect: no route to host`;
    case 'ENETUNREACH':
      return `dial tcp ${address}: connect: network is unreachable`;
    case 'ECONNRESET':
      return `read tcp ${address}: read: connection reset by peer`;
    case 'ETIMEDOUT':
      return `dial tcp ${address}: connect: connection timed out`;
    case 'ENOTFOUND':
      return `dial tcp: lookup ${address}: no such host`;
    default:
      return `${address}: ${error instanceof Error ? error.message : String(error)}`;
  }
}
