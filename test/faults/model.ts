/** A model for tests that train in earnest: real weights, quick to train. */
import path from 'node:path';
import { execa } from 'execa';
import { PROJECT_ROOT } from '../../src/projectRoot.ts';

const PROGRAM = [
  'import sys; from pathlib import Path; from tuning_trainer.model import find_model, load_model',
  "model = load_model(find_model('sentence-transformers/all-MiniLM-L6-v2', Path('.')).path, 'cpu')",
  'bert = model[0].auto_model; bert.encoder.layer = bert.encoder.layer[:1]; bert.config.num_hidden_layers = 1',
  'model.save_pretrained(sys.argv[1], create_model_card=False)',
].join('\n');

/** Writes the packaged MiniLM with its first layer only to a folder. */
export async function cutModel(folder: string): Promise<void> {
  await execa(path.join(PROJECT_ROOT, '.venv', 'bin', 'python'), ['-c', PROGRAM, folder], {
    cwd: PROJECT_ROOT,
    env: { PYTHONPATH: path.join(PROJECT_ROOT, 'trainer', 'src') },
  });
}
