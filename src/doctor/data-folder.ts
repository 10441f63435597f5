import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config } from '../service/config.ts'
import { isLocked } from '../state/embedded/data-folder-lock.ts'
import { readLastTime } from '../state/embedded/last-time.ts'
import { isOfJournal } from '../state/embedded/link-journal.ts'
import { examineLastTime } from './clock.ts'
import { examineDisk } from './disk.ts'
import { type Finding, ok, problemOf, warning } from './finding.ts'

/** What a start sets aside of a damaged file. */
const SET_ASIDE = /\.(torn-\d+|broken)$/

/** Checks the folder of an embedded store: its content, whether a service uses it, and its disk. */
export async function examineDataFolder(config: Config): Promise<Finding[]> {
  const { DATA_DIR, ARCHIVE_DIR, JOURNAL_FSYNC } = config
  const findings: Finding[] = []
  try {
    const names = existsSync(DATA_DIR) ? await readdir(DATA_DIR) : []
    if (!names.some(isOfJournal)) findings.push(ok('store', `${DATA_DIR} holds no store yet: the first start creates one.`))
    else if (await isLocked(DATA_DIR))
      findings.push(ok('store', `${DATA_DIR} holds a store, and a service is using it: stop the service before an import.`))
    else findings.push(ok('store', `${DATA_DIR} holds a store, and no service is using it.`))
    findings.push(...examineLastTime(await readLastTime(DATA_DIR), config))
    const aside = names.filter((name) => SET_ASIDE.test(name))
    if (aside.length > 0)
      findings.push(
        warning(
          'store',
          `${DATA_DIR} has damaged files that a start set aside: ${aside.join(', ')}.`,
          'The service no longer reads them. Look in its log for the reason, and restore them from a backup if data is missing.',
        ),
      )
  } catch (error) {
    findings.push(problemOf('store', error))
  }
  if (JOURNAL_FSYNC === 'no')
    findings.push(
      warning('store', 'JOURNAL_FSYNC=no: a power failure loses acknowledged events.', 'Set JOURNAL_FSYNC=everysec or always.'),
    )
  findings.push(...(await examineDisk('DATA_DIR', DATA_DIR)))
  const archive = ARCHIVE_DIR ?? join(DATA_DIR, 'archive')
  if (archive === '')
    findings.push(
      warning(
        'disk',
        'ARCHIVE_DIR is empty: log segments are deleted once snapshots contain them, so no model can be trained on them.',
      ),
    )
  else findings.push(...(await examineDisk('ARCHIVE_DIR', archive)))
  return findings
}
