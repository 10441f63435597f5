/** A piece of JSON as text: a number that JavaScript cannot hold or would write differently, or an object too deep to build. */
export class Written {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

/** A value of an enum type: a text in JSON, a bare name in a GraphQL document. */
export class EnumName {
  readonly name: string
  constructor(name: string) {
    this.name = name
  }
}

/** An object whose keys may be any texts, `__proto__` included, and may repeat. */
export class Fields {
  readonly entries: readonly (readonly [string, Generated])[]
  constructor(entries: readonly (readonly [string, Generated])[]) {
    this.entries = entries
  }
}

/** A value that the fuzzer sends. */
export type Generated = null | boolean | number | string | Written | EnumName | Fields | readonly Generated[]

export function jsonText(value: Generated): string {
  if (value instanceof Written) return value.text
  if (value instanceof EnumName) return JSON.stringify(value.name)
  if (value instanceof Fields) {
    return `{${value.entries.map(([key, held]) => `${JSON.stringify(key)}:${jsonText(held)}`).join(',')}}`
  }
  if (typeof value === 'object' && value !== null) return `[${value.map(jsonText).join(',')}]`
  return Object.is(value, -0) ? '-0' : JSON.stringify(value)
}

const NAME = /^[_A-Za-z][_0-9A-Za-z]*$/

/** The value as a GraphQL literal; undefined where it has a key that is no name. */
export function literalOf(value: Generated): string | undefined {
  if (value instanceof EnumName) return value.name
  if (value instanceof Fields) {
    const parts: string[] = []
    for (const [key, held] of value.entries) {
      const literal = literalOf(held)
      if (literal === undefined || !NAME.test(key)) return undefined
      parts.push(`${key}: ${literal}`)
    }
    return `{${parts.join(', ')}}`
  }
  if (typeof value === 'object' && value !== null && !(value instanceof Written)) {
    const parts = value.map(literalOf)
    return parts.includes(undefined) ? undefined : `[${parts.join(', ')}]`
  }
  const text = jsonText(value)
  return text.startsWith('{') ? undefined : text
}
