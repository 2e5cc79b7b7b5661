/** Commands of the local stack, its parts and the set-up. */
import { Argument, Option } from 'commander';
import type { Command } from 'commander';
import { t } from '../../words/catalogue.ts';
import { SHELLS } from '../completion/shells.ts';
import type { Shell } from '../completion/shells.ts';
import { withExamples } from './examples.ts';
import { jsonOption } from './options.ts';
import type { Acting } from './program.ts';

export function addStackCommands(program: Command, acting: Acting): void {
  addLocalStack((name) => program.command(name).helpGroup(t`The local stack:`), acting);
  addSetUp((name) => program.command(name).helpGroup(t`Set up:`), acting);
}

type Add = (name: string) => Command;

function addLocalStack(add: Add, acting: Acting): void {
  withExamples(
    add('up')
      .description(t`start the local stack: Temporal server, Web UI, workers, dashboard`)
      .action(acting(async () => (await import('../stackCommands.ts')).up())),
    ['', t`start it, or restart one of another version`],
  );
  withExamples(
    add('dashboard')
      .description(t`the local page over all runs: prints its address, with the token to change something`)
      .option('--open', t`open it in the browser`)
      .action(acting(async (options: { open?: boolean }) => (await import('../dashboard.ts')).dashboard(options))),
    ['--open', t`start what is needed, and open the page`],
  );
  withExamples(
    add('down')
      .description(t`stop the local stack`)
      .action(acting(async () => (await import('../stackCommands.ts')).down())),
    ['', t`stop it; runs go on with the next up`],
  );
  withExamples(
    add('status')
      .description(t`what of the local stack runs`)
      .addOption(jsonOption())
      .action(acting(async (options: { json?: boolean }) => (await import('../stackCommands.ts')).status(options))),
    ['', t`server, workers, advisers, room on the disk`],
    ['--json', t`for a program`],
  );
  withExamples(
    add('worker')
      .description(t`a worker in the foreground, against TEMPORAL_ADDRESS`)
      .addOption(new Option(`--queue <${t`queue`}>`, t`only this task queue`).choices(['tuning', 'training']))
      .action(acting(async (options: { queue?: string }) => (await import('../stackCommands.ts')).worker(options))),
    ['--queue training', t`on a machine that only trains`],
  );
  withExamples(
    add('mcp')
      .description(t`tools for assistants, by the Model Context Protocol on stdin and stdout`)
      .option('--http', t`over HTTP on loopback instead, for who has the token`)
      .option(`--port <${t`port`}>`, t`port on loopback`)
      .action(
        acting(async (options: { http?: boolean; port?: string }) =>
          (await import('../stackCommands.ts')).mcp(options),
        ),
      ),
    ['', t`what an assistant starts`],
    ['--http', t`at the first free port from 8260 on`],
  );
  withExamples(
    add('codec-server')
      .description(t`shows encrypted runs in the Web UI, with TUNING_PAYLOAD_KEY`)
      .option(`--port <${t`port`}>`, t`port on loopback`, '8334')
      .option(`--origin <${t`address`}>`, t`the Web UI's address`, 'http://127.0.0.1:8233')
      .action(
        acting(async (options: { port: string; origin: string }) =>
          (await import('../stackCommands.ts')).codecServer(options),
        ),
      ),
    ['--port 8335', t`on another port`],
  );
}

function addSetUp(add: Add, acting: Acting): void {
  withExamples(
    add('setup-api-key')
      .description(t`ask for the adviser's key, check it, keep it in .env`)
      .option('--base-url <url>', t`an OpenAI-compatible server`)
      .action(
        acting(async (options: { baseUrl?: string }) => (await import('../setupApiKey.ts')).setupApiKey(options)),
      ),
    ['', t`type the key, unseen`],
    ['--base-url https://example.org/v1', t`for another server than OpenAI's`],
  );
  withExamples(
    add('completion')
      .addArgument(new Argument('<shell>', t`the shell that completes`).choices(SHELLS))
      .description(t`print what makes a shell complete commands, options, runs and settings`)
      .action(
        acting(async (shell: Shell) => (await import('../completion/completionScript.ts')).printCompletion(shell)),
      ),
    ['bash', t`for bash; the manual says where to put it`],
    ['zsh', t`for zsh`],
    ['fish', t`for fish`],
  );
  // The launcher itself does these two: they work where nothing is installed.
  withExamples(
    add('doctor')
      .description(t`check everything that a run needs (served by the launcher)`)
      .addOption(jsonOption()),
    ['', t`what is there, what is missing, and how to mend it`],
  );
  withExamples(
    add('setup')
      .description(t`install what is missing (served by the launcher)`)
      .option('--trackers', t`also what MLflow, Weights & Biases and Trackio need`),
    ['', t`install, and nothing else`],
    ['--trackers', t`once, where runs are told to trackers`],
  );
}
