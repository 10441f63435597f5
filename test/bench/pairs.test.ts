import { expect, it, vi } from 'vitest'
import pairs from '../../bench/pairs.ts'

it.each([
  [[], '--beside is missing'],
  [['--beside', '/nowhere'], 'is not built'],
  [['--beside', '.', '--store', 'paper'], '--store is paper'],
  [['--beside', '.', '--pairs', '1'], '--pairs is 1'],
  [['--beside', '.', '--events', '10'], '--events is 10'],
])('the benchmark of pairs refuses %j', async (args, message) => {
  const written = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
  try {
    await expect(pairs(args)).rejects.toThrow(message)
    expect(written).not.toHaveBeenCalled()
  } finally {
    written.mockRestore()
  }
})
