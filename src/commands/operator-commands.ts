import type { DefineCommand } from './cli.ts'
import { importCommand } from './import.ts'
import { serveCommand } from './serve.ts'

/** What an operator runs in production. */
export const OPERATOR_COMMANDS: readonly DefineCommand[] = [serveCommand, importCommand]
