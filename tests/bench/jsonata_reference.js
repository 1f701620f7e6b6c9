// What jsonata_suite_bench measures, of the reference: a line `id nanoseconds` for each expression.
//
// Usage: node jsonata_reference.js MODULE FOLDER SECONDS (MODULE is the folder of the package)
const fs = require('fs');
const path = require('path');

const [modulePath, folder, secondsText] = process.argv.slice(2);
const jsonata = require(path.resolve(modulePath));
const datasets = JSON.parse(fs.readFileSync(path.join(folder, 'jsonata_datasets.json'), 'utf8'));
const nanosecondsEach = Number(secondsText) * 1e9;

async function measure(expression, input, bindings) {
  const evaluate = async () => {
    try {
      await expression.evaluate(input, bindings);
    } catch {
      // Cases of faults are measured as well.
    }
  };
  for (let warm = 0; warm < 3; ++warm) await evaluate();
  let count = 0;
  let batch = 1;
  const start = process.hrtime.bigint();
  let passed = 0;
  while (passed < nanosecondsEach) {
    for (let i = 0; i < batch; ++i) await evaluate();
    count += batch;
    batch = Math.min(batch * 2, 1000);
    passed = Number(process.hrtime.bigint() - start);
  }
  return passed / count;
}

async function main() {
  const lines = fs.readFileSync(path.join(folder, 'jsonata_cases.jsonl'), 'utf8').split('\n');
  for (const line of lines.filter((text) => text !== '')) {
    const one = JSON.parse(line);
    if (one.timelimit !== undefined) continue;
    let expression;
    try {
      expression = jsonata(one.expr);
    } catch {
      continue;
    }
    const input = one.dataset ? datasets[one.dataset] : one.data;
    const nanoseconds = await measure(expression, input, one.bindings ?? {});
    console.log(`${one.id} ${nanoseconds.toFixed(1)}`);
  }
}

main();
