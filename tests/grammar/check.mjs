// Reads statements, one JSON text a line in each file named, and fails if the published grammar of Trino refuses one.
//
//   npm ci --prefix tests/grammar
//   ZUZEN_STATEMENTS=target/statements cargo test --test slt --test it zuora
//   node --import ./tests/grammar/register.mjs tests/grammar/check.mjs target/statements/*
import { readFileSync } from "node:fs";
import * as parser from "dt-sql-parser";

const trino = new parser.TrinoSQL();
// A parser that accepts everything would prove nothing.
if (trino.validate("SELECT 1 LIMIT 3 OFFSET 2").length === 0) {
  throw new Error("the parser does not refuse what Trino refuses");
}
const statements = new Set();
for (const file of process.argv.slice(2)) {
  for (const line of readFileSync(file, "utf8").split("\n")) {
    if (line !== "") statements.add(JSON.parse(line));
  }
}
let refused = 0;
for (const statement of statements) {
  const [problem] = trino.validate(statement);
  if (problem) {
    refused += 1;
    console.error(`${problem.message}\n  ${statement}`);
  }
}
console.log(`${statements.size} statements, ${refused} refused by the grammar`);
process.exit(refused > 0 || statements.size === 0 ? 1 : 0);
