/** The program behind every `npm run` command, and behind `tuning` on the PATH. */
import { CommanderError } from 'commander';
import { redactor } from '../logging/secrets.ts';
import { loadEnvironmentFile } from '../processes/envFile.ts';
import { EXIT } from '../runs/exitCodes.ts';
import { UserError } from '../runs/userError.ts';
import { languageAsked, setLanguage, translated } from '../words/catalogue.ts';
import { createProgram } from './program/program.ts';

loadEnvironmentFile();
setLanguage(languageAsked(process.argv.slice(2), process.env));

let exitCode: number = EXIT.done;
const program = createProgram((command) => async (...given) => {
  exitCode = await command(...given);
});
try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) exitCode = error.exitCode === 0 ? EXIT.done : EXIT.badInput;
  else if (error instanceof UserError) {
    process.stderr.write(`${redactor()(translated(error.message))}\n`);
    exitCode = error.exitCode;
  } else {
    process.stderr.write(`${redactor()(error instanceof Error ? (error.stack ?? error.message) : String(error))}\n`);
    exitCode = EXIT.failed;
  }
}
process.exit(exitCode);
