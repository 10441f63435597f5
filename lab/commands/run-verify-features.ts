import { withConsent } from '../../src/domain/domain.ts'
import { loadDomain } from '../../src/domain/load-domain.ts'
import { LiverankError } from '../../src/errors.ts'
import { invariant } from '../../src/invariant.ts'
import { readConfig } from '../../src/service/config.ts'
import { openLogs } from '../learning/open-logs.ts'
import { RecordedLog } from '../learning/recorded-log.ts'
import { checkVectors, SAMPLED_DECISIONS } from '../learning/vector-check.ts'
import { vectorReport } from '../learning/vector-report.ts'
import { withScratchFolder } from '../scratch-folder.ts'

/**
 * Compares feature vectors as served with those that training sees, and prints what differs. Exit code 1 when one differs.
 * @param decisions to draw from each log, at most
 * @throws LiverankError UNUSABLE_DATA for a log without a decision to compare
 */
export async function runVerifyFeatures(folders: readonly string[], decisions = SAMPLED_DECISIONS): Promise<void> {
  const { DOMAIN, CONSENT, ARCHIVE_DIR } = readConfig(process.env)
  const domain = withConsent(await loadDomain(DOMAIN), CONSENT)
  await withScratchFolder('verify-features', async (scratch) => {
    const logs = await openLogs(folders, { domain, archive: ARCHIVE_DIR, scratch })
    for (const log of logs) {
      invariant(log instanceof RecordedLog, 'RECORDED_LOG', `${log.folder} was not recorded by the service`)
      const check = await checkVectors(log, decisions)
      for (const line of vectorReport(log.folder, check)) console.log(line)
      if (check.compared === 0)
        throw new LiverankError('UNUSABLE_DATA', `${log.folder} has no decision to compare, so nothing is verified.`)
      if (check.differing > 0) process.exitCode = 1
    }
  })
}
