import { z } from 'zod'
import { decodeStamped, encodeStamped } from '../state/stamped-json.ts'
import type { Subject } from '../state/subject.ts'
import { uploadedFiles } from './uploaded-model.ts'

/** The store entry that lists the models and their states. */
export const MODELS = { kind: 'models', id: 'all' } as const satisfies Subject

const standing = z.discriminatedUnion('status', [
  z.object({ status: z.literal('REGISTERED') }),
  z.object({ status: z.literal('SHADOW') }),
  z.object({
    status: z.literal('ACTIVE'),
    /** Share of users, 0 to 1. null for the model that serves all users outside the shares of other models. */
    share: z.number().min(0).max(1).nullable(),
    /** Revision in which the model was activated. */
    since: z.int(),
  }),
  z.object({ status: z.literal('RETIRED') }),
])

const modelOnRecord = z.object({
  name: z.string(),
  standing,
  /** Revision in which the model's file was read. A higher revision than the loaded one means: read the file again. */
  registeredIn: z.int(),
  /** Feature names from the contract, so that they can be shown without the folder. */
  features: z.array(z.string()),
  trainedAt: z.string().nullable(),
  /** Files of an uploaded model; absent for one that is read from a folder. */
  files: uploadedFiles.exactOptional(),
  metrics: z.record(z.string(), z.json()),
})

const modelsOnRecord = z.object({
  /** Number that rises by 1 with every change. */
  revision: z.int(),
  /** Models in the order of their first registration. */
  models: z.array(modelOnRecord),
  /** Model that served the remaining users before the present one; null if there was none. */
  former: z.string().nullable(),
})

/** The status of a model, and what goes with it: for an active model, its share of users. */
export type ModelStanding = z.infer<typeof standing>
/** A registered model as the store keeps it. Its file is in the folder of models, or among the uploaded models. */
export type ModelOnRecord = z.infer<typeof modelOnRecord>
/** All models that were ever registered, for all processes of a store. */
export type ModelsOnRecord = z.infer<typeof modelsOnRecord>

/** The record before the first registration. */
export const NO_MODELS: ModelsOnRecord = { revision: 0, models: [], former: null }

/** Parses a record of models. @throws ZodError if the record is invalid */
export function parseModels(record: unknown): ModelsOnRecord {
  return modelsOnRecord.parse(record)
}

/** Encodes the record of models for the store. */
export function encodeModels(record: ModelsOnRecord, stamp: Uint8Array): Buffer {
  return encodeStamped(record, stamp)
}

/** Decodes the record of models. @throws ZodError if the record is invalid */
export function decodeModels(value: Uint8Array): ModelsOnRecord {
  return parseModels(decodeStamped(value))
}

/** Returns the share of users of each active model, by name. The rule serves the rest up to 1. */
export function trafficOf({ models }: ModelsOnRecord): Map<string, number> {
  const traffic = new Map<string, number>()
  const rest = models.find(takesRest)
  for (const { name, standing } of models)
    if (standing.status === 'ACTIVE' && standing.share !== null) traffic.set(name, standing.share)
  if (rest) traffic.set(rest.name, Math.max(0, 1 - sum(traffic.values())))
  return traffic
}

type ActiveModel = ModelOnRecord & { readonly standing: Extract<ModelStanding, { status: 'ACTIVE' }> }

/** Tells whether a model serves users. */
export function isActive(model: ModelOnRecord): model is ActiveModel {
  return model.standing.status === 'ACTIVE'
}

/** Tells whether a model serves all users outside the shares of other models. */
export function takesRest(model: ModelOnRecord): boolean {
  return isActive(model) && model.standing.share === null
}

/** Returns the sum of shares of users. */
export function sum(shares: Iterable<number>): number {
  let total = 0
  for (const share of shares) total += share
  return total
}
