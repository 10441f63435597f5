/** Returns the path of the chart beside a summary: the path of the page, with `.svg` instead of `.md`. */
export function chartPathOf(page: string): string {
  return `${page.replace(/\.md$/, '')}.svg`
}
