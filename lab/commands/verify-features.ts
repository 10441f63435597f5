import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { numberOption, runCommand } from '../../src/commands/command-line.ts'
import { readConfig } from '../../src/config.ts'
import { loadDomain } from '../../src/domain/load-domain.ts'
import { InvalidInputError, LiverankError } from '../../src/errors.ts'
import { openLogs } from '../learning/open-logs.ts'
import { RecordedLog } from '../learning/recorded-log.ts'
import { checkVectors, SAMPLED_DECISIONS } from '../learning/vector-check.ts'
import { vectorReport } from '../learning/vector-report.ts'

const USAGE = `npm run verify-features -- FOLDER… [options]

Checks that training sees the features that serving saw. Rebuilds the state behind logged decisions from the log, and compares
the feature vectors of their candidates with those that the service logged (VECTOR_SHARE).

  FOLDER           what the service recorded: a DATA_DIR (with its archive, or that of ARCHIVE_DIR), or an archive
  --decisions N    decisions drawn from each log, at most (${SAMPLED_DECISIONS})
  --help           print this text

DOMAIN names the domain of the service, as it did when it recorded.

Exit code 0: all are equal. 1: some differ. 2: there was nothing to compare, or a log cannot be read.`

async function main(): Promise<void> {
  const { values, positionals: folders } = parseArgs({
    allowPositionals: true,
    options: {
      decisions: { type: 'string', default: String(SAMPLED_DECISIONS) },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    console.log(USAGE)
    return
  }
  if (folders.length === 0) throw new InvalidInputError(`name at least one folder that the service recorded.\n\n${USAGE}`)
  const decisions = numberOption('decisions', values.decisions, 1, 1e7)
  const { DOMAIN, ARCHIVE_DIR } = readConfig(process.env)
  const domain = await loadDomain(DOMAIN)
  const scratch = await mkdtemp(join(tmpdir(), 'liverank-verify-features-'))
  try {
    const logs = await openLogs(folders, { domain, archive: ARCHIVE_DIR, scratch })
    for (const [i, log] of logs.entries()) {
      if (!(log instanceof RecordedLog))
        throw new InvalidInputError(`${folders[i]} was not recorded by the service: name a DATA_DIR or an archive.`)
      const check = await checkVectors(log, decisions)
      for (const line of vectorReport(log.folder, check)) console.log(line)
      if (check.compared === 0)
        throw new LiverankError('UNUSABLE_DATA', `${log.folder} has no decision to compare, so nothing is verified.`)
      if (check.differing > 0) process.exitCode = 1
    }
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

runCommand('verify-features', main)
