#!/usr/bin/env -S node --max-semi-space-size=64
import '../../src/commands/production-mode.ts'
import { runCli } from '../../src/commands/program.ts'
import { COMMANDS } from './commands.ts'
import { namingMissingPackages } from './missing-packages.ts'

await runCli(COMMANDS, process.argv.slice(2), namingMissingPackages)
