import type { z } from 'zod'
import { suggestedName, unknownName } from './nearest-name.ts'

type Issue = z.core.$ZodIssue
type Path = readonly PropertyKey[]

/** The result of parsing a definition that may be invalid in part. */
export interface ReadDefinition<T> {
  /** The valid part of the definition; undefined if no part could be read. */
  readonly value: T | undefined
  /** Problems, each as its path and a sentence. */
  readonly problems: string[]
}

/** More rounds than a definition has levels: each takes out what the one before it found to be wrong. */
const ROUNDS = 10

/**
 * Parses a definition and reports all its problems at once. Invalid parts are left out, so that the rest can be checked too. A
 * misspelt key is read as the most similar known key.
 * @param input the definition as written
 */
export function readDefinition<T>(schema: z.ZodType<T>, input: unknown): ReadDefinition<T> {
  const problems: string[] = []
  let rest = input
  for (let round = 0; round < ROUNDS; round++) {
    const result = schema.safeParse(rest, { reportInput: true })
    if (result.success) return { value: result.data, problems }
    const found = result.error.issues.flatMap(deepest)
    problems.push(...found.flatMap(sentences))
    for (const repair of found.flatMap(repairsOf)) {
      if (repair.path.length === 0) return { value: undefined, problems }
      rest = repaired(rest, repair)
    }
  }
  return { value: undefined, problems }
}

/** Of a union, the problems of the one choice that was meant, if one choice alone fits at its top. */
function deepest(issue: Issue): Issue[] {
  if (issue.code !== 'invalid_union') return [issue]
  const meant = issue.errors.filter(
    (errors) => !errors.some(({ code, path }) => path.length === 0 && code !== 'unrecognized_keys'),
  )
  if (meant.length !== 1) return [issue]
  const [errors = []] = meant
  return errors.map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] })).flatMap(deepest)
}

function sentences(issue: Issue): string[] {
  const { path, message } = issue
  if (issue.code === 'unrecognized_keys') {
    const lines = message.split('\n')
    return issue.keys.map((key, at) => `${place([...path, key])}: ${lines[at]}`)
  }
  if (issue.code === 'invalid_value' && typeof issue.input === 'string')
    return [`${place(path)}: "${issue.input}" is not allowed${unknownName(issue.input, issue.values.map(String))}`]
  if (issue.code === 'invalid_type' && issue.input === undefined) return [`${place(path)}: missing, ${plain(message)}`]
  return [`${place(path)}: ${plain(message)}`]
}

/** A message of the library as a sentence. */
function plain(message: string): string {
  return message.replace(/^Invalid input: /, '').replace(/([^.?])$/, '$1.')
}

function place(path: Path): string {
  return path.length === 0 ? 'the definition' : path.map(String).join('.')
}

/** What is left out for an issue, or read under another name. */
function repairsOf(issue: Issue): Repair[] {
  if (issue.code !== 'unrecognized_keys') return [{ path: issue.path }]
  const lines = issue.message.split('\n')
  return issue.keys.map((key, at) => ({ path: [...issue.path, key], meant: suggestedName(lines[at]) }))
}

interface Repair {
  readonly path: Path
  /** Known key that was probably meant. Reading the value under it avoids follow-up problems. */
  readonly meant?: string | undefined
}

/** A repaired copy. A list goes as a whole, and so does an object that lacks a required key. */
function repaired(value: unknown, { path: [key, ...rest], meant }: Repair): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || key === undefined) return undefined
  if (!Object.hasOwn(value, key)) return undefined
  const renamed = meant === undefined || Object.hasOwn(value, meant) ? undefined : meant
  const entries = Object.entries(value).flatMap(([name, entry]) => {
    if (name !== key) return [[name, entry] as const]
    if (rest.length === 0) return renamed === undefined ? [] : [[renamed, entry] as const]
    const left = repaired(entry, { path: rest, meant })
    return left === undefined ? [] : [[name, left] as const]
  })
  return Object.fromEntries(entries)
}
