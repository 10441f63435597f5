/** Whether one id of a stream comes behind another. */
export function isLater(a: string, b: string): boolean {
  const [dashA, dashB] = [a.indexOf('-'), b.indexOf('-')]
  const [msA, msB] = [Number(a.slice(0, dashA)), Number(b.slice(0, dashB))]
  return msA > msB || (msA === msB && Number(a.slice(dashA + 1)) > Number(b.slice(dashB + 1)))
}
