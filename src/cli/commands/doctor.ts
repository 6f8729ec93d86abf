import { Command } from 'commander';
import { examine } from '../doctor/examine';
import { doctorLines, EXIT_OF, worstOf } from '../doctor/finding';
import { runProcess } from '../process/process';

export function doctorCommand(): Command {
  return new Command('doctor')
    .description('look at everything that a deployment rests on, and say what to mend; changes nothing')
    .option('--json', 'print one line of JSON')
    .addHelpText(
      'after',
      `
Each finding has its next step:
  store        Kafka, or the embedded folder
  brokers      every broker answers at the address that it advertises; Kafka can create its own topics
  versions     of the brokers
  topics       what setup checks: existence, partitions, policy, sizes, timestamps; then leaders and copies
  partitioner  the newest records lie where CLV_PARTITIONER places their keys
  records      the newest records can be used
  registry     the schemas of the producers can be read
  redis        it answers, evicts nothing, keeps its data and has room
  clock        this machine, Redis and the newest records agree
  model        the model that a new deployment starts from can be used
  disk         of CLV_HOME

Exit codes:
  0  nothing to mend
  1  a fault: something does not work, or would lose data
  3  warnings only`,
    )
    .action((options: { json?: true }) =>
      runProcess({ name: 'doctor', withoutRedis: true }, async (context) => {
        const findings = await examine(context);
        const worst = worstOf(findings);
        if (options.json) console.log(JSON.stringify({ worst, findings }));
        else for (const line of doctorLines(findings)) console.log(line);
        return EXIT_OF[worst];
      }),
    );
}
