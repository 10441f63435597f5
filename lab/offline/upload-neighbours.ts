import { askPatiently } from '../../src/commands/ask-patiently.ts'
import { LiverankError } from '../../src/errors.ts'
import type { NeighbourListInput } from '../../src/events/neighbour-uploads.ts'

/** Most lists, and most bytes as JSON, of one part: well below the limits of an operation. */
const PART_LISTS = 100
const PART_BYTES = 500_000

const UPLOAD = `mutation ($version: ID!, $part: Int!, $parts: Int!, $lists: [NeighbourListInput!]!) {
  uploadNeighbourLists(input: { version: $version, part: $part, parts: $parts, lists: $lists }) {
    ... on UploadNeighbourListsPayload { errors { index message } }
    ... on Error { message }
  }
}`
const SERVE = `mutation ($version: ID!, $generatedAt: DateTime!, $lists: Int!, $decay: Float!) {
  serveNeighbourLists(input: { version: $version, generatedAt: $generatedAt, lists: $lists, decay: $decay }) {
    ... on NeighbourLists { version expiresAt }
    ... on Error { code message }
  }
}`

/** A version of the neighbour lists to upload. */
export interface VersionToUpload {
  readonly version: string
  /** When the computation began, in ms since 1970. */
  readonly generatedAt: number
  readonly lists: readonly NeighbourListInput[]
  readonly decay: number
}

/** Sends an operation to the service. @throws UnavailableError if nothing answers */
export type Ask = (query: string, variables: object) => Promise<unknown>

interface Uploaded {
  readonly uploadNeighbourLists: {
    readonly errors?: readonly { readonly index: number; readonly message: string }[]
    readonly message?: string
  }
}

interface Served {
  readonly serveNeighbourLists: { readonly message?: string; readonly expiresAt?: string }
}

/**
 * Uploads a version part by part, and lets the service serve it. Repeats requests that got no answer: both mutations can be repeated.
 * @param pause waits for some ms
 * @returns until when the service uses the version, as an ISO-8601 time
 * @throws UnavailableError if the service does not answer
 * @throws LiverankError BAD_USER_INPUT if the service refuses the version
 */
export async function uploadNeighbours(
  { version, generatedAt, lists, decay }: VersionToUpload,
  ask: Ask,
  pause: (ms: number) => Promise<unknown>,
): Promise<string> {
  const parts = partsOf(lists)
  for (const [part, ofPart] of parts.entries()) {
    const variables = { version, part, parts: parts.length, lists: ofPart }
    const { uploadNeighbourLists: sent } = (await askPatiently(() => ask(UPLOAD, variables), pause)) as Uploaded
    if (sent.message !== undefined)
      throw new LiverankError('BAD_USER_INPUT', `The service refuses part ${part} of the lists: ${sent.message}`)
    const [refused] = sent.errors ?? []
    if (refused)
      throw new LiverankError(
        'BAD_USER_INPUT',
        `The service refuses the list of the item ${ofPart[refused.index].itemId}: ${refused.message}`,
      )
  }
  const variables = { version, generatedAt: new Date(generatedAt).toISOString(), lists: lists.length, decay }
  const { serveNeighbourLists: served } = (await askPatiently(() => ask(SERVE, variables), pause)) as Served
  if (served.expiresAt === undefined)
    throw new LiverankError('BAD_USER_INPUT', `The service does not serve the lists: ${served.message}`)
  return served.expiresAt
}

/** Divides lists into parts. */
function partsOf(lists: readonly NeighbourListInput[]): NeighbourListInput[][] {
  const parts: NeighbourListInput[][] = []
  let bytes = Number.POSITIVE_INFINITY
  for (const list of lists) {
    const size = Buffer.byteLength(JSON.stringify(list))
    let part = parts.at(-1)
    if (!part || part.length === PART_LISTS || bytes + size > PART_BYTES) {
      part = []
      parts.push(part)
      bytes = 0
    }
    part.push(list)
    bytes += size
  }
  return parts
}
