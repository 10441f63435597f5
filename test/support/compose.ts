import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { z } from 'zod'

const healthcheck = z.strictObject({
  test: z.array(z.string()),
  interval: z.string(),
  timeout: z.string(),
  retries: z.number(),
  start_period: z.string(),
})
const condition = z.enum(['service_healthy', 'service_completed_successfully'])

/** The parts of a compose file that this project uses, by the Compose Specification. Others are refused. */
const service = z.strictObject({
  profiles: z.array(z.string()).optional(),
  build: z.union([z.string(), z.strictObject({ context: z.string(), dockerfile: z.string() })]).optional(),
  image: z.string().regex(/^liverank(-offline)?$|^[a-z]+:\d+\.\d+$/, 'an image with a version'),
  user: z.string(),
  init: z.boolean().optional(),
  read_only: z.boolean().optional(),
  cap_drop: z.array(z.string()).optional(),
  security_opt: z.array(z.string()).optional(),
  tmpfs: z.array(z.string()).optional(),
  command: z.array(z.string()).optional(),
  environment: z.record(z.string(), z.string()).optional(),
  ports: z.array(z.string()).optional(),
  volumes: z.array(z.string()).optional(),
  networks: z.array(z.string()).optional(),
  network_mode: z.literal('none').optional(),
  mem_limit: z
    .string()
    .regex(/^\d+g$/)
    .optional(),
  restart: z.literal('unless-stopped').optional(),
  stop_grace_period: z
    .string()
    .regex(/^\d+s$/)
    .optional(),
  depends_on: z.record(z.string(), z.strictObject({ condition })).optional(),
  healthcheck: healthcheck.optional(),
})
const composeFile = z.strictObject({
  name: z.string(),
  'x-settings': z.record(z.string(), z.string()),
  'x-liverank': z.unknown(),
  services: z.record(z.string(), service),
  networks: z.record(z.string(), z.strictObject({ internal: z.boolean().optional() })),
  volumes: z.record(z.string(), z.strictObject({})),
})

export type ComposeFile = z.infer<typeof composeFile>

/** Reads compose.yaml, with these values for its variables. @throws when it has a part that is not known, or a variable without a value */
export function readCompose(variables: Readonly<Record<string, string>>): ComposeFile {
  const text = readFileSync('compose.yaml', 'utf8').replace(
    /\$\{(\w+)(?::\?[^}]*|:-([^}]*))?\}/g,
    (_, name: string, otherwise?: string) => {
      if (variables[name] === undefined && otherwise !== undefined) return otherwise
      if (variables[name] === undefined) throw new Error(`${name} has no value`)
      return variables[name]
    },
  )
  return composeFile.parse(parse(text, { merge: true }))
}

/** Seconds of a duration such as `30s`. */
export function secondsOf(duration: string | undefined): number {
  return Number(/^(\d+)s$/.exec(duration ?? '')?.[1])
}
