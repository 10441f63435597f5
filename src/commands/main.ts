#!/usr/bin/env node
import './production-mode.ts'
import { OPERATOR_COMMANDS } from './operator-commands.ts'
import { runCli } from './program.ts'

await runCli(OPERATOR_COMMANDS)
