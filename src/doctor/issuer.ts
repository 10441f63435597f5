import { fetchKeySet, PATIENCE_MS } from '../auth/key-set.ts'
import type { Config } from '../service/config.ts'
import { type Finding, ok, problem, warning } from './finding.ts'

/** Checks that the issuer of tokens (`JWKS_URL`) gives its public keys. */
export async function examineIssuer({ JWKS_URL }: Config): Promise<Finding[]> {
  if (JWKS_URL === undefined) return []
  try {
    const { keys } = await fetchKeySet(JWKS_URL, { redirect: 'manual', signal: AbortSignal.timeout(PATIENCE_MS) })
    return keys.length === 0
      ? [warning('issuer', 'The issuer of tokens (JWKS_URL) has no keys: every token will be refused.')]
      : [ok('issuer', `The issuer of tokens (JWKS_URL) has ${keys.length} public ${keys.length === 1 ? 'key' : 'keys'}.`)]
  } catch (error) {
    const advice = 'Check the address, and whether this machine can reach it. Until then, callers with a token get UNAVAILABLE.'
    return [problem('issuer', `The issuer of tokens (JWKS_URL) gives no keys. ${(error as Error).message}`, advice)]
  }
}
