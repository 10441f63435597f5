import { runCli } from '../../src/commands/program.ts'
import { fuzzCommand } from './command.ts'

await runCli([fuzzCommand], ['fuzz', ...process.argv.slice(2)])
