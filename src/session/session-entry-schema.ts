import { z } from 'zod'
import type { Written } from './session-entry.js'

const text = z.string()
const optional = z.string().nullable()
const number = z.number()
const at = text.refine((value) => !Number.isNaN(Date.parse(value)))
const tokens = z.object({ input: number, cached: number, output: number, reasoning: number, total: number })

/** The shape of each type of entry (session-entry.ts). A newer version may add members. */
const ENTRY = z.discriminatedUnion('type', [
  z.looseObject({
    type: z.literal('run'),
    at,
    thread: text,
    kind: z.enum(['user', 'title', 'subagent', 'review', 'system']),
    project: text,
    parent: optional,
    forkedFrom: optional,
    agent: optional,
    model: optional,
    effort: optional,
    version: text,
  }),
  z.looseObject({
    type: z.literal('prompt'),
    at,
    turn: text,
    message: text,
    typed: text,
    sent: optional,
    images: number,
    local: z.boolean(),
  }),
  z.looseObject({
    type: z.literal('answer'),
    at,
    turn: text,
    text,
    phase: optional,
    local: z.boolean(),
    partial: z.boolean(),
  }),
  z.looseObject({ type: z.literal('reasoning'), at, turn: text, text }),
  z.looseObject({ type: z.literal('call'), at, turn: text, call: text, name: text, input: text }),
  z.looseObject({ type: z.literal('result'), at, turn: text, call: text, output: text }),
  z.looseObject({
    type: z.literal('hook'),
    at,
    turn: text,
    event: text,
    blocked: z.boolean(),
    decision: optional,
    reason: optional,
    runs: z.array(z.looseObject({ command: text, outcome: text, ms: number })),
  }),
  z.looseObject({
    type: z.literal('request'),
    at,
    turn: text,
    kind: text,
    model: optional,
    effort: optional,
    status: number.nullable(),
    end: z.enum(['complete', 'truncated', 'client-gone', 'local', 'failed']),
    error: optional,
    ms: number,
    steps: z.record(text, number),
    firstEventMs: number.nullable(),
    bytes: z.object({ came: number, sent: number }),
    tokens: tokens.nullable(),
  }),
])

/** Returns a parsed line as an entry; null when it does not have the shape of its type. */
export function checkEntry(value: unknown): Written | null {
  const read = ENTRY.safeParse(value)
  return read.success ? (read.data as Written) : null
}
