/** Whether one id of a stream comes behind another. */
export function isLater(a: string, b: string): boolean {
  const [msA, sequenceA] = a.split('-').map(Number)
  const [msB, sequenceB] = b.split('-').map(Number)
  return msA > msB || (msA === msB && sequenceA > sequenceB)
}
