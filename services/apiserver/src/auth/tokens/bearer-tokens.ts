/** Every kind of bearer token that the configuration asks for. */
import { readFile } from 'node:fs/promises';
import type { ApiServerConfig, OidcConfig, ServiceContext } from '@reckon/service';
import type { KubeObject } from '../../verbs/types.ts';
import type { TokenAuthenticator } from '../authenticator.ts';
import { BootstrapTokens } from './bootstrap-tokens.ts';
import { httpsFetch } from './https-fetch.ts';
import { type OidcSettings, OidcTokens } from './oidc.ts';
import { StaticTokens } from './static-tokens.ts';
import { TokenChain } from './token-chain.ts';

export interface BearerTokenParts {
  /** Of ServiceAccounts. */
  readonly tokens: TokenAuthenticator;
  /** A secret of kube-system. */
  readonly secretOf: (name: string) => KubeObject | undefined;
}

type Context = Pick<ServiceContext<ApiServerConfig>, 'config' | 'clock' | 'log'>;

/** @throws Error if a file of the configuration cannot be read, or says what cannot be. */
export async function bearerTokensOf(
  { config, clock, log }: Context,
  { tokens, secretOf }: BearerTokenParts,
): Promise<TokenAuthenticator> {
  const { tokenFile, bootstrapTokens, oidc } = config.authentication;
  const audiences = [config.serviceAccounts.issuer];
  const links: TokenAuthenticator[] = [tokens];
  if (tokenFile !== undefined) links.push(new StaticTokens(await readFile(tokenFile, 'utf8'), audiences));
  if (bootstrapTokens) links.push(new BootstrapTokens({ clock, secretOf, audiences }));
  if (oidc)
    links.push(
      new OidcTokens({
        settings: oidcSettings(oidc),
        clock,
        audiences,
        fetch: httpsFetch(oidc.caFile && (await readFile(oidc.caFile, 'utf8'))),
        onRefusal: (error) => log.info('a token of the OpenID provider is refused', { error }),
      }),
    );
  return new TokenChain(links);
}

/** @throws Error that says which setting to change. */
export function oidcSettings(config: OidcConfig): OidcSettings {
  const { issuerUrl, clientId, usernameClaim, usernamePrefix, groupsClaim = '', groupsPrefix } = config;
  if (!URL.canParse(issuerUrl) || new URL(issuerUrl).protocol !== 'https:')
    throw new Error(`authentication.oidc.issuerUrl must begin with https://: ${issuerUrl}`);
  const prefix = usernamePrefix ?? (usernameClaim === 'email' ? '-' : `${issuerUrl}#`);
  return {
    issuerUrl,
    clientId,
    usernameClaim,
    usernamePrefix: prefix === '-' ? '' : prefix,
    groupsClaim,
    groupsPrefix,
    requiredClaims: Object.fromEntries(config.requiredClaims.map(claimOf)),
  };
}

function claimOf(text: string): readonly [string, string] {
  const at = text.indexOf('=');
  if (at < 1) throw new Error(`authentication.oidc.requiredClaims must be like claim=value: ${text}`);
  return [text.slice(0, at), text.slice(at + 1)];
}
