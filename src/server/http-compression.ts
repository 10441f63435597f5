import { pipeline, Readable } from 'node:stream'
import { promisify } from 'node:util'
import { brotliCompress, brotliCompressSync, constants, createGzip, gzip, gzipSync } from 'node:zlib'
import type { Plugin } from 'graphql-yoga'
import Negotiator from 'negotiator'
import { COMPRESSED_FROM_BYTES, type CompressionBudget, STREAM_DEFLATE } from './compression-budget.ts'

/** Longest answer that is compressed in the event loop, in bytes: for short ones, a thread costs more than the work. */
const AT_ONCE_BYTES = 32 * 1024
const COMPRESSIBLE = /^application\/(graphql-response\+)?json\b/
/**
 * Compressions of answers, the preferred one first. For a slate, Brotli at level 4 takes as long as gzip at level 6, and saves a
 * tenth more bytes.
 */
export const ENCODINGS = ['br', 'gzip'] as const
const BROTLI = { params: { [constants.BROTLI_PARAM_QUALITY]: 4, [constants.BROTLI_PARAM_LGWIN]: 16 } }

export type Encoding = (typeof ENCODINGS)[number]

const atOnce: Record<Encoding, (text: string) => Buffer> = { br: (text) => brotliCompressSync(text, BROTLI), gzip: gzipSync }

/**
 * Compresses answers over HTTP for clients that accept it. A plugin. Answers are compressed whole. An event stream is compressed
 * while `budget` has room; each of its messages is flushed at once.
 */
export function httpCompression(budget: CompressionBudget): Plugin {
  return {
    onResponse: ({ request, response, setResponse, fetchAPI }) => {
      const { headers } = response
      const type = headers.get('content-type') ?? ''
      const isStream = type === 'text/event-stream'
      if (!isStream && !(COMPRESSIBLE.test(type) && Number(headers.get('content-length')) >= COMPRESSED_FROM_BYTES))
        return undefined
      headers.append('vary', 'Accept-Encoding')
      const wanted = request.headers.get('accept-encoding')
      const answer = (body: BodyInit, encoding: Encoding) => {
        headers.set('content-encoding', encoding)
        headers.delete('content-length')
        setResponse(new fetchAPI.Response(body, { status: response.status, statusText: response.statusText, headers }))
      }
      if (isStream) {
        if (response.body && acceptedEncodings(wanted).includes('gzip') && budget.hasRoom)
          answer(compressedStream(response.body, budget.take()) as unknown as BodyInit, 'gzip')
        return undefined
      }
      const encoding = preferredEncoding(wanted)
      // No promise for the many answers that stay as they are.
      return encoding && compressWhole(response, encoding).then((body) => answer(body, encoding))
    },
  }
}

/** Returns the first of our encodings that a header Accept-Encoding accepts. */
export function preferredEncoding(header: string | null | undefined): Encoding | undefined {
  const accepted = acceptedEncodings(header)
  return ENCODINGS.find((one) => accepted.includes(one))
}

/** Returns the encodings that a header Accept-Encoding accepts, the most wanted first. */
function acceptedEncodings(header: string | null | undefined): readonly string[] {
  return header == null ? [] : new Negotiator({ headers: { 'accept-encoding': header } }).encodings([...ENCODINGS])
}

/** Compresses a long text in a thread. */
export function compressText(text: string, encoding: Encoding): Promise<Buffer> {
  return encoding === 'br' ? promisify(brotliCompress)(text, BROTLI) : promisify<string, Buffer>(gzip)(text)
}

async function compressWhole(response: Response, encoding: Encoding): Promise<Uint8Array<ArrayBuffer>> {
  const text = await response.text()
  const body = text.length <= AT_ONCE_BYTES ? atOnce[encoding](text) : await compressText(text, encoding)
  return body as Uint8Array<ArrayBuffer>
}

function compressedStream(body: ReadableStream<Uint8Array>, release: () => void): Readable {
  // Each write is flushed: a message may be the last one for hours.
  const compressed = createGzip({ ...STREAM_DEFLATE, flush: constants.Z_SYNC_FLUSH })
  pipeline(Readable.from(body as unknown as AsyncIterable<Uint8Array>), compressed, release)
  return compressed
}
