import { doctorCommand } from './doctor.ts'
import { exportCommand } from './export.ts'
import { importCommand } from './import.ts'
import { keysCommand } from './keys.ts'
import type { DefineCommand } from './program.ts'
import { serveCommand } from './serve.ts'
import { uploadModelCommand } from './upload-model.ts'

/** Commands for operators in production. */
export const OPERATOR_COMMANDS: readonly DefineCommand[] = [
  serveCommand,
  importCommand,
  exportCommand,
  doctorCommand,
  keysCommand,
  uploadModelCommand,
]
