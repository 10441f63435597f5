import { spawnSync } from 'node:child_process'
import { expect, it } from 'vitest'

const PROMTOOL = process.env.PROMTOOL ?? 'promtool'

it('promtool accepts the alert rules', () => {
  const { status, stdout, error } = spawnSync(PROMTOOL, ['check', 'rules', 'monitoring/alerts.yaml'], { encoding: 'utf8' })
  if (error) throw new Error(`${error.message}: install prometheus (on Debian), or set PROMTOOL to the path of promtool.`)
  expect({ status, stdout }).toEqual({ status: 0, stdout: expect.stringMatching(/[1-9]\d* rules found/) })
})
