import { hash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { GraphQLError, type GraphQLSchema, parse, validate } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { z } from 'zod'
import { LiverankError } from '../errors.ts'
import { refusedWith } from './coded-error.ts'

/** The parts of a request that name or contain its document. The client may have sent any JSON value. */
export interface DocumentParams {
  readonly query?: unknown
  /** Hash of the document, with or without `sha256:` before it. */
  readonly documentId?: unknown
  readonly extensions?: unknown
}

/** Documents by the SHA-256 of their text, in hex; or the manifest that Apollo's tools write. */
const manifest = z.union([
  z
    .object({
      format: z.literal('apollo-persisted-query-manifest'),
      version: z.literal(1),
      operations: z.array(z.object({ id: z.string(), body: z.string() })),
    })
    .transform(({ operations }) => operations.map(({ id, body }) => [id, body] as const)),
  z.record(z.string(), z.string()).transform((texts) => Object.entries(texts)),
])

const persistedQuery = z.object({ persistedQuery: z.object({ sha256Hash: z.string() }) })

/** The documents that clients may send, or undefined if they may send any. */
export type AllowedDocuments = ReadonlyMap<string, string> | undefined

/**
 * Reads the allow-list of documents.
 * @param path a JSON file; undefined if clients may send any document
 * @param own documents of the pages that the service itself shows, which it also allows
 * @param warn told about each document that does not fit the schema, such as one of a client that is not updated yet
 * @throws LiverankError CONFIGURATION if the file cannot be read, or a key is not the hash of its document
 */
export async function readAllowedDocuments(
  path: string | undefined,
  schema: GraphQLSchema,
  warn: (message: string) => void,
  own: readonly string[] = [],
): Promise<AllowedDocuments> {
  if (path === undefined) return undefined
  const unusable = (problem: string, cause?: unknown) =>
    new LiverankError('CONFIGURATION', `PERSISTED_OPERATIONS: ${path} ${problem}`, { cause })
  let content: unknown
  try {
    content = JSON.parse(await readFile(path, 'utf8'))
  } catch (error) {
    throw unusable('cannot be read as JSON.', error)
  }
  const read = manifest.safeParse(content)
  if (!read.success)
    throw unusable('is neither a JSON object that maps SHA-256 hashes to documents, nor a manifest of Apollo Client.')
  for (const [key, text] of read.data) {
    const expected = hash('sha256', text)
    if (key !== expected) throw unusable(`has the key ${key} for a document whose SHA-256 is ${expected}: ${shortened(text)}`)
    try {
      const [error] = validate(schema, parse(text))
      if (error) warn(`PERSISTED_OPERATIONS: the document ${key} does not fit the schema: ${error.message}`)
    } catch (error) {
      throw unusable(`has a document that is not GraphQL (${key}): ${(error as Error).message}`, error)
    }
  }
  return new Map([...read.data, ...own.map((text) => [hash('sha256', text), text] as const)])
}

/** Finds the document that a request means. */
export class PersistedOperations {
  readonly #allowed: AllowedDocuments
  readonly #texts: ReadonlySet<string>

  constructor(allowed: AllowedDocuments) {
    this.#allowed = allowed
    this.#texts = new Set(allowed?.values())
  }

  /** Returns the text of the document, or the error with which the operation is refused. */
  documentOf(params: DocumentParams): string | GraphQLError | undefined {
    const { query } = params
    const text = typeof query === 'string' && query !== '' ? query : undefined
    if (!this.#allowed) {
      if (text !== undefined || idOf(params) === undefined) return text
      return refusedWith('PERSISTED_QUERY_NOT_SUPPORTED', 'This service keeps no documents: send the document as query.')
    }
    if (text !== undefined) {
      if (this.#texts.has(text)) return text
      return refusedWith(
        'PERSISTED_QUERY_ONLY',
        'This service runs only documents of its list: add this one to PERSISTED_OPERATIONS.',
      )
    }
    const id = idOf(params)
    if (id === undefined) return refusedWith('PERSISTED_QUERY_ONLY', 'Send the SHA-256 of a document as documentId.')
    return (
      this.#allowed.get(id) ??
      refusedWith('PERSISTED_QUERY_NOT_FOUND', 'No document has this SHA-256: add it to PERSISTED_OPERATIONS.')
    )
  }

  /** Plugin for HTTP and server-sent events. The WebSocket asks `documentOf` itself. */
  plugin(): Plugin {
    return {
      onParams: ({ params, setParams }) => {
        const document = this.documentOf(params)
        // Thrown, since Yoga would still ask a document of a request that has its answer.
        if (document instanceof GraphQLError) throw badRequest(document)
        if (document === undefined) return
        const { documentId, ...rest } = params as DocumentParams
        if (document !== params.query || documentId !== undefined) setParams({ ...rest, query: document } as typeof params)
      },
    }
  }
}

function idOf({ documentId, extensions }: DocumentParams): string | undefined {
  if (typeof documentId === 'string') return documentId.replace(/^sha256:/, '')
  const read = persistedQuery.safeParse(extensions)
  return read.success ? read.data.persistedQuery.sha256Hash : undefined
}

/** Yoga reads the status from the extensions, and takes it out of them. */
function badRequest({ message, extensions }: GraphQLError): GraphQLError {
  return new GraphQLError(message, { extensions: { ...extensions, http: { spec: true, status: 400 } } })
}

function shortened(text: string): string {
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}
