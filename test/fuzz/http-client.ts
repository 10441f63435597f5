import { Agent, request } from 'node:http'
import { AUTHORIZATION } from './credentials.ts'

/** What came back; `failure` where the connection ended without a whole answer. */
export type HttpAnswer = { readonly status: number; readonly text: string } | { readonly failure: string }

const POSTED = { 'content-type': 'application/json', authorization: AUTHORIZATION }
const MOST_CHARACTERS = 64 * 1024 * 1024

/** Asks by HTTP/1.1, over connections that stay open. */
export class HttpClient {
  readonly #agent = new Agent({ keepAlive: true })

  /** @param patienceMs after which the connection is cut, and the failure is `no answer` */
  post(url: string, body: string, patienceMs: number, accept = 'application/json'): Promise<HttpAnswer> {
    const headers = { ...POSTED, accept, 'content-length': Buffer.byteLength(body) }
    return this.#ask(url, { method: 'POST', headers, body, patienceMs })
  }

  get(url: string, patienceMs: number): Promise<HttpAnswer> {
    return this.#ask(url, { method: 'GET', headers: {}, body: '', patienceMs })
  }

  /** The beginning of a response that goes on, such as a stream of events; the connection is cut then. */
  async beginning(url: string, body: string, patienceMs: number): Promise<HttpAnswer> {
    const headers = { ...POSTED, accept: 'text/event-stream', 'content-length': Buffer.byteLength(body) }
    return this.#ask(url, { method: 'POST', headers, body, patienceMs, isEnough: (text) => text.includes('\n\n') })
  }

  close(): void {
    this.#agent.destroy()
  }

  #ask(
    url: string,
    asked: {
      method: string
      headers: Record<string, string | number>
      body: string
      patienceMs: number
      isEnough?: (text: string) => boolean
    },
  ): Promise<HttpAnswer> {
    const { method, headers, body, patienceMs, isEnough } = asked
    return new Promise((resolve) => {
      const outgoing = request(url, { method, headers, agent: this.#agent })
      const end = (answer: HttpAnswer) => {
        clearTimeout(timer)
        resolve(answer)
      }
      const timer = setTimeout(() => {
        end({ failure: 'no answer' })
        outgoing.destroy()
      }, patienceMs)
      outgoing.on('error', (error) => end({ failure: error.message }))
      outgoing.on('response', (response) => {
        const { statusCode: status = 0 } = response
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (part: string) => {
          text += part
          if (!isEnough?.(text) && text.length < MOST_CHARACTERS) return
          end({ status, text })
          outgoing.destroy()
        })
        response.on('end', () => end({ status, text }))
        response.on('error', (error) => end({ failure: error.message }))
      })
      outgoing.end(body)
    })
  }
}
