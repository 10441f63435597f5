import { type ParseError, parse, printParseErrorCode } from 'jsonc-parser'
import { LineCounter, parseDocument } from 'yaml'
import { DomainError } from '../errors.ts'

/** Parses a YAML file. @throws DomainError with the line and column of each syntax error */
export function parseYaml(path: string, text: string): unknown {
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
export function parseJson(path: string, text: string): unknown {
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
