import type { PublicFormat } from './public-format.ts'
import { rowsOf } from './source-files.ts'

/** Clicks of the RecSys Challenge 2015. The split is that of GRU4Rec (Hidasi et al. 2016, ICLR). */
export const YOOCHOOSE: PublicFormat = {
  name: 'yoochoose',
  summary: 'the clicks of the RecSys Challenge 2015: yoochoose-clicks.dat',
  usual: { testDays: 1, testBy: 'end', leastOfItem: 5, leastOfSession: 2 },
  async read(files, log) {
    const columns = ['session', 'time', 'item', 'category']
    for await (const { values, place } of rowsOf(files.get('yoochoose-clicks.dat'), columns, { columns })) {
      const { session = '', time = '', item = '' } = values
      log.add({ userId: session, itemId: item, sessionId: session, eventType: 'click', timestamp: Date.parse(time) }, place)
    }
  },
}
