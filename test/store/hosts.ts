/** Hosts of one run for the activities: a folder of their own each, one store, and a trainer that writes what the real one writes. */
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { trainTrialWith } from '../../src/activities/training.ts';
import type { TrainRequest } from '../../src/domain/contract.ts';
import type { RunState } from '../../src/domain/runState.ts';
import type { TrialResult } from '../../src/domain/trials.ts';
import { modelDigest } from '../../src/history/modelDigest.ts';
import { runStoreOf } from '../../src/store/runStore.ts';
import type { RunStore } from '../../src/store/runStore.ts';
import { runLayout } from '../../src/training/layout.ts';
import type { RunLayout } from '../../src/training/layout.ts';
import type { TrainerProcess } from '../../src/training/trainerProcess.ts';
import { putTrial, resultFile } from '../activities/stage.ts';
import { run } from '../domain/runs.ts';

export class HostOfRun {
  readonly folder = mkdtempSync(path.join(tmpdir(), 'host-'));
  readonly state: RunState;
  readonly layout: RunLayout;
  readonly stored: RunStore;
  readonly name: string;
  readonly trained: string[] = [];
  /** What the trainer does instead of a training to its end. */
  instead: ((dir: string, onEvent: (event: object) => void) => Promise<void>) | null = null;
  readonly trainer: TrainerProcess;

  constructor(name: string, runName: string, store: string, ...set: string[]) {
    this.name = name;
    const root = path.join(this.folder, 'models');
    this.state = { ...run(`OUTPUT_DIR_ROOT=${root}`, `STORE=${store}`, ...set), run: runName };
    this.layout = runLayout(root, runName);
    this.stored = runStoreOf(this.state.config.DEFAULT_CONFIG, runName)!;
    this.trainer = {
      hello: async () => {},
      cancel: async () => {},
      request: async ({ trial, dir }: { trial: string; dir: string }, onEvent: (event: object) => void) => {
        this.trained.push(trial);
        if (this.instead) return this.instead(dir, onEvent);
        await this.finish(trial);
      },
    } as unknown as TrainerProcess;
  }

  async finish(trial: string, score = 0.7): Promise<void> {
    putTrial(this.layout, trial, score);
    const dir = this.layout.trial(trial);
    const digest = await modelDigest(path.join(dir, 'model'));
    writeFileSync(path.join(dir, 'result.json'), JSON.stringify({ ...resultFile(trial, score), model_digest: digest }));
    this.event(dir, 'finished', {});
  }

  event(dir: string, event: string, more: object): void {
    const line = { v: 1, seq: 0, t: Date.now() / 1000, trial: path.basename(dir), event, ...more };
    appendFileSync(path.join(dir, 'events.jsonl'), `${JSON.stringify(line)}\n`);
  }

  checkpoint(dir: string, step: number, onEvent: (event: object) => void): void {
    const folder = path.join(dir, 'checkpoints', `checkpoint-${step}`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, 'manifest.json'), JSON.stringify({ step }));
    writeFileSync(path.join(folder, 'optimizer.pt'), `state of step ${step}`);
    this.event(dir, 'checkpoint', { step, path: folder });
    onEvent({ event: 'checkpoint', step, path: folder, trial: path.basename(dir) });
  }

  request(trial: string, more: Partial<TrainRequest> = {}): TrainRequest {
    return {
      run: this.state.run,
      trial,
      number: 1,
      config: this.state.config.DEFAULT_CONFIG,
      maxSeconds: null,
      hangSeconds: 600,
      retries: 0,
      ...more,
    };
  }

  train(trial: string, more: Partial<TrainRequest> = {}, attempt = 1): Promise<TrialResult> {
    return new MockActivityEnvironment({ attempt }).run(
      trainTrialWith(this.trainer, this.name),
      this.request(trial, more),
    ) as Promise<TrialResult>;
  }

  has(...names: string[]): boolean {
    return existsSync(path.join(this.layout.root, ...names));
  }

  read(...names: string[]): string {
    return readFileSync(path.join(this.layout.root, ...names), 'utf8');
  }

  /** What is marked as still to be put. */
  due(): string[] {
    const marks = path.join(this.layout.root, 'store-pending');
    return existsSync(marks) ? readdirSync(marks) : [];
  }

  /** What the store has of the run, by name below it. */
  async inStore(): Promise<string[]> {
    const files = await this.stored.store.list(this.state.run);
    return files.map(({ key }) => key.slice(this.state.run.length + 1));
  }
}
