import { basename, resolve } from 'node:path'

/** Name of the file with the chart of a log, by the folder of the log. */
export function diversityChartName(folder: string): string {
  return `diversity-${basename(resolve(folder))}.svg`
}
