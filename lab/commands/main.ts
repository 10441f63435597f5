#!/usr/bin/env node
import { runCli } from '../../src/commands/program.ts'
import { COMMANDS } from './commands.ts'

await runCli(COMMANDS)
