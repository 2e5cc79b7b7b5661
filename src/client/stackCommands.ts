/** `up`, `down`, `status`, `worker`, `codec-server`: the local stack and its parts. */
import type { Connection } from '@temporalio/client';
import { queuesFrom } from '../config/queues.ts';
import { stopStack } from '../local/stack.ts';
import { liveStack } from '../local/stackFile.ts';
import { versionOf, versionWords } from '../local/version.ts';
import type { Version } from '../local/version.ts';
import { isAlive } from '../processes/identity.ts';
import { EXIT } from '../runs/exitCodes.ts';
import { bringStackUp, connectToServer } from '../runs/server.ts';
import { adviserStatus } from './adviserStatus.ts';
import { diskLine, diskReport } from './diskReport.ts';
import { inForeground } from './inForeground.ts';
import { queueLine, queueWorkers } from './queueWorkers.ts';
import { setLanguage, t, translated } from '../words/catalogue.ts';

const print = (line: string): void => void process.stdout.write(`${line}\n`);

export async function up(): Promise<number> {
  const stack = await bringStackUp(print);
  print(`Temporal  ${stack.address}\nWeb UI    ${stack.webUi}`);
  if (stack.dashboard) print(t`Dashboard ${stack.dashboard} (npm run dashboard prints it with its token)`);
  print(t`It stays up until npm run down.`);
  return EXIT.done;
}

export async function down(): Promise<number> {
  print(
    (await stopStack())
      ? t`The local stack is down. Runs go on from where they were with the next npm run up.`
      : t`The local stack was not up.`,
  );
  return EXIT.done;
}

export async function status({ json = false }: { json?: boolean }): Promise<number> {
  // What a program reads is English.
  if (json) setLanguage('en');
  const disk = await diskReport();
  const stack = process.env['TEMPORAL_ADDRESS'] ? null : await liveStack();
  if (!stack && !process.env['TEMPORAL_ADDRESS']) {
    print(json ? JSON.stringify({ up: false, disk }) : `${t`The local stack is down: npm run up`}\n${diskLine(disk)}`);
    return EXIT.done;
  }
  const server = await connectToServer({ start: false, say: () => {} });
  const { queues, broken } = await queueWorkers(
    server.client.connection as Connection,
    server.namespace,
    queuesFrom(process.env),
  );
  const members = await Promise.all(
    (stack?.members ?? []).map(async ({ name, identity, since, restarts }) => ({
      name,
      pid: identity.pid,
      alive: await isAlive(identity),
      since,
      restarts,
    })),
  );
  const own = await versionOf();
  const adviser = await adviserStatus(server);
  if (json) {
    const { version = null } = stack ?? {};
    print(
      JSON.stringify({
        up: true,
        address: server.address,
        webUi: server.webUi,
        version,
        checkoutVersion: own,
        upToDate: version && version.digest === own.digest,
        members,
        queues,
        broken,
        adviser,
        disk,
      }),
    );
    return EXIT.done;
  }
  print(`Temporal  ${server.address}${server.webUi ? `\nWeb UI    ${server.webUi}` : ''}`);
  print(t`Version   ${stack ? versionLine(stack.version, own) : t`${versionWords(own)} is this checkout`}`);
  members.forEach((member) =>
    print(
      `${member.alive ? '✓' : '✗'} ${t`${member.name.padEnd(16)} pid ${member.pid}, since ${member.since}, ${member.restarts} restarts`}`,
    ),
  );
  queues.forEach((one) => print(queueLine(one)));
  broken.forEach((worker) => print(`✗ ${t`takes no trainings: ${translated(worker)}`}`));
  print(diskLine(disk));
  print(t`Adviser of new runs from here: ${adviser.here}`);
  adviser.runs.forEach((one) => print(t`Adviser of ${one.run}: ${one.adviser}`));
  return EXIT.done;
}

function versionLine(running: Version, own: Version): string {
  return running.digest === own.digest
    ? t`${versionWords(running)}, as this checkout`
    : t`${versionWords(running)}; this checkout is ${versionWords(own)}: npm run up restarts the stack as that`;
}

/** A worker in the foreground, for another machine or a container. */
export function worker({ queue }: { queue?: string }): Promise<number> {
  return inForeground('src/worker/main.ts', queue ? ['--queue', queue] : []);
}

/** Shows encrypted runs in a Web UI that is not the local stack's. */
export function codecServer({ port, origin }: { port: string; origin: string }): Promise<number> {
  return inForeground('src/codec/main.ts', ['--port', port, '--origin', origin]);
}

/** Tools for assistants; on stdin and stdout unless it is to be HTTP. */
export function mcp({ http = false, port }: { http?: boolean; port?: string }): Promise<number> {
  return inForeground('src/mcp/main.ts', [
    ...(http ? ['--http'] : []),
    ...(port === undefined ? [] : ['--port', port]),
  ]);
}
