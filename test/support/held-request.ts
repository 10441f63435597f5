import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { onTestFinished } from 'vitest'
import { type Answer, answerOf } from './graphql-client.ts'

export interface HeldRequest {
  /** Sends the last byte. */
  finish(): Promise<{ readonly status: number; readonly headers: IncomingMessage['headers']; readonly answer: Answer }>
}

/** Posts an operation but for its last byte. Resolves when the server has read the headers and waits for the body. */
export async function holdRequest(url: string, operation: object, token?: string): Promise<HeldRequest> {
  const body = Buffer.from(JSON.stringify(operation))
  const sent = request(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'content-length': body.length,
      accept: 'application/json',
      expect: '100-continue',
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
  })
  onTestFinished(() => void sent.destroy())
  sent.flushHeaders()
  await once(sent, 'continue')
  sent.write(body.subarray(0, -1))
  return {
    finish: async () => {
      sent.end(body.subarray(-1))
      const [response] = (await once(sent, 'response')) as [IncomingMessage]
      return { status: response.statusCode!, headers: response.headers, answer: answerOf(JSON.parse(await text(response))) }
    },
  }
}
