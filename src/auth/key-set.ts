import type { JSONWebKeySet } from 'jose'
import { z } from 'zod'
import { SECOND } from '../time-units.ts'

/** Time limit for an answer of the issuer, in ms. */
export const PATIENCE_MS = 5 * SECOND
/** Most bytes of a key set. */
const MAX_BYTES = 2 ** 20

/** The issuer does not answer, or its answer is not a key set. The message contains no text of the issuer, and no address. */
export class IssuerError extends Error {}

const keySet = z.object({ keys: z.array(z.looseObject({})) })

/**
 * Fetches the key set of an issuer of tokens, and refuses one that is too large.
 * @throws IssuerError
 */
export async function fetchKeySet(url: string, init: RequestInit): Promise<JSONWebKeySet> {
  const text = await fetchText(url, init)
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    throw new IssuerError('The answer is not JSON.')
  }
  const { success, data } = keySet.safeParse(json)
  if (!success) throw new IssuerError('The answer is not a key set, because it has no list `keys`.')
  return data
}

async function fetchText(url: string, init: RequestInit): Promise<string> {
  try {
    const response = await fetch(url, init)
    if (response.status !== 200) throw new IssuerError(`The answer has the status ${response.status} instead of 200.`)
    const chunks: Uint8Array[] = []
    let bytes = 0
    for await (const chunk of response.body ?? []) {
      bytes += chunk.length
      if (bytes > MAX_BYTES) throw new IssuerError(`The answer has more than ${MAX_BYTES} bytes.`)
      chunks.push(chunk)
    }
    return Buffer.concat(chunks).toString()
  } catch (error) {
    throw error instanceof IssuerError ? error : new IssuerError(reasonOf(error))
  }
}

/** Why a fetch failed, by its code alone: the message of an error may contain the address, and the address a secret. */
function reasonOf(error: unknown): string {
  const { name, cause } = error as Error
  if (name === 'TimeoutError' || name === 'AbortError') return `It does not answer within ${PATIENCE_MS / SECOND} s.`
  const code = (cause as { readonly code?: unknown } | undefined)?.code
  return typeof code === 'string' ? `The connection failed: ${code}.` : 'The connection failed.'
}
