import { type Agent, request } from 'node:http'

export interface Posting {
  /** Connections to use; those of Node by default. */
  readonly agent?: Agent | undefined
  /** Token or key to show. */
  readonly credential?: string | undefined
}

/** Sends an operation over HTTP. @returns the answer @throws Error if it has errors */
export function postOperation(
  url: string,
  query: string,
  variables: object,
  { agent, credential }: Posting = {},
): Promise<string> {
  const body = JSON.stringify({ query, variables })
  const headers = {
    'content-type': 'application/json',
    accept: 'application/json',
    'content-length': Buffer.byteLength(body),
    ...(credential !== undefined && { authorization: `Bearer ${credential}` }),
  }
  return new Promise((resolve, reject) => {
    const call = request(url, { method: 'POST', headers, ...(agent && { agent }) }, (response) => {
      let answer = ''
      response.setEncoding('utf8').on('data', (part: string) => {
        answer += part
      })
      response.on('end', () => (answer.includes('"errors":[{') ? reject(new Error(`Answered with ${answer}`)) : resolve(answer)))
    })
    call.on('error', reject).end(body)
  })
}
