import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { askService } from '../../src/commands/ask-service.ts'
import { LiverankError, UnavailableError } from '../../src/errors.ts'

describe('a command that asks a running service', () => {
  let server: Server
  afterEach(() => server.close())

  /** What the command is told if each answer has this error. */
  async function told(code: string): Promise<unknown> {
    const body = JSON.stringify({ errors: [{ message: 'the message', extensions: { code } }] })
    server = createServer((_, answer) => answer.end(body))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    return askService(`http://127.0.0.1:${port}/graphql`, '{ __typename }', {}).catch((error: unknown) => error)
  }

  // Regression: an upload of many parts ended at the first answer of a busy service.
  it.each(['UNAVAILABLE', 'RATE_LIMITED'])('may ask again after %s', async (code) => {
    const error = await told(code)
    expect(error).toBeInstanceOf(UnavailableError)
    expect((error as Error).message).toBe('The service cannot do this now: the message')
  })

  it.each(['BAD_USER_INPUT', 'FORBIDDEN'])('is not to ask again after %s', async (code) => {
    const error = await told(code)
    expect(error).not.toBeInstanceOf(UnavailableError)
    expect(error).toMatchObject({ code: 'BAD_USER_INPUT', message: 'the message' })
    expect(error).toBeInstanceOf(LiverankError)
  })
})
