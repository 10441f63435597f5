#!/usr/bin/env node
import { runCli } from './cli.ts'
import { OPERATOR_COMMANDS } from './operator-commands.ts'

await runCli(OPERATOR_COMMANDS)
