import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { beforeAll, describe, expect, it } from 'vitest'
import { DataFolder } from '../../../src/import/data-folder.ts'
import type { LoggedEvent, LoggedItem } from '../../../src/import/log-lines.ts'
import { noProblems } from '../../../src/import/log-problems.ts'
import type { Ended } from '../../support/command.ts'
import { scratchDirectory, temporaryDirectory } from '../../support/temporary-directory.ts'
import { liverank } from '../../support/warm-command.ts'

type Files = Readonly<Record<string, string | Buffer>>

/** Writes files into a folder of their own, converts them, and reads what was written. */
async function convert(format: string, files: Files, ...options: string[]) {
  const source = await temporaryDirectory()
  for (const [name, content] of Object.entries(files)) await writeFile(join(source, name), content)
  const out = join(source, 'converted')
  const ended = await liverank(['convert', format, source, out, ...options])
  if (ended.code !== 0) return { ended, source, events: [], items: [], users: [] }
  return { ended, source, ...(await readFolder(out)) }
}

async function readFolder(folder: string) {
  const data = new DataFolder(folder)
  const problems = noProblems()
  const events = await listOf(data.events(problems))
  expect(problems).toMatchObject({ broken: 0, duplicates: 0 })
  return { events, items: await listOf(data.items()), users: await listOf(data.users()) }
}

async function listOf<T>(values: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = []
  for await (const value of values) list.push(value)
  return list
}

function told({ userId, itemId, eventType, timestamp, sessionId, eventAttributes }: LoggedEvent) {
  return [userId, itemId, eventType, new Date(timestamp).toISOString(), sessionId, eventAttributes]
}

function attributesOf(items: readonly LoggedItem[], id: string): unknown {
  return items.find(({ itemId }) => itemId === id)?.attributes
}

describe('the convert command', () => {
  it('reads yoochoose with the split of its literature', async () => {
    // Five sessions make the items 1 and 2 frequent. Item 3 is rare; session 6 has one click; session 7 is of the last day.
    const click = (session: number, time: string, item: number) => `${session},2014-04-${time}.000Z,${item},0`
    const training = [1, 2, 3, 4, 5].flatMap((s) => [click(s, `0${s}T10:00:00`, 1), click(s, `0${s}T10:05:00`, 2)])
    const others = [
      click(1, '01T10:09:00', 3),
      click(6, '05T11:00:00', 1),
      click(7, '07T09:00:00', 2),
      click(7, '07T09:01:00', 1),
    ]
    const { events, items, ended } = await convert('yoochoose', { 'yoochoose-clicks.dat': [...training, ...others].join('\n') })
    expect(events.map(told).slice(0, 2)).toEqual([
      ['1', '1', 'click', '2014-04-01T10:00:00.000Z', '1', { split: 'train' }],
      ['1', '2', 'click', '2014-04-01T10:05:00.000Z', '1', { split: 'train' }],
    ])
    expect(events.map(told).slice(-2)).toEqual([
      ['7', '2', 'click', '2014-04-07T09:00:00.000Z', '7', { split: 'test' }],
      ['7', '1', 'click', '2014-04-07T09:01:00.000Z', '7', { split: 'test' }],
    ])
    expect(events).toHaveLength(12)
    expect(items.map(({ itemId }) => itemId).toSorted()).toEqual(['1', '2'])
    expect(ended.out).toContain('12 of 14 events: 10 for training, 2 for testing')
  })

  it('keeps everything with --all, and the latest training sessions with --part', async () => {
    const rows = [1, 2, 3, 4].flatMap((s) => [`${s},2014-04-0${s}T10:00:00.000Z,1,0`, `${s},2014-04-0${s}T10:05:00.000Z,2,0`])
    const files = { 'yoochoose-clicks.dat.gz': gzipSync([...rows, '9,2014-04-09T10:00:00.000Z,3,0'].join('\n')) }
    const all = await convert('yoochoose', files, '--all')
    expect(all.events.map(({ sessionId }) => sessionId)).toEqual(['1', '1', '2', '2', '3', '3', '4', '4', '9'])
    const half = await convert('yoochoose', files, '--all', '--part', '2')
    expect(half.events.map(({ sessionId }) => sessionId)).toEqual(['3', '3', '4', '4', '9'])
  })

  it('reads diginetica with prices and categories, and calls a session its user where it tells none', async () => {
    const views = [
      'sessionId;userId;itemId;timeframe;eventdate',
      '1;NA;7;2000;2016-05-09',
      '1;NA;8;1000;2016-05-09',
      '2;33;8;500;2016-05-10',
    ]
    const files = {
      'train-item-views.csv': views.join('\n'),
      'products.csv': 'itemId;pricelog2;product.name.tokens\n7;3;1,2\n8;;4',
      'product-categories.csv': 'itemId;categoryId\n7;12\n8;13\n',
    }
    const { events, items } = await convert('diginetica', files, '--all')
    expect(events.map(told)).toEqual([
      ['session-1', '8', 'view', '2016-05-09T00:00:01.000Z', '1', { split: 'test' }],
      ['session-1', '7', 'view', '2016-05-09T00:00:02.000Z', '1', { split: 'test' }],
      ['33', '8', 'view', '2016-05-10T00:00:00.500Z', '2', { split: 'test' }],
    ])
    expect(attributesOf(items, '7')).toEqual({ category: '12', price: 8 })
    expect(attributesOf(items, '8')).toEqual({ category: '13' })
  })

  it('reads retailrocket, and divides users into sessions where they pause for more than half an hour', async () => {
    const minute = 60_000
    const events = ['timestamp,visitorid,event,itemid,transactionid', `${minute},5,view,1,`, `${31 * minute},5,addtocart,1,`]
    const files = {
      'events.csv': [...events, `${61 * minute + 1},5,transaction,1,77`, `${2 * minute},6,view,2,`].join('\n'),
      'item_properties_part2.csv': 'timestamp,itemid,property,value\n1,1,categoryid,338\n1,2,790,n5.000\n',
    }
    const converted = await convert('retailrocket', files, '--all')
    const [first, other] = [...new Set(converted.events.map(({ sessionId }) => sessionId))]
    expect(converted.events.map(({ userId, eventType, sessionId }) => [userId, eventType, sessionId])).toEqual([
      ['5', 'view', first],
      ['6', 'view', other],
      ['5', 'add_to_cart', first],
      ['5', 'purchase', expect.not.stringMatching(new RegExp(`^(${first}|${other})$`))],
    ])
    expect(attributesOf(converted.items, '1')).toEqual({ category: '338' })
    expect(attributesOf(converted.items, '2')).toEqual({})
  })

  it('reads all files of rees46, and keeps the last known attributes of an item', async () => {
    const head = 'event_time,event_type,product_id,category_id,category_code,brand,price,user_id,user_session'
    const files = {
      '2019-Oct.csv': `${head}\n2019-10-01 00:00:00 UTC,view,11,205,electronics.phone,acme,489.07,9,s-1\n`,
      '2019-Nov.csv.gz': gzipSync(`${head}\n2019-11-01 00:00:02 UTC,cart,11,205,electronics.phone,,470,9,s-2\n`),
    }
    const { events, items } = await convert('rees46', files, '--all')
    expect(events.map(told)).toEqual([
      ['9', '11', 'view', '2019-10-01T00:00:00.000Z', 's-1', { split: 'train', price: 489.07 }],
      ['9', '11', 'add_to_cart', '2019-11-01T00:00:02.000Z', 's-2', { split: 'test', price: 470 }],
    ])
    expect(attributesOf(items, '11')).toEqual({ categoryId: '205', category: 'electronics.phone', brand: 'acme', price: 470 })
  })

  it('reads movielens in both forms, without a declared split', async () => {
    const csv = await convert('movielens', {
      'ratings.csv': 'userId,movieId,rating,timestamp\n1,10,4.5,1000000000\n1,11,3,1000009999\n',
      'movies.csv': 'movieId,title,genres\n10,"American President, The (1995)",Comedy|Drama\n11,Unknown,(no genres listed)\n',
    })
    expect(csv.events.map(({ itemId, eventType, eventAttributes }) => [itemId, eventType, eventAttributes])).toEqual([
      ['10', 'rating', { rating: 4.5 }],
      ['11', 'rating', { rating: 3 }],
    ])
    expect(new Set(csv.events.map(({ sessionId }) => sessionId)).size).toBe(2)
    expect(attributesOf(csv.items, '10')).toEqual({
      title: 'American President, The',
      year: 1995,
      category: 'Comedy',
      genres: ['Comedy', 'Drama'],
    })
    expect(attributesOf(csv.items, '11')).toEqual({ title: 'Unknown' })
    const dat = await convert('movielens', {
      'ratings.dat': '1::10::5::978300760\n',
      'movies.dat': Buffer.from('10::Léon (1994)::Crime\n', 'latin1'),
      'users.dat': '1::F::25::10::48067\n2::M::56::16::70072\n',
    })
    expect(attributesOf(dat.items, '10')).toMatchObject({ title: 'Léon', year: 1994 })
    expect(dat.users).toEqual([{ userId: '1', attributes: { gender: 'F', age: 25, occupation: '10' } }])
  })

  it('shuffles what a user of movielens rates in the same second, and always in the same way', async () => {
    const ratings = Array.from({ length: 200 }, (_, i) => `1,${i + 1},4,1000000000`)
    const files = { 'ratings.csv': ['userId,movieId,rating,timestamp', ...ratings].join('\n') }
    const order = async () => (await convert('movielens', files)).events.map(({ itemId }) => Number(itemId))
    const shuffled = await order()
    expect(shuffled.toSorted((a, b) => a - b)).toEqual(ratings.map((_, i) => i + 1))
    // In a random order, about half of the items are followed by one with a higher id. In that of the source, all are.
    expect(shuffled.filter((item, i) => shuffled[i + 1]! > item).length).toBeLessThan(130)
    expect(await order()).toEqual(shuffled)
  })

  it('reads otto, the last week of which is for testing', async () => {
    const session = (id: number, day: number, ...types: string[]) =>
      JSON.stringify({ session: id, events: types.map((type, i) => ({ aid: 50 + i, ts: Date.UTC(2022, 7, day) + i, type })) })
    const files = {
      'otto-recsys-train.jsonl': [session(0, 1, 'clicks', 'carts', 'orders'), session(1, 20, 'clicks', 'clicks')].join('\n'),
    }
    const { events } = await convert('otto', files)
    expect(
      events.map(({ sessionId, itemId, eventType, eventAttributes }) => [
        sessionId,
        itemId,
        eventType,
        JSON.stringify(eventAttributes),
      ]),
    ).toEqual([
      ['0', '50', 'view', '{"split":"train"}'],
      ['0', '51', 'add_to_cart', '{"split":"train"}'],
      ['0', '52', 'purchase', '{"split":"train"}'],
      ['1', '50', 'view', '{"split":"test"}'],
      ['1', '51', 'view', '{"split":"test"}'],
    ])
  })
})

describe('a converted log', () => {
  it('has the events of a file once if its compressed copy lies beside it', async () => {
    const rows = 'event_time,event_type,product_id,price,user_id,user_session\n2019-10-01 00:00:00 UTC,view,11,1,9,s\n'
    const { events } = await convert('rees46', { '2019-Oct.csv': rows, '2019-Oct.csv.gz': gzipSync(rows) }, '--all')
    expect(events).toHaveLength(1)
  })

  it('has the latest attributes of an item, in whatever order its files are read', async () => {
    const head = 'event_time,event_type,product_id,category_code,brand,price,user_id,user_session\n'
    const row = (time: string, brand: string) => `2019-${time} 00:00:00 UTC,view,11,,${brand},1,9,s\n`
    const files = { '2019-Nov.csv': head + row('11-01', ''), '2019-Oct.csv': head + row('10-01', 'old') + row('10-20', 'new') }
    const { items } = await convert('rees46', files, '--all')
    expect(attributesOf(items, '11')).toMatchObject({ brand: 'new' })
  })

  it('does not depend on the name of its folder, nor on quotes in files without quoting', async () => {
    const source = join(await temporaryDirectory(), 'my.data')
    await mkdir(source)
    await writeFile(join(source, 'ratings.csv'), 'userId,movieId,rating,timestamp\n1,10,4.5,1000000000\n')
    await writeFile(join(source, 'movies.dat'), '10::"Tales of x (1994)::Crime\n')
    expect((await liverank(['convert', 'movielens', source, join(source, 'out')])).code).toBe(0)
    expect((await readFolder(join(source, 'out'))).items).toEqual([
      { itemId: '10', attributes: { title: '"Tales of x', year: 1994, category: 'Crime', genres: ['Crime'] } },
    ])
  })

  it('of otto has only the earlier events of a session that began before the last week', async () => {
    const session = (id: number, ...days: number[]) =>
      JSON.stringify({ session: id, events: days.map((day) => ({ aid: 1, ts: Date.UTC(2022, 7, day), type: 'clicks' })) })
    const { events } = await convert('otto', { 'train.jsonl': [session(0, 1, 10, 21, 28), session(1, 25, 26)].join('\n') })
    expect(events.map(({ sessionId, timestamp }) => [sessionId, new Date(timestamp).getUTCDate()])).toEqual([
      ['0', 1],
      ['0', 10],
      ['1', 25],
      ['1', 26],
    ])
  })
})

describe('the convert command refuses', () => {
  const refusal = async (format: string, files: Files, ...options: string[]) => {
    const { ended, source } = await convert(format, files, ...options)
    expect(await readdir(source)).not.toContain('converted')
    return { code: ended.code, errors: ended.errors }
  }

  it('a folder without the files', async () => {
    expect(await refusal('otto', {})).toEqual({ code: 2, errors: expect.stringContaining('no file otto-recsys-train.jsonl') })
    expect(await refusal('rees46', {})).toEqual({ code: 2, errors: expect.stringContaining('no file *.csv') })
  })

  it('a file with other columns', async () => {
    const errors = expect.stringMatching(/events\.csv.*must name the column visitorid, event.*timestamp, itemid/)
    expect(await refusal('retailrocket', { 'events.csv': 'timestamp,itemid\n1,2\n' })).toEqual({ code: 1, errors })
  })

  it('a compressed file that breaks off', async () => {
    const whole = gzipSync('1,2014-04-01T10:00:00.000Z,1,0\n'.repeat(5000))
    const { code, errors } = await refusal('yoochoose', { 'yoochoose-clicks.dat.gz': whole.subarray(0, whole.length / 2) })
    expect({ code, errors }).toEqual({
      code: 1,
      errors: expect.stringMatching(/yoochoose-clicks\.dat\.gz: unexpected end of file/),
    })
  })

  it('files of which more than one row in a thousand is broken, and names these', async () => {
    const rows = [
      '1,2014-04-01T10:00:00.000Z,1,0',
      '2,yesterday,1,0',
      `3,2014-04-01T10:00:00.000Z,${'9'.repeat(129)},0`,
      ',2014-04-01T10:00:00.000Z,1,0',
    ]
    const { code, errors } = await refusal('yoochoose', { 'yoochoose-clicks.dat': rows.join('\n') })
    expect(code).toBe(1)
    expect(errors).toContain('3 of 4 lines are broken')
    expect(errors).toMatch(
      /yoochoose-clicks\.dat:2: the time.*\n.*dat:3: the id of the item is longer.*\n.*dat:4: the id of the user is empty/,
    )
  })

  it('rows without a type, and a log of more types than it can tell apart', async () => {
    const head = 'event_time,event_type,product_id,price,user_id,user_session\n'
    const row = (type: string) => `2019-10-01 00:00:00 UTC,${type},11,1,9,s`
    const untyped = await refusal('rees46', { '2019-Oct.csv': `${head}${row('')}\n` })
    expect(untyped).toEqual({ code: 1, errors: expect.stringContaining('the type of the event is empty') })
    const many = Array.from({ length: 300 }, (_, i) => row(`t${i}`)).join('\n')
    expect(await refusal('rees46', { '2019-Oct.csv': head + many })).toEqual({
      code: 1,
      errors: expect.stringContaining('256 types'),
    })
  })

  it('a folder with the name of a file', async () => {
    const source = await temporaryDirectory()
    await mkdir(join(source, 'ratings.csv'))
    const { code, errors } = await liverank(['convert', 'movielens', source, join(source, 'out')])
    expect({ code, errors }).toEqual({ code: 2, errors: expect.stringContaining('no file ratings.csv') })
  })

  it('a log of which nothing is left', async () => {
    const errors = expect.stringContaining('no event is left')
    expect(await refusal('yoochoose', { 'yoochoose-clicks.dat': '1,2014-04-01T10:00:00.000Z,1,0' })).toEqual({ code: 1, errors })
    expect(await refusal('movielens', { 'ratings.csv': 'userId,movieId,rating,timestamp\n' })).toEqual({ code: 1, errors })
  })

  it('a part of a log without a usual split, and a format that it does not know', async () => {
    const ratings = { 'ratings.csv': 'userId,movieId,rating,timestamp\n1,10,4.5,1000000000\n' }
    expect(await refusal('movielens', ratings, '--part', '4')).toEqual({ code: 2, errors: expect.stringContaining('--part') })
    expect((await refusal('lastfm', {})).errors).toContain('Allowed choices are yoochoose')
  })
})

describe('a log with broken rows', () => {
  let ended: Ended
  beforeAll(async () => {
    const source = scratchDirectory()
    await mkdir(source, { recursive: true })
    const rows = Array.from({ length: 2000 }, (_, i) => `${i >> 1},2014-04-0${1 + (i % 7)}T10:00:00.000Z,${i % 2},0`)
    await writeFile(join(source, 'yoochoose-clicks.dat'), `${rows.join('\n')}\n2000,2014-04-01T1`)
    ended = await liverank(['convert', 'yoochoose', source, join(source, 'out'), '--all'])
  })

  it('is converted without them, and the command says so', () => {
    expect(ended).toMatchObject({ code: 0, errors: '' })
    expect(ended.out).toContain('2,000 of 2,000 events')
    expect(ended.out).toContain('Omitted: 1 broken lines')
    expect(ended.out).toContain('yoochoose-clicks.dat:2001: ')
  })
})
