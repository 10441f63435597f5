import { readdirSync, readFileSync } from 'node:fs'

/** Seconds of processor that a process has taken, in user and system mode (proc(5): in ticks of 1/100 s). */
export function processorTime(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ')
  return (Number(fields[11]) + Number(fields[12])) / 100
}

/** Seconds of processor that the threads of a process have taken that have not ended, to the nanosecond (proc(5): schedstat). */
export function threadsTime(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`)
  return (
    threads.reduce((sum, id) => sum + Number(readFileSync(`/proc/${pid}/task/${id}/schedstat`, 'utf8').split(' ')[0]), 0) / 1e9
  )
}

/** Resident memory of a process, in bytes (proc(5): VmRSS in kB). @throws Error if the process has ended */
export function residentMemory(pid: number): number {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  if (kilobytes === undefined) throw new Error(`The process ${pid} has no resident memory: it has ended.`)
  return Number(kilobytes) * 1024
}
