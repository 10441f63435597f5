// Ends `.ci/run` with the counts of a test run. A test may be skipped only for lack of the data in ../shared, which is not public.
import { existsSync, readFileSync } from 'node:fs'

const [reportPath, root] = process.argv.slice(2)

/** Files whose skipped tests need a folder, and that folder. */
const NEEDS_DATA = new Map([
  ['test/domain/news.test.ts', '../shared/data/deskdrop'],
  ['test/lab/evaluation/real-logs.long.test.ts', '../shared/data'],
  ['test/lab/off-policy/open-bandit.test.ts', '../shared/data/obp'],
  ['test/state/real-logs.long.test.ts', '../shared/data'],
])

let report
try {
  report = JSON.parse(readFileSync(reportPath, 'utf8'))
} catch {
  console.error('The test run left no report.')
  process.exit(1)
}
const skipped = report.testResults.flatMap(({ name, assertionResults }) =>
  assertionResults
    .filter(({ status }) => status !== 'passed' && status !== 'failed')
    .map(({ fullName }) => ({ file: name.slice(root.length + 1), fullName })),
)
/** It mounts a small disk, which not every root of a container may. */
const NEEDS_MOUNT = 'npm run train leaves nothing when the disk is full'
const unexcused = skipped.filter(({ file, fullName }) => {
  if (fullName === NEEDS_MOUNT) return false
  const data = NEEDS_DATA.get(file)
  return data === undefined || existsSync(`${root}/${data}`)
})
for (const { file, fullName } of skipped) console.log(`skipped: ${file}: ${fullName}`)
if (unexcused.length > 0) {
  console.error(
    'These could run here and were skipped; install what they need (redis-server, chromium, openssl, caddy, python3 with venv):',
  )
  for (const { file, fullName } of unexcused) console.error(`  ${file}: ${fullName}`)
}
console.log('The slowest test files, in seconds:')
const seconds = report.testResults.map(({ name, startTime, endTime }) => ({
  file: name.slice(root.length + 1),
  taken: (endTime - startTime) / 1000,
}))
for (const { file, taken } of seconds.sort((a, b) => b.taken - a.taken).slice(0, 20))
  console.log(`${taken.toFixed(1).padStart(7)}  ${file}`)
const { numPassedTests: passed, numFailedTests: failed } = report
console.log(`${passed} passed, ${failed} failed${skipped.length > 0 ? `, ${skipped.length} skipped` : ''}`)
process.exit(failed > 0 || passed === 0 || unexcused.length > 0 ? 1 : 0)
