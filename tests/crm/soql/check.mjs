// Answers each query, a line of JSON, with a line of JSON: what it was read as, or why it was not.
import { createInterface } from "node:readline";
import { parseQuery } from "@jetstreamapp/soql-parser-js";

for await (const line of createInterface({ input: process.stdin })) {
  let answer;
  try {
    answer = { query: parseQuery(JSON.parse(line)) };
  } catch (error) {
    answer = { error: String(error.message) };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
