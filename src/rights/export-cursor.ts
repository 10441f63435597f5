import { createHash } from 'node:crypto'
import { z } from 'zod'
import { InvalidInputError } from '../errors.ts'
import { type ExportedRecord, SECTIONS } from './person-export.ts'

/** Where a page of an export ended. */
export interface ExportPlace {
  readonly section: (typeof SECTIONS)[number]
  /** The last record of the page, as `markOf` returns it. */
  readonly mark: string
  /** Whether this page or an earlier one left out a record. */
  readonly lacks: boolean
}

const place = z.tuple([z.enum(SECTIONS), z.string(), z.boolean()])

/** Returns what tells a record from the others of its section. The state of a user changes with time, so its id stands for it. */
export function markOf({ section, record }: ExportedRecord): string {
  const text = section === 'users' ? String(record.userId) : JSON.stringify(record)
  return createHash('sha256').update(text).digest('base64url').slice(0, 16)
}

/** Returns a cursor that names no person. */
export function exportCursor({ section, mark, lacks }: ExportPlace): string {
  return Buffer.from(JSON.stringify([section, mark, lacks])).toString('base64url')
}

/** @throws InvalidInputError if the text is not a cursor of an export */
export function readExportCursor(cursor: string): ExportPlace {
  try {
    const [section, mark, lacks] = place.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()))
    return { section, mark, lacks }
  } catch {
    throw new InvalidInputError('Invalid cursor: pass the endCursor of an earlier page of this person.', 'after')
  }
}
