#!/usr/bin/env node
import '../../src/commands/production-mode.ts'
import { runCli } from '../../src/commands/program.ts'
import { COMMANDS } from './commands.ts'

await runCli(COMMANDS)
