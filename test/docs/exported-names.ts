import { readFile } from 'node:fs/promises'
import ts from 'typescript'

/** A name that a source file exports where it declares it. */
export interface ExportedName {
  /** Path of the file and line, such as `src/errors.ts:20`. */
  readonly place: string
  readonly name: string
  /** Text of the docstring, without stars; undefined if the name has none. */
  readonly docstring: string | undefined
  /** Whether the name may go without a docstring, because another text of the same file explains it. */
  readonly isExplained: boolean
}

/** Calls that make a type of the API. `test/schema/descriptions.test.ts` checks that each of these types has a description. */
const SCHEMA_TYPE = /^builder\s*\.\s*(enumType|inputRef|inputType|interfaceRef|objectRef|scalarType|unionType)\b/
/** Types that are computed from a value of the same file, such as `(typeof CODES)[number]`. */
const TYPE_OF_VALUE = /^(?:Readonly<)?(?:\(typeof (\w+)\)\[number\]|keyof typeof (\w+)|z\.infer<typeof (\w+)>)>?$/

/** Reads the exported names of a TypeScript file. */
export async function exportedNames(path: string): Promise<ExportedName[]> {
  return exportedNamesOf(path, await readFile(path, 'utf8'))
}

/** Finds the exported names in the text of a TypeScript file. @param path path of the file, for `place` */
export function exportedNamesOf(path: string, text: string): ExportedName[] {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true)
  const documented = file.statements.filter((statement) => docstringOf(statement) !== undefined)
  return file.statements.filter(isExported).flatMap((statement) =>
    declarationsOf(statement).map((declaration) => {
      const name = nameOf(declaration)
      return {
        place: `${path}:${file.getLineAndCharacterOfPosition(declaration.getStart()).line + 1}`,
        name,
        docstring: docstringOf(statement),
        isExplained: describesItself(declaration) || isTypeOf(declaration, documented) || isParameterOf(name, documented),
      }
    }),
  )
}

function isExported(statement: ts.Statement): boolean {
  const modifiers = ts.canHaveModifiers(statement) ? (ts.getModifiers(statement) ?? []) : []
  return modifiers.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)
}

/** A statement with `const` can declare several names. */
function declarationsOf(statement: ts.Statement): readonly ts.Node[] {
  return ts.isVariableStatement(statement) ? statement.declarationList.declarations : [statement]
}

function nameOf(declaration: ts.Node): string {
  return (declaration as ts.NamedDeclaration).name?.getText() ?? 'default'
}

function docstringOf(statement: ts.Statement): string | undefined {
  const docs = ts.getJSDocCommentsAndTags(statement).filter((doc) => ts.isJSDoc(doc))
  if (docs.length === 0) return undefined
  return docs
    .map((doc) =>
      doc
        .getText()
        .replace(/^\/\*\*|\*\/$|^\s*\* ?/gm, '')
        .trim(),
    )
    .join('\n')
}

/** Tells whether the value has a `description`, as accumulators and types of the API have. */
function describesItself(declaration: ts.Node): boolean {
  if (!ts.isVariableDeclaration(declaration) || !declaration.initializer) return false
  const { initializer } = declaration
  if (SCHEMA_TYPE.test(initializer.getText())) return true
  return ts.isObjectLiteralExpression(initializer) && initializer.properties.some((one) => one.name?.getText() === 'description')
}

/** Tells whether the type is computed from one of the documented values: a docstring could only repeat that of the value. */
function isTypeOf(declaration: ts.Node, documented: readonly ts.Statement[]): boolean {
  if (!ts.isTypeAliasDeclaration(declaration)) return false
  const value = TYPE_OF_VALUE.exec(declaration.type.getText())
    ?.slice(1)
    .find((name) => name !== undefined)
  return value !== undefined && documented.flatMap(declarationsOf).some((other) => nameOf(other) === value)
}

/** Tells whether a documented function or class takes the options or parts: its docstring says what it does with them. */
function isParameterOf(name: string, documented: readonly ts.Statement[]): boolean {
  if (!/(Options|Parts)$/.test(name)) return false
  const isTaken = (node: ts.Node): boolean =>
    (ts.isParameter(node) && new RegExp(`\\b${name}\\b`).test(node.type?.getText() ?? '')) ||
    (ts.forEachChild(node, (child) => isTaken(child) || undefined) ?? false)
  return documented.some((statement) => !ts.isInterfaceDeclaration(statement) && isTaken(statement))
}
