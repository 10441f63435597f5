import { examine } from '../doctor/examine.ts'
import type { Finding } from '../doctor/finding.ts'
import { EXIT } from './program.ts'

/**
 * Checks everything that the service needs, and prints one finding per line. The exit code is 1 if any is a problem.
 * @param json whether to print JSON
 */
export async function runDoctor(json: boolean): Promise<void> {
  const findings = await examine(process.env)
  const problems = findings.filter(({ status }) => status === 'problem').length
  const warnings = findings.filter(({ status }) => status === 'warning').length
  if (json) console.log(JSON.stringify({ problems, warnings, findings }, null, 2))
  else {
    for (const finding of findings) print(finding)
    console.log(
      `\n${problems} ${problems === 1 ? 'problem' : 'problems'}, ${warnings} ${warnings === 1 ? 'warning' : 'warnings'}.`,
    )
  }
  if (problems > 0) process.exitCode = EXIT.failed
}

function print({ check, status, message, advice }: Finding): void {
  console.log(`${status.padEnd(8)} ${check.padEnd(9)} ${message}`)
  if (advice !== undefined) console.log(`${' '.repeat(19)}${advice}`)
}
