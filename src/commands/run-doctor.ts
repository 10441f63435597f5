import { examine } from '../doctor/examine.ts'
import type { Finding } from '../doctor/finding.ts'
import { EXIT } from './program.ts'

/** Examines what the service needs, and prints a finding a line. Exit code 1 when one is a problem. */
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
