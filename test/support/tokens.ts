import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose'
import { onTestFinished } from 'vitest'

/** Claims of a token, which may have shapes that no token should have. */
type Claims = Readonly<Record<string, unknown>>

export const JWT_SECRET = 'a secret of a test, with more than 32 bytes'

/** A token that is signed with the secret of tests. It is valid for an hour, unless the claims say otherwise. */
export function token(claims: Claims, secret = JWT_SECRET): Promise<string> {
  const payload = { exp: Math.floor(Date.now() / 1000) + 3600, ...claims }
  return new SignJWT(payload as JWTPayload).setProtectedHeader({ alg: 'HS256' }).sign(new TextEncoder().encode(secret))
}

export function deviceToken(sub: string, claims: Claims = {}): Promise<string> {
  return token({ sub, role: 'device', ...claims })
}

/** An issuer of tokens on this machine: a server with its public keys. */
export class Issuer {
  readonly url: string
  /** How often the keys were fetched. */
  fetches = 0
  /** What the server answers instead of the keys. */
  answer: { status: number; body: string } | undefined
  #keys: JWK[] = []
  #sign: ((claims: JWTPayload) => Promise<string>) | undefined

  private constructor(url: string) {
    this.url = url
  }

  static async start(): Promise<Issuer> {
    const server = createServer((_, response) => {
      issuer.fetches++
      const { status, body } = issuer.answer ?? { status: 200, body: JSON.stringify({ keys: issuer.#keys }) }
      response.writeHead(status, { 'content-type': 'application/json' }).end(body)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const issuer = new Issuer(`http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`)
    onTestFinished(() => void server.close())
    return issuer
  }

  /** Signs with a new key from here on. @returns its public part */
  async rotate(alg: 'RS256' | 'ES256' | 'EdDSA', kid: string, keepsFormer = false): Promise<JWK> {
    const { publicKey, privateKey } = await generateKeyPair(alg)
    const key = { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' }
    this.#keys = keepsFormer ? [...this.#keys, key] : [key]
    this.#sign = (claims) =>
      new SignJWT({ exp: Math.floor(Date.now() / 1000) + 3600, ...claims }).setProtectedHeader({ alg, kid }).sign(privateKey)
    return key
  }

  token(claims: Claims): Promise<string> {
    return this.#sign!(claims as JWTPayload)
  }
}
