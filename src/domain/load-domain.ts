import { readFile } from 'node:fs/promises'
import { basename, extname, resolve } from 'node:path'
import { type ParseError, parse, printParseErrorCode } from 'jsonc-parser'
import { LineCounter, parseDocument } from 'yaml'
import { DomainError } from '../errors.ts'
import { sentenceOf } from '../logging/error-sentences.ts'
import { DOMAIN_NAMES, isDomainName } from './built-in-domain-names.ts'
import { DOMAINS } from './built-in-domains.ts'
import { defineDomain } from './define-domain.ts'
import { definitionOf } from './definition.ts'
import type { Domain } from './domain.ts'
import { importDefault } from './domain-module.ts'
import { unknownName } from './nearest-name.ts'

const PARSERS = new Map([
  ['.json', parseJson],
  ['.yaml', parseYaml],
  ['.yml', parseYaml],
])

const MODULES = ['.mjs', '.js', '.ts', '.mts']

/**
 * Loads the domain that the setting `DOMAIN` names.
 * @param nameOrPath name of a built-in domain, or path of a JSON, YAML, JavaScript or TypeScript file
 * @throws DomainError with all problems, each a sentence after its place
 */
export async function loadDomain(nameOrPath: string): Promise<Domain> {
  if (isDomainName(nameOrPath)) return DOMAINS[nameOrPath]
  const extension = extname(nameOrPath)
  const parse = PARSERS.get(extension)
  if (!parse && !MODULES.includes(extension)) throw unknownDomain(nameOrPath)
  const path = resolve(nameOrPath)
  const text = await read(path)
  if (!parse) return asDomain(path, await importDefault(path))
  const definition = parse(path, text)
  const hasKeys = typeof definition === 'object' && definition !== null && !Array.isArray(definition)
  return asDomain(path, hasKeys ? { name: basename(path, extension), ...definition } : definition)
}

function unknownDomain(name: string): DomainError {
  const endings = [...PARSERS.keys(), ...MODULES].join(', ')
  return new DomainError(name, [
    `There is no built-in domain ${name}${unknownName(name, DOMAIN_NAMES)}`,
    `For a domain of your own, give the path of a file that ends in ${endings}.`,
  ])
}

async function read(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    // A folder is opened like a file, and the error of reading it lacks the path.
    const sentence = error instanceof Error ? sentenceOf(Object.assign(error, { path })) : undefined
    throw new DomainError(path, [sentence ?? String(error)], { cause: error })
  }
}

/** @param value a domain that `defineDomain` made, or the definition that it takes */
function asDomain(path: string, value: unknown): Domain {
  if (definitionOf(value)) return value as Domain
  try {
    // It checks the shape of whatever it gets.
    return defineDomain(value as Parameters<typeof defineDomain>[0])
  } catch (error) {
    throw error instanceof DomainError ? new DomainError(path, error.problems, { cause: error }) : error
  }
}

/** Parses a YAML file. @throws DomainError with the line and column of each syntax error */
function parseYaml(path: string, text: string): unknown {
  const lineCounter = new LineCounter()
  const document = parseDocument(text, { lineCounter, prettyErrors: false })
  if (document.errors.length > 0) {
    const problems = document.errors.map(({ pos: [offset], message }) => {
      const { line, col } = lineCounter.linePos(offset)
      return `line ${line}, column ${col}: ${message}.`
    })
    throw new DomainError(path, problems)
  }
  try {
    return document.toJS()
  } catch (error) {
    // Aliases that would make a short file a very long one.
    throw new DomainError(path, [`${(error as Error).message}.`], { cause: error })
  }
}

/** Parses a JSON file. @throws DomainError with the line and column of the first syntax error, or of a duplicate key */
function parseJson(path: string, text: string): unknown {
  const errors: ParseError[] = []
  parse(text, errors, { disallowComments: true })
  if (errors.length > 0) {
    const [{ error, offset }] = errors
    const before = text.slice(0, offset).split('\n')
    const what = printParseErrorCode(error).replace(/\B[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
    const problem = `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}: not JSON: ${what}.`
    // Those behind the first follow from it.
    throw new DomainError(path, [problem])
  }
  // JSON is YAML, whose parser refuses a key that occurs twice.
  return parseYaml(path, text)
}
