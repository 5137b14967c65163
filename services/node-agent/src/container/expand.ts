/**
 * Replaces `$(NAME)` by the variable's value. `$$(NAME)` stays as `$(NAME)`; a reference to what is not defined stays
 * as it is (Kubernetes: "Define Dependent Environment Variables").
 */
export function expand(text: string, lookUp: (name: string) => string | undefined): string {
  return text.replace(/\$(\$|\(([^()]*)\))/g, (whole, after: string, name: string | undefined) => {
    if (after === '$') return '$';
    return lookUp(name ?? '') ?? whole;
  });
}
