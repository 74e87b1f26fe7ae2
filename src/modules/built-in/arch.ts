import type { Module } from '../module.js'
import { promptModule } from './prompt-module.js'

/** Creates `/arch [question or change]`: a prompt to describe the architecture, or how a change would fit into it. */
export function archModule(): Module {
  return promptModule({
    name: 'arch',
    aliases: ['architecture'],
    description: 'The architecture as it is, or how a change would best fit into it',
    argumentHint: '[question or change]',
    prompt: (args) => (args === '' ? describe() : design(args)),
  })
}

function describe(): string {
  return `Describe the architecture of this project as it really is. Read only: change no file.

Derive it from the code: entry points, the build files, the import graph, the places where processes, threads, files, network and databases are touched. Names of folders are hints, not evidence.

Report, in at most two pages:
1. **Purpose and shape**: what it is for and the architectural style, in three sentences.
2. **Parts**: a table of component, responsibility, where it lives, what it depends on. Only parts that a newcomer must know.
3. **Picture**: one ASCII or Mermaid diagram of the parts and the direction of their dependencies.
4. **Main flows**: the two or three that matter most, from trigger to effect, with \`file:line\`.
5. **State and boundaries**: where state lives and who owns it; trust boundaries; what runs concurrently; what happens when each outside dependency fails.
6. **Decisions**: the choices the rest follows from, with what speaks for and against each. Mark what is inferred.
7. **Where it hurts**: dependency cycles, layers that are skipped, knowledge in two places, parts that cannot be tested alone. At most seven, with evidence and the cheapest remedy.
8. **Where to put things**: for the three most likely kinds of change, which files to touch.`
}

function design(args: string): string {
  return `Work out the architecture for this, in this project: ${args}

Do not implement it. Change no file.

1. Read what is there first: the code this touches, the conventions it follows, earlier decisions (docs, ADRs, AGENTS.md, CLAUDE.md), and whether something like it exists already. Cite \`file:line\`.
2. State the goal, the requirements you were given, and those you assume. Keep the two apart. If one missing answer would change the design, put that question first, and go on with the likeliest answer.
3. Give two or three options that really differ, "change nothing" or "smallest step" among them. For each: the idea in two sentences, what it touches, the new failure modes, what it costs to build, to run and to undo, and who would regret it in a year.
4. Recommend one and say what would change your mind.
5. Detail the recommended one: components and their interfaces (signatures or schemas), data model and migration, the main flow and the error flows, concurrency, security, observability, how it is tested, how it is rolled out and rolled back.
6. Cut it into steps that each leave the project working, the riskiest assumption tested first. Name the files of every step.

Prefer the design with fewer moving parts. Do not add a layer, a dependency or a setting without naming what fails without it.`
}
