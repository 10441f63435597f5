// Runs test files ROUNDS times (20) beside two busy loops, and prints which tests failed, how often, and how.
// Usage: npm run test:stress -- test/main.test.ts test/faults
// A run that was interrupted goes on where it stopped, as long as the commit and the files are the same.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { relative } from 'node:path'
import { text } from 'node:stream/consumers'

const ROUNDS = Number(process.env.ROUNDS ?? 20)
const LOOPS = 2
const FOLDER = 'dist/test'
const [LOG, REPORT] = [`${FOLDER}/stress.jsonl`, `${FOLDER}/stress-${process.pid}.json`]

const filters = process.argv.slice(2)
if (filters.length === 0) {
  console.error('Name test files or folders, as in: npm run test:stress -- test/main.test.ts test/faults')
  process.exit(2)
}
const commit = execFileSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8' }).trim()
const same = (round) => round.commit === commit && round.filters.join() === filters.join()

mkdirSync(FOLDER, { recursive: true })
const recorded = existsSync(LOG)
  ? readFileSync(LOG, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
  : []
const rounds = recorded.filter(same)
/** Everything that must end with this process. */
const started = new Set()
for (let loop = 0; loop < LOOPS; loop++) start(['--eval', 'for (;;);'])
process.on('exit', () => {
  for (const child of started) child.kill()
})
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1))

while (rounds.length < ROUNDS) {
  const round = { commit, filters, failures: await runOnce() }
  appendFileSync(LOG, `${JSON.stringify(round)}\n`)
  rounds.push(round)
  console.log(
    `Round ${rounds.length} of ${ROUNDS}: ${round.failures.length === 0 ? 'passed' : `${round.failures.length} failed`}`,
  )
}

const failures = new Map()
for (const { test, message } of rounds.flatMap((round) => round.failures))
  failures.set(test, [...(failures.get(test) ?? []), message])
for (const [test, times] of failures) {
  console.log(`\n${test}: failed ${times.length} of ${rounds.length} times`)
  for (const message of new Set(times)) console.log(message.replace(/^/gm, '  '))
}
process.exit(failures.size === 0 ? 0 : 1)

function start(args) {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  started.add(child)
  return child
}

/** Runs all files once. @returns tests that failed, by file and name, and what they said */
async function runOnce() {
  const reporters = ['--reporter=json', `--outputFile=${REPORT}`]
  const run = start(['node_modules/vitest/vitest.mjs', 'run', ...filters, ...reporters])
  const [stdout, stderr, [status]] = await Promise.all([text(run.stdout), text(run.stderr), once(run, 'close')])
  started.delete(run)
  if (!existsSync(REPORT)) return [{ test: 'the run', message: `It ended with ${status}:\n${stdout}${stderr}` }]
  const { testResults } = JSON.parse(readFileSync(REPORT, 'utf8'))
  rmSync(REPORT)
  const failures = testResults.flatMap(({ name, status, message, assertionResults }) => {
    const file = relative(process.cwd(), name)
    const failed = assertionResults.filter((one) => one.status === 'failed')
    if (failed.length === 0 && status === 'failed') return [{ test: file, message }]
    return failed.map((one) => ({ test: `${file} > ${one.fullName}`, message: one.failureMessages.join('\n') }))
  })
  // Such as an error that no test awaited.
  return status === 0 || failures.length > 0 ? failures : [{ test: 'the run', message: `It ended with ${status}:\n${stderr}` }]
}
