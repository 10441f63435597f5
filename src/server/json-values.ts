import { GraphQLError } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { othersServed } from '../turns.ts'
import { refusedWith } from './coded-error.ts'
import { ORDINARY_BODY_BYTES } from './request-body.ts'
import { MAX_VALUES, TOO_MANY_VALUES } from './variables.ts'

/** Values of an operation beside its variables, such as its query and its extensions. */
const OTHER_VALUES = 1000

/**
 * Returns the error of an operation whose text holds more values than its variables may. Counting takes 2 ms per MB; parsing
 * takes up to 150 ms per MB, and the operation would be refused all the same.
 * @returns undefined if the text may be parsed
 */
export function tooManyValues(json: string): GraphQLError | undefined {
  if (json.length <= ORDINARY_BODY_BYTES || countValues(json, MAX_VALUES + OTHER_VALUES) <= MAX_VALUES + OTHER_VALUES)
    return undefined
  return refusedWith('QUERY_TOO_COMPLEX', TOO_MANY_VALUES)
}

const [SPACE, QUOTE, COMMA, BACKSLASH] = [0x20, 0x22, 0x2c, 0x5c]
const [LIST, LIST_END, OBJECT, OBJECT_END] = [0x5b, 0x5d, 0x7b, 0x7d]

/**
 * Counts the entries of lists and objects at every level of a JSON text, without parsing it. Of a text that is no JSON, the number
 * means nothing.
 * @param most counting stops beyond this number
 */
export function countValues(json: string, most: number): number {
  let values = 0
  let isFirst = false
  for (let at = 0; at < json.length && values <= most; at++) {
    const unit = json.charCodeAt(at)
    if (unit <= SPACE) continue
    // The first entry of a list or object has no comma before it.
    if (isFirst && unit !== LIST_END && unit !== OBJECT_END) values++
    isFirst = unit === LIST || unit === OBJECT
    if (unit === COMMA) values++
    else if (unit === QUOTE) at = endOfText(json, at)
  }
  return values
}

/** @returns the index of the quotation mark that ends the text which begins at `start`; the length if there is none */
function endOfText(json: string, start: number): number {
  for (let end = json.indexOf('"', start + 1); end >= 0; end = json.indexOf('"', end + 1)) {
    let before = end
    while (json.charCodeAt(before - 1) === BACKSLASH) before--
    if ((end - before) % 2 === 0) return end
  }
  return json.length
}

/** Plugin that refuses a large body with too many values before it is parsed, over HTTP and server-sent events. The WebSocket does so itself. */
export const countedBodies: Plugin = {
  onRequestParse: ({ request, requestParser }) => {
    if (!requestParser || Number(request.headers.get('content-length') ?? 0) <= ORDINARY_BODY_BYTES) return
    // Where the parser of Yoga takes the body from.
    request.json = async () => {
      const json = await request.text()
      const problem = tooManyValues(json)
      if (problem) throw answeredByHttp(problem)
      const body: unknown = JSON.parse(json)
      await othersServed()
      return body
    }
  },
}

/** The status is that of a request that is no GraphQL, unless the client asks for 200 by its `Accept`. */
function answeredByHttp({ message, extensions }: GraphQLError): GraphQLError {
  return new GraphQLError(message, { extensions: { ...extensions, http: { spec: true, status: 400 } } })
}
