import { expect, it, vi } from 'vitest'
import record from '../../bench/record.ts'

it.each([
  [['--store', 'paper'], '--store is paper'],
  [['--cases', 'single,none'], '--cases is none'],
  [['--rounds', '0'], '--rounds is 0'],
])('the benchmark of recording refuses %j', async (args, message) => {
  const written = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
  try {
    await expect(record(args)).rejects.toThrow(message)
    expect(written).not.toHaveBeenCalled()
  } finally {
    written.mockRestore()
  }
})
