#!/usr/bin/env -S node --max-semi-space-size=64
import './production-mode.ts'
import { OPERATOR_COMMANDS } from './operator-commands.ts'
import { runCli } from './program.ts'

await runCli(OPERATOR_COMMANDS)
